/* SPDX-License-Identifier: MIT */
/** vendor_tls - certificates of the test's own making, for vendor_fixture. */
#ifndef TESTS_CORE_CLIENT_VENDOR_TLS_H
#define TESTS_CORE_CLIENT_VENDOR_TLS_H

#include <stdbool.h>

/** An authority of its own and a certificate for one server, or a self-signed one. */
struct vendor_cert {
	const char *names; /* subjectAltName, such as "IP:127.0.0.1" */
	long valid_s;      /* from now; negative: expired */
	bool is_self_signed;
	bool has_http2; /* offers and chooses h2, which it does not speak */
};

/**
 * @param ca_path  gets the authority's certificate
 * @return SSL_CTX for struct vendor; vendor_tls_free()
 */
void *vendor_tls_new(const struct vendor_cert *cert, const char *ca_path);
void vendor_tls_free(void *context);

#endif /* TESTS_CORE_CLIENT_VENDOR_TLS_H */

/* SPDX-License-Identifier: MIT */
#include "tests/core/client/vendor_tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define DAY_S 86400L

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(ext);
	assert_int_equal(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

/* Names are set, nothing is signed yet. */
static X509 *begin_cert(EVP_PKEY *key, const char *subject, const char *issuer, long valid_s)
{
	static long serial = 1;
	X509 *cert = X509_new();

	assert_non_null(cert);
	assert_int_equal(X509_set_version(cert, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -30 * DAY_S));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), valid_s));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	                                            (const unsigned char *)subject, -1, -1, 0),
	                 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_issuer_name(cert), "CN", MBSTRING_ASC,
	                                            (const unsigned char *)issuer, -1, -1, 0),
	                 1);
	return cert;
}

static void write_cert(X509 *cert, const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, cert), 1);
	assert_int_equal(fclose(file), 0);
}

static int choose_http2(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                        const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char offer[] = "\x02h2";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, offer, 3, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *make_context(X509 *cert, EVP_PKEY *key, bool has_http2)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	assert_non_null(context);
	assert_int_equal(SSL_CTX_use_certificate(context, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
	if (has_http2)
		SSL_CTX_set_alpn_select_cb(context, choose_http2, NULL);
	return context;
}

void *vendor_tls_new(const struct vendor_cert *conf, const char *ca_path)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_non_null(ca_key);
	assert_non_null(key);

	X509 *ca = begin_cert(ca_key, "authority", "authority", DAY_S);
	X509 *cert = begin_cert(key, "server", conf->is_self_signed ? "server" : "authority",
	                        conf->valid_s);

	add_extension(ca, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(cert, NID_subject_alt_name, conf->names);
	assert_true(X509_sign(ca, ca_key, EVP_sha256()) > 0);
	assert_true(X509_sign(cert, conf->is_self_signed ? key : ca_key, EVP_sha256()) > 0);
	write_cert(ca, ca_path);

	SSL_CTX *context = make_context(cert, key, conf->has_http2);

	X509_free(ca);
	X509_free(cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return context;
}

void vendor_tls_free(void *context)
{
	SSL_CTX_free(context);
}

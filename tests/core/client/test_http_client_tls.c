/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/core/client/client_fixture.h"
#include "tests/core/client/vendor_tls.h"

#define PEM_MAX 4096
#define HELLO   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static char folder[] = "/tmp/test_http_client_tls.XXXXXX";
static char ca[64], other_ca[64];

static struct str read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, size, file);
	assert_true(len > 0 && len < size);
	assert_int_equal(fclose(file), 0);
	return (struct str){text, len};
}

/* A request with a secret to a server with that certificate; the outcome is in f->o.
 * @param client_ca  NULL: the system's authorities */
static void ask(struct client_fixture *f, const struct vendor_cert *cert, const char *client_ca,
                const char *host)
{
	struct http_client_header header = {STR_LIT("Authorization"), STR_LIT("Bearer secret")};
	char url[64], pem[PEM_MAX];

	memset(f, 0, sizeof(*f));
	f->vendor.tls_context = vendor_tls_new(cert, ca);
	client_fixture_init(f, vendor_always, HELLO);
	(void)snprintf(url, sizeof(url), "https://%s:%u/", host, f->vendor.port);

	struct http_request request = client_request(f);

	request.url = url;
	request.headers = &header;
	request.header_count = 1;
	request.timeout_ms = 8000;
	if (client_ca != NULL)
		request.ca = read_file(client_ca, pem, sizeof(pem));
	client_do(f, &request);
}

static void finish(struct client_fixture *f)
{
	void *context = f->vendor.tls_context;

	client_fixture_fini(f);
	vendor_tls_free(context);
}

static void expect_refused(const struct vendor_cert *cert, const char *client_ca, const char *host)
{
	struct client_fixture f;

	ask(&f, cert, client_ca, host);
	assert_int_equal(f.o.end, HTTP_END_TLS);
	assert_int_equal(f.o.status, 0);
	assert_false(f.o.was_sent);
	assert_true(f.o.text[0] != '\0');
	assert_int_equal(f.vendor.connections, 1);
	assert_int_equal(f.vendor.requests, 0);
	assert_false(vendor_saw(&f.vendor, "secret"));
	finish(&f);
}

static const struct vendor_cert good = {.names = "IP:127.0.0.1", .valid_s = 3600};

static void the_right_certificate_is_taken(void **state)
{
	struct client_fixture f;

	(void)state;
	ask(&f, &good, ca, "127.0.0.1");
	assert_int_equal(f.o.end, HTTP_END_OK);
	assert_string_equal(buf_cstr(&f.o.body), "hello");
	assert_true(vendor_saw(&f.vendor, "\r\nAuthorization: Bearer secret\r\n"));
	finish(&f);
}

static void an_unknown_authority_is_refused(void **state)
{
	(void)state;
	vendor_tls_free(vendor_tls_new(&good, other_ca));
	expect_refused(&good, other_ca, "127.0.0.1");
	expect_refused(&good, NULL, "127.0.0.1");
}

static void another_host_name_is_refused(void **state)
{
	const struct vendor_cert wrong = {.names = "DNS:api.example.net,IP:127.0.0.2",
	                                  .valid_s = 3600};

	(void)state;
	expect_refused(&wrong, ca, "127.0.0.1");
	expect_refused(&wrong, ca, "localhost");
}

static void a_self_signed_certificate_is_refused(void **state)
{
	const struct vendor_cert self = {
		.names = "IP:127.0.0.1", .valid_s = 3600, .is_self_signed = true};

	(void)state;
	expect_refused(&self, ca, "127.0.0.1");
}

static void an_expired_certificate_is_refused(void **state)
{
	const struct vendor_cert old = {.names = "IP:127.0.0.1", .valid_s = -3600};

	(void)state;
	expect_refused(&old, ca, "127.0.0.1");
}

static void the_systems_authorities_do_not_count_beside_a_file(void **state)
{
	/* libcurl would ask the folder of its build besides the file, unless told otherwise. */
	struct client_fixture f;

	(void)state;
	vendor_tls_free(vendor_tls_new(&good, other_ca));
	assert_int_equal(setenv("SSL_CERT_FILE", ca, 1), 0);
	ask(&f, &good, other_ca, "127.0.0.1");
	assert_int_equal(f.o.end, HTTP_END_TLS);
	finish(&f);
	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
}

static void plain_http_on_a_tls_port_is_refused(void **state)
{
	struct client_fixture f = {0};
	char url[64];

	(void)state;
	client_fixture_init(&f, vendor_once, "HTTP/1.1 400 No\r\n\r\n");
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", f.vendor.port);

	struct http_request request = client_request(&f);

	request.url = url;
	request.timeout_ms = 1000;
	client_do(&f, &request);
	assert_true(f.o.end == HTTP_END_TLS || f.o.end == HTTP_END_TIMEOUT);
	assert_false(f.o.was_sent);
	client_fixture_fini(&f);
}

static void a_server_that_only_claims_http2_is_refused(void **state)
{
	struct client_fixture f;
	struct vendor_cert cert = good;

	(void)state;
	cert.has_http2 = true;
	ask(&f, &cert, ca, "127.0.0.1");
	assert_true(f.o.end == HTTP_END_PROTOCOL || f.o.end == HTTP_END_CUT ||
	            f.o.end == HTTP_END_TIMEOUT);
	finish(&f);
}

static void a_text_that_is_no_authority_is_told(void **state)
{
	struct client_fixture f;
	FILE *file = fopen(other_ca, "w");

	(void)state;
	assert_non_null(file);
	assert_true(fputs("-----BEGIN CERTIFICATE-----\nMAQAAAAA\n-----END CERTIFICATE-----\n",
	                  file) > 0);
	assert_int_equal(fclose(file), 0);
	ask(&f, &good, other_ca, "127.0.0.1");
	assert_int_equal(f.o.end, HTTP_END_TLS);
	assert_true(f.o.text[0] != '\0');
	assert_false(f.o.was_sent);
	assert_int_equal(f.vendor.requests, 0);
	finish(&f);
}

/* @param connections  that the vendor has had by then */
static void ask_again(struct client_fixture *f, struct str request_ca, enum http_end end,
                      unsigned connections)
{
	struct http_request request = client_request(f);
	struct outcome o = {0};

	request.timeout_ms = 8000;
	request.ca = request_ca;
	client_send(f, &request, &o);
	client_wait(f, &o.dones, 1);
	assert_int_equal(o.end, end);
	assert_int_equal(f->vendor.connections, connections);
	outcome_fini(&o);
}

static void connections_are_shared_by_the_same_authorities_only(void **state)
{
	char right[PEM_MAX], wrong[PEM_MAX], both[2 * PEM_MAX];
	struct client_fixture f;
	struct str pem, other;

	(void)state;
	vendor_tls_free(vendor_tls_new(&good, other_ca));
	ask(&f, &good, ca, "127.0.0.1");
	pem = read_file(ca, right, sizeof(right));
	other = read_file(other_ca, wrong, sizeof(wrong));
	ask_again(&f, pem, HTTP_END_OK, 1);
	ask_again(&f, other, HTTP_END_TLS, 2);
	ask_again(&f, STR_EMPTY, HTTP_END_TLS, 3);
	ask_again(&f, pem, HTTP_END_OK, 3); /* the first one is still there */
	(void)snprintf(both, sizeof(both), "%.*s%.*s", STR_FMT(pem), STR_FMT(other));
	ask_again(&f, str_from(both), HTTP_END_OK, 4);
	ask_again(&f, str_from(both), HTTP_END_OK, 4);
	assert_int_equal(f.vendor.requests, 5);
	finish(&f);
}

static int set_up(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write() */
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
	(void)snprintf(other_ca, sizeof(other_ca), "%s/other.pem", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(ca);
	(void)unlink(other_ca);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_certificate_is_taken),
		cmocka_unit_test(an_unknown_authority_is_refused),
		cmocka_unit_test(another_host_name_is_refused),
		cmocka_unit_test(a_self_signed_certificate_is_refused),
		cmocka_unit_test(an_expired_certificate_is_refused),
		cmocka_unit_test(the_systems_authorities_do_not_count_beside_a_file),
		cmocka_unit_test(plain_http_on_a_tls_port_is_refused),
		cmocka_unit_test(a_server_that_only_claims_http2_is_refused),
		cmocka_unit_test(a_text_that_is_no_authority_is_told),
		cmocka_unit_test(connections_are_shared_by_the_same_authorities_only),
	};

	return cmocka_run_group_tests_name("http_client_tls", tests, set_up, tear_down);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/core/client/client_fixture.h"

#define EMPTY "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"

static void set_up(struct client_fixture *f, struct http_request *request)
{
	memset(f, 0, sizeof(*f));
	client_fixture_init(f, vendor_always, EMPTY);
	*request = client_request(f);
}

static void a_get_says_what_it_must_and_no_more(void **state)
{
	struct client_fixture f;
	struct http_request request;
	char wanted[512];

	(void)state;
	set_up(&f, &request);
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_OK);
	(void)snprintf(wanted, sizeof(wanted),
	               "GET /path?q=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: test/1\r\n"
	               "Accept: */*\r\nAccept-Encoding: gzip\r\n\r\n",
	               f.vendor.port);
	assert_string_equal(buf_cstr(&f.vendor.seen), wanted);
	client_fixture_fini(&f);
}

static void headers_and_body_go_out_as_given(void **state)
{
	const struct http_client_header headers[] = {
		{STR_LIT("X-Api-Key"), STR_LIT("k: ;\xc3\xa4")},
		{STR_LIT("Content-Type"), STR_LIT("application/json")},
		{STR_LIT("X-Empty"), STR_EMPTY},
		{STR_LIT("Accept"), STR_LIT("application/json-seq")},
		{STR_LIT("User-Agent"), STR_LIT("other/2")},
	};
	char body[] = "{\"from\":1}";
	struct client_fixture f;
	struct http_request request;

	(void)state;
	set_up(&f, &request);
	request.method = "POST";
	request.headers = headers;
	request.header_count = 5;
	request.has_body = true;
	request.body = (struct str){body, strlen(body)};
	client_do(&f, &request);
	assert_true(vendor_saw(&f.vendor, "POST /path?q=1 HTTP/1.1\r\n"));
	assert_true(vendor_saw(&f.vendor, "\r\nX-Api-Key: k: ;\xc3\xa4\r\n"));
	assert_true(vendor_saw(&f.vendor, "\r\nX-Empty:\r\n"));
	assert_true(vendor_saw(&f.vendor, "\r\nContent-Type: application/json\r\n"));
	assert_true(vendor_saw(&f.vendor, "\r\nAccept: application/json-seq\r\n"));
	assert_true(vendor_saw(&f.vendor, "\r\nUser-Agent: other/2\r\n"));
	assert_false(vendor_saw(&f.vendor, "*/*"));
	assert_false(vendor_saw(&f.vendor, "test/1"));
	assert_true(vendor_saw(&f.vendor, "\r\nContent-Length: 10\r\n"));
	assert_true(vendor_saw(&f.vendor, "\r\n\r\n{\"from\":1}"));
	client_fixture_fini(&f);
}

static void a_post_without_a_body_says_its_length(void **state)
{
	struct client_fixture f;
	struct http_request request;

	(void)state;
	set_up(&f, &request);
	request.method = "POST";
	client_do(&f, &request);
	assert_true(vendor_saw(&f.vendor, "\r\nContent-Length: 0\r\n"));
	assert_false(vendor_saw(&f.vendor, "Content-Type"));
	assert_false(vendor_saw(&f.vendor, "Expect"));
	client_fixture_fini(&f);
}

static void other_methods_go_out_by_their_name(void **state)
{
	static const char *const methods[] = {"PUT", "PATCH", "DELETE", "OPTIONS"};

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct client_fixture f;
		struct http_request request;

		set_up(&f, &request);
		request.method = methods[i];
		client_do(&f, &request);
		assert_int_equal(f.o.end, HTTP_END_OK);
		assert_memory_equal(buf_cstr(&f.vendor.seen), methods[i], strlen(methods[i]));
		client_fixture_fini(&f);
	}
}

static void a_head_has_no_body(void **state)
{
	struct client_fixture f = {0};

	(void)state;
	client_fixture_init(
		&f, vendor_once,
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n");

	struct http_request request = client_request(&f);

	request.method = "HEAD";
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_OK);
	assert_int_equal(f.o.body_bytes, 0);
	client_fixture_fini(&f);
}

static void expect_refused(const char *url, const char *method,
                           const struct http_client_header *header)
{
	struct client_fixture f;
	struct http_request request;
	struct http_call *call = NULL;

	set_up(&f, &request);
	request.url = url != NULL ? url : request.url;
	request.method = method;
	request.headers = header;
	request.header_count = header != NULL ? 1 : 0;
	assert_int_equal(http_client_send(f.client, &request, &outcome_ops, &f.o, &call),
	                 ERR_INVAL);
	assert_null(call);
	assert_int_equal(f.o.dones, 0);
	client_fixture_fini(&f);
}

static void what_cannot_be_sent_is_refused_at_once(void **state)
{
	const struct http_client_header headers[] = {
		{STR_LIT("A"), STR_LIT("b\r\nX: y")},
		{STR_LIT("A"), STR_LIT("b\nX: y")},
		{STR_LIT("A"), STR_LIT("b\0c")},
		{STR_LIT("A"), STR_LIT("b\x7f")},
		{STR_LIT("A\r\nB"), STR_LIT("b")},
		{STR_LIT("A:"), STR_LIT("b")},
		{STR_LIT("A B"), STR_LIT("b")},
		{STR_LIT(""), STR_LIT("b")},
		{STR_LIT("content-length"), STR_LIT("1")},
		{STR_LIT("Transfer-Encoding"), STR_LIT("chunked")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		expect_refused(NULL, "GET", &headers[i]);
	expect_refused(NULL, "GET X", NULL);
	expect_refused(NULL, "", NULL);
	expect_refused("ftp://127.0.0.1/", "GET", NULL);
	expect_refused("file:///etc/passwd", "GET", NULL);
	expect_refused("http://user@127.0.0.1/", "GET", NULL);
	expect_refused("http://127.0.0.1/a b", "GET", NULL);
	expect_refused("http://127.0.0.1/\r\nX: y", "GET", NULL);
}

static void a_path_goes_out_as_it_is(void **state)
{
	struct client_fixture f;
	struct http_request request;
	char url[128];

	(void)state;
	set_up(&f, &request);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/a/../b/./%%2e?x=[]&y=%%20#z",
	               f.vendor.port);
	request.url = url;
	client_do(&f, &request);
	assert_true(vendor_saw(&f.vendor, "GET /a/../b/./%2e?x=[]&y=%20 HTTP/1.1\r\n"));
	client_fixture_fini(&f);
}

static void cookies_are_not_given_back(void **state)
{
	struct client_fixture f;
	struct http_request request;
	struct outcome second = {0};

	(void)state;
	set_up(&f, &request);
	client_do(&f, &request);
	client_send(&f, &request, &second);
	client_wait(&f, &second.dones, 1);
	assert_int_equal(f.vendor.requests, 2);
	assert_false(vendor_saw(&f.vendor, "Cookie"));
	outcome_fini(&second);
	client_fixture_fini(&f);
}

static void no_proxy_of_the_environment_is_used(void **state)
{
	static const char *const names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
	struct client_fixture f;
	struct http_request request;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
	set_up(&f, &request);
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_OK);
	client_fixture_fini(&f);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(unsetenv(names[i]), 0);
}

static void no_netrc_is_read(void **state)
{
	char folder[] = "/tmp/test_http_client.XXXXXX";
	char path[64];
	struct client_fixture f;
	struct http_request request;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/.netrc", folder);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs("machine 127.0.0.1 login me password secret\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(setenv("HOME", folder, 1), 0);
	set_up(&f, &request);
	client_do(&f, &request);
	assert_false(vendor_saw(&f.vendor, "Authorization"));
	client_fixture_fini(&f);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void a_request_on_its_own_takes_no_kept_connection(void **state)
{
	struct client_fixture f;
	struct http_request request;
	struct outcome second = {0}, third = {0};

	(void)state;
	set_up(&f, &request);
	client_do(&f, &request);
	request.is_alone = true;
	client_send(&f, &request, &second);
	client_wait(&f, &second.dones, 1);
	assert_int_equal(f.vendor.connections, 2);
	request.is_alone = false;
	client_send(&f, &request, &third);
	client_wait(&f, &third.dones, 1);
	assert_int_equal(f.vendor.connections, 2);
	outcome_fini(&second);
	outcome_fini(&third);
	client_fixture_fini(&f);
}

static void identity_is_asked_for_by_name(void **state)
{
	struct client_fixture f;
	struct http_request request;

	(void)state;
	set_up(&f, &request);
	request.is_identity = true;
	client_do(&f, &request);
	assert_true(vendor_saw(&f.vendor, "\r\nAccept-Encoding: identity\r\n"));
	assert_false(vendor_saw(&f.vendor, "gzip"));
	client_fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_get_says_what_it_must_and_no_more),
		cmocka_unit_test(headers_and_body_go_out_as_given),
		cmocka_unit_test(a_post_without_a_body_says_its_length),
		cmocka_unit_test(other_methods_go_out_by_their_name),
		cmocka_unit_test(a_head_has_no_body),
		cmocka_unit_test(what_cannot_be_sent_is_refused_at_once),
		cmocka_unit_test(a_path_goes_out_as_it_is),
		cmocka_unit_test(cookies_are_not_given_back),
		cmocka_unit_test(no_proxy_of_the_environment_is_used),
		cmocka_unit_test(no_netrc_is_read),
		cmocka_unit_test(a_request_on_its_own_takes_no_kept_connection),
		cmocka_unit_test(identity_is_asked_for_by_name),
	};

	return cmocka_run_group_tests_name("http_client_easy", tests, NULL, NULL);
}

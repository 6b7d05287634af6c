/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/core/http/http_fixture.h"

static void it_shows_the_request(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct str name;
	struct str value;
	int mark = 0;

	(void)state;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);

	fixture_send(&f, fd,
	             STR_LIT("PUT /hold/x?y=%20 HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n"
	                     "x-one:  2 \r\nContent-Length: 2\r\n\r\nhi"));
	assert_true(fixture_wait(&f, &f.requests, 1));

	struct http_request *req = f.held[0];

	assert_true(str_eq(http_request_method(req), STR_LIT("PUT")));
	assert_true(str_eq(http_request_path(req), STR_LIT("/hold/x")));
	assert_true(str_eq(http_request_query(req), STR_LIT("y=%20")));
	assert_true(str_eq(http_request_header(req, "x-ONE"), STR_LIT("1")));
	assert_int_equal(http_request_header(req, "X-Two").len, 0);
	assert_int_equal(http_request_header_count(req, "X-One"), 2);
	assert_true(http_request_header_at(req, 2, &name, &value));
	assert_true(str_eq(name, STR_LIT("x-one")));
	assert_true(str_eq(value, STR_LIT("2")));
	assert_false(http_request_header_at(req, 4, &name, &value));
	assert_true(str_eq(http_request_body(req), STR_LIT("hi")));
	assert_true(http_request_has_body(req));
	assert_string_equal(http_request_address(req), "127.0.0.1");
	assert_null(http_request_arg(req));
	http_request_set_arg(req, &mark);
	assert_ptr_equal(http_request_arg(req), &mark);
	(void)close(fd);
	fixture_fini(&f);
}

static void the_next_request_starts_without_what_the_last_one_had(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	int mark = 0;

	(void)state;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);

	fixture_send(&f, fd,
	             STR_LIT("PUT /hold?q HTTP/1.1\r\nHost: a\r\nX: 1\r\nContent-Length: 2\r\n\r\n"
	                     "hiGET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_true(fixture_wait(&f, &f.requests, 1));
	http_request_set_arg(f.held[0], &mark);
	fixture_reply(&f);
	assert_true(fixture_wait(&f, &f.requests, 2));
	assert_null(http_request_arg(f.held[0]));
	assert_int_equal(http_request_query(f.held[0]).len, 0);
	assert_int_equal(http_request_header_count(f.held[0], "X"), 0);
	assert_int_equal(http_request_body(f.held[0]).len, 0);
	assert_false(http_request_has_body(f.held[0]));
	(void)close(fd);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_shows_the_request),
		cmocka_unit_test(the_next_request_starts_without_what_the_last_one_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

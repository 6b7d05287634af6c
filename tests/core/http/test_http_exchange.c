/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/core/http/http_fixture.h"

#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"

static void a_hundred_pipelined_requests_are_answered_in_order(void **state)
{
	struct session s;
	struct buf in;

	(void)state;
	session_open(&s);
	buf_init(&in, 1 << 20);
	for (int i = 0; i < 99; i++)
		(void)buf_append_str(&in, str_from(POST("/x")));
	(void)buf_append_str(&in, str_from("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n"));
	fixture_send(&s.f, s.fd, buf_str(&in));
	assert_true(session_expect(&s, "\r\n\r\nno"));
	assert_int_equal(fixture_count(&s.got, "200 OK"), 99);
	assert_int_equal(fixture_count(&s.got, "401 Unauthorized"), 1);
	buf_fini(&in);
	session_close(&s);
}

static void head_gets_headers_only(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, "HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_true(session_expect_close(&s));
	assert_int_equal(fixture_count(&s.got, "Content-Length: 4\r\n"), 1);
	assert_int_equal(fixture_count(&s.got, "fine"), 0);
	session_close(&s);
}

static void continue_is_said_only_after_accept(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
	                 "Expect: 100-continue\r\n\r\n");
	assert_true(session_expect(&s, "HTTP/1.1 100 Continue\r\n\r\n"));
	session_send(&s, "hello");
	assert_true(session_expect(&s, "200 OK"));
	buf_reset(&s.got);
	session_send(&s, "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
	                 "Expect: 100-continue\r\n\r\n");
	assert_true(session_expect_close(&s));
	assert_int_equal(fixture_count(&s.got, "100 Continue"), 0);
	assert_int_equal(fixture_count(&s.got, "401 Unauthorized"), 1);
	session_close(&s);
}

static void chunks_make_one_body(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
	assert_true(session_expect(&s, "fine"));
	assert_string_equal(buf_cstr(&s.f.last_body), "abcde");
	session_close(&s);
}

static void an_application_may_decide_later(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, POST("/decide"));
	assert_true(fixture_wait(&s.f, &s.f.heads, 1));
	http_request_accept(s.f.undecided, 100);
	s.f.undecided = NULL;
	assert_int_equal(s.f.requests, 0);
	assert_true(session_expect(&s, "\r\n\r\nfine"));
	session_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_pipelined_requests_are_answered_in_order),
		cmocka_unit_test(head_gets_headers_only),
		cmocka_unit_test(continue_is_said_only_after_accept),
		cmocka_unit_test(chunks_make_one_body),
		cmocka_unit_test(an_application_may_decide_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

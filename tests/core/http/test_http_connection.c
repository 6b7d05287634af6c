/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/core/http/http_fixture.h"

#define GET(path)  "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"

static void a_connection_serves_one_request_after_the_other(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	for (int i = 0; i < 3; i++) {
		session_send(&s, POST("/x"));
		assert_true(session_expect(&s, "\r\n\r\nfine"));
		assert_string_equal(buf_cstr(&s.f.last_body), "hello");
		buf_reset(&s.got);
	}
	assert_int_equal(s.f.requests, 3);
	session_close(&s);
}

static void a_deferred_reply_holds_up_the_next_request(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, POST("/hold") GET("/x"));
	assert_true(fixture_wait(&s.f, &s.f.requests, 1));
	fixture_reply(&s.f);
	assert_true(session_expect(&s, "\r\n\r\nfine"));
	assert_true(strstr(buf_cstr(&s.got), "held") < strstr(buf_cstr(&s.got), "fine"));
	session_close(&s);
}

static void a_request_outlives_its_client(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, POST("/hold"));
	assert_true(fixture_wait(&s.f, &s.f.requests, 1));

	struct linger reset = {1, 0};

	assert_int_equal(setsockopt(s.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	(void)close(s.fd);
	assert_true(fixture_wait_connections(&s.f, 0));
	assert_true(str_eq(http_request_body(s.f.held[0]), STR_LIT("hello")));
	assert_true(str_eq(http_request_path(s.f.held[0]), STR_LIT("/hold")));
	fixture_reply(&s.f);
	s.fd = fixture_connect(&s.f);
	session_send(&s, GET("/x"));
	assert_true(session_expect(&s, "fine"));
	session_close(&s);
}

static void an_accept_after_the_client_went_is_told_as_dropped(void **state)
{
	struct session s;
	struct linger reset = {1, 0};

	(void)state;
	session_open(&s);
	session_send(&s, POST("/decide"));
	assert_true(fixture_wait(&s.f, &s.f.heads, 1));
	assert_int_equal(setsockopt(s.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	(void)close(s.fd);
	assert_true(fixture_wait_connections(&s.f, 0));
	http_request_accept(s.f.undecided, 100);
	s.f.undecided = NULL;
	assert_int_equal(s.f.dropped, 0);
	assert_true(fixture_wait(&s.f, &s.f.dropped, 1));
	assert_int_equal(s.f.requests, 0);
	s.fd = fixture_connect(&s.f);
	session_close(&s);
}

static void a_held_request_that_was_to_run_again_outlives_its_client(void **state)
{
	struct session s;
	struct linger reset = {1, 0};

	(void)state;
	session_open(&s);
	session_send(&s, POST("/hold") POST("/hold"));
	assert_true(fixture_wait(&s.f, &s.f.requests, 1));
	fixture_reply(&s.f); /* the next one stands in the input: it is to run soon */
	assert_true(fixture_wait(&s.f, &s.f.requests, 2));
	assert_int_equal(setsockopt(s.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	(void)close(s.fd);
	assert_true(fixture_wait_connections(&s.f, 0));
	for (int i = 0; i < 5; i++)
		loop_turn(s.f.loop, 1);
	assert_int_equal(s.f.dropped, 0);
	assert_true(str_eq(http_request_body(s.f.held[0]), STR_LIT("hello")));
	fixture_reply(&s.f);
	s.fd = fixture_connect(&s.f);
	session_close(&s);
}

static void a_drop_not_told_yet_is_told_when_the_server_goes(void **state)
{
	struct session s;
	struct linger reset = {1, 0};

	(void)state;
	session_open(&s);
	session_send(&s, POST("/decide"));
	assert_true(fixture_wait(&s.f, &s.f.heads, 1));
	assert_int_equal(setsockopt(s.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	(void)close(s.fd);
	assert_true(fixture_wait_connections(&s.f, 0));
	http_request_accept(s.f.undecided, 100);
	s.f.undecided = NULL;
	http_server_free(s.f.server);
	s.f.server = NULL;
	assert_int_equal(s.f.dropped, 1);
	s.fd = -1;
	session_close(&s);
}

static void a_client_that_leaves_in_its_body_is_told_as_dropped(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
	assert_true(fixture_wait(&s.f, &s.f.heads, 1));
	assert_int_equal(shutdown(s.fd, SHUT_WR), 0);
	assert_true(fixture_wait(&s.f, &s.f.dropped, 1));
	assert_true(session_expect(&s, "400 Bad Request"));
	assert_int_equal(s.f.requests, 0);
	session_close(&s);
}

static void a_half_closed_client_gets_its_answer(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, POST("/hold"));
	assert_int_equal(shutdown(s.fd, SHUT_WR), 0);
	assert_true(fixture_wait(&s.f, &s.f.requests, 1));
	fixture_reply(&s.f);
	assert_true(session_expect_close(&s));
	assert_int_equal(fixture_count(&s.got, "\r\n\r\nheld"), 1);
	session_close(&s);
}

static void a_refusal_is_seen_by_a_client_that_pushes_its_body(void **state)
{
	static char body[512 * 1024];
	struct session s;

	(void)state;
	session_open(&s);
	memset(body, 'x', sizeof(body));
	session_send(&s, "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 524288\r\n\r\n");
	fixture_send(&s.f, s.fd, (struct str){body, sizeof(body)});
	assert_true(session_expect_close(&s));
	assert_int_equal(fixture_count(&s.got, "401 Unauthorized"), 1);
	assert_int_equal(fixture_count(&s.got, "Connection: close"), 1);
	assert_int_equal(s.f.requests, 0);
	session_close(&s);
}

static void lingering_ends_by_itself(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	session_send(&s, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_true(session_expect_close(&s));
	assert_int_equal(http_server_connections(s.f.server), 1); /* the client is still there */
	assert_true(fixture_wait_connections(&s.f, 0));
	session_close(&s);
}

static void large_answers_to_a_slow_reader_arrive_whole(void **state)
{
	struct session s;

	(void)state;
	session_open(&s);
	for (int i = 0; i < 16; i++) /* more than the kernel's buffers take */
		session_send(&s, GET("/large"));
	session_send(&s, GET("/x"));
	for (int i = 0; i < 20; i++)
		loop_turn(s.f.loop, 1);
	assert_true(s.f.requests < 17); /* the rest waits until these are out */
	assert_true(session_expect(&s, "\r\n\r\nfine"));
	assert_int_equal(fixture_count(&s.got, "200 OK"), 17);
	assert_true(s.got.len > 16 * ((1 << 20) - 1));
	session_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_serves_one_request_after_the_other),
		cmocka_unit_test(a_deferred_reply_holds_up_the_next_request),
		cmocka_unit_test(a_request_outlives_its_client),
		cmocka_unit_test(an_accept_after_the_client_went_is_told_as_dropped),
		cmocka_unit_test(a_held_request_that_was_to_run_again_outlives_its_client),
		cmocka_unit_test(a_drop_not_told_yet_is_told_when_the_server_goes),
		cmocka_unit_test(a_client_that_leaves_in_its_body_is_told_as_dropped),
		cmocka_unit_test(a_half_closed_client_gets_its_answer),
		cmocka_unit_test(a_refusal_is_seen_by_a_client_that_pushes_its_body),
		cmocka_unit_test(lingering_ends_by_itself),
		cmocka_unit_test(large_answers_to_a_slow_reader_arrive_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "tests/core/http/http_fixture.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static int64_t refused(const char *cause)
{
	return metric_get(METRIC_HTTP_REFUSED, cause, NULL, NULL)->value;
}

/* What a client gets that sends @p text and then nothing, with short timeouts. */
static void check_deadline(const char *text, const char *answer)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf got = {0};

	limits.request_timeout_ms = 100;
	limits.idle_timeout_ms = 100;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);

	fixture_send(&f, fd, str_from(text));
	assert_true(fixture_expect_close(&f, fd, &got));
	if (answer == NULL)
		assert_int_equal(got.len, 0);
	else
		assert_int_equal(fixture_count(&got, answer), 1);
	(void)close(fd);
	buf_fini(&got);
	fixture_fini(&f);
}

static void a_deadline_is_silent_before_the_request_line_and_408_after(void **state)
{
	(void)state;
	check_deadline("", NULL);
	check_deadline("POST /x HT", NULL);
	check_deadline("POST /x HTTP/1.1\r\n", "HTTP/1.1 408 Request Timeout\r\n");
	check_deadline("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel",
	               "HTTP/1.1 408 Request Timeout\r\n");
	check_deadline(GET("/x"), "HTTP/1.1 200 OK\r\n");
}

static void dripping_does_not_extend_the_deadline(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf got = {0};
	int64_t before = refused("timeout");

	(void)state;
	limits.request_timeout_ms = 150;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);

	fixture_send(&f, fd, str_from("POST /x HTTP/1.1\r\nHost: a\r\nX: "));
	for (int i = 0; i < 2000 && refused("timeout") == before; i++) {
		fixture_send(&f, fd, str_from("x"));
		loop_turn(f.loop, 1);
	}
	assert_true(fixture_expect_close(&f, fd, &got));
	assert_int_equal(fixture_count(&got, "408"), 1);
	(void)close(fd);
	buf_fini(&got);
	fixture_fini(&f);
}

static void a_request_with_the_application_has_no_deadline(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf got = {0};

	(void)state;
	limits.request_timeout_ms = 60;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);
	int other = fixture_connect(&f);

	fixture_send(&f, fd, str_from(GET("/decide")));
	assert_true(fixture_wait(&f, &f.heads, 1));
	fixture_send(&f, other, str_from("POST /x HTTP/1.1\r\n")); /* a clock for the test */
	assert_true(fixture_expect(&f, other, "408", &got));
	buf_reset(&got);
	http_request_accept(f.undecided, 10);
	f.undecided = NULL;
	assert_true(fixture_expect(&f, fd, "fine", &got));
	(void)close(fd);
	(void)close(other);
	buf_fini(&got);
	fixture_fini(&f);
}

static void heads_without_leave_share_a_small_part_of_the_memory(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf got = {0};
	int fds[6];
	int64_t before = refused("memory");

	(void)state;
	limits.memory_bytes = 24 * 1024; /* a quarter of it: about four partial heads */
	fixture_init(&f, &limits);
	for (int i = 0; i < 6; i++) {
		fds[i] = fixture_connect(&f);
		fixture_send(&f, fds[i], str_from("POST /x HTTP/1.1\r\nHost: a\r\nX: y\r\n"));
	}
	assert_true(fixture_expect(&f, fds[5], "503 Service Unavailable", &got));
	assert_int_equal(fixture_count(&got, "Retry-After: "), 1);
	assert_true(refused("memory") > before);
	for (int i = 0; i < 6; i++)
		(void)close(fds[i]);
	buf_fini(&got);
	fixture_fini(&f);
}

static void bodies_share_the_whole_memory(void **state)
{
	static char body[96 * 1024];
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf got = {0};
	int fds[3];

	(void)state;
	limits.memory_bytes = 300 * 1024;
	fixture_init(&f, &limits);
	memset(body, 'x', sizeof(body));
	for (unsigned i = 0; i < 2; i++) {
		fds[i] = fixture_connect(&f);
		fixture_send(&f, fds[i],
		             str_from("POST /hold HTTP/1.1\r\nHost: a\r\n"
		                      "Content-Length: 98304\r\n\r\n"));
		fixture_send(&f, fds[i], (struct str){body, sizeof(body)});
		assert_true(fixture_wait(&f, &f.requests, i + 1));
	}
	fds[2] = fixture_connect(&f);
	fixture_send(&f, fds[2],
	             str_from("POST /hold HTTP/1.1\r\nHost: a\r\n"
	                      "Content-Length: 98304\r\n\r\n"));
	fixture_send(&f, fds[2], (struct str){body, sizeof(body)});
	assert_true(fixture_expect(&f, fds[2], "503 Service Unavailable", &got));
	assert_int_equal(f.dropped, 1);
	fixture_reply(&f);
	fixture_reply(&f);
	buf_reset(&got);
	(void)close(fds[2]);
	fds[2] = fixture_connect(&f);
	fixture_send(&f, fds[2],
	             str_from("POST /x HTTP/1.1\r\nHost: a\r\n"
	                      "Content-Length: 98304\r\n\r\n"));
	fixture_send(&f, fds[2], (struct str){body, sizeof(body)});
	assert_true(fixture_expect(&f, fds[2], "fine", &got));
	for (int i = 0; i < 3; i++)
		(void)close(fds[i]);
	buf_fini(&got);
	fixture_fini(&f);
}

static void count_call(void *arg)
{
	unsigned *count = arg;

	(*count)++;
}

static void draining_answers_what_is_open_and_tells_once(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf got = {0};
	unsigned idle = 0;

	(void)state;
	fixture_init(&f, &limits);

	int waiting = fixture_connect(&f);
	int held = fixture_connect(&f);

	fixture_send(&f, held, str_from(GET("/hold")));
	assert_true(fixture_wait(&f, &f.requests, 1));
	http_server_drain(f.server, count_call, &idle);
	http_server_drain(f.server, count_call, &idle);
	assert_true(fixture_expect_close(&f, waiting, &got));
	assert_int_equal(got.len, 0);
	(void)close(waiting);
	assert_true(fixture_wait_connections(&f, 1));
	assert_int_equal(idle, 0);
	fixture_reply(&f);
	assert_true(fixture_expect_close(&f, held, &got));
	assert_int_equal(fixture_count(&got, "Connection: close"), 1);
	(void)close(held);
	assert_true(fixture_wait(&f, &idle, 1));
	loop_turn(f.loop, 10);
	assert_int_equal(idle, 1);
	buf_fini(&got);
	fixture_fini(&f);
}

static void requests_outlive_the_server(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;

	(void)state;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);

	fixture_send(&f, fd, str_from(GET("/hold")));
	assert_true(fixture_wait(&f, &f.requests, 1));
	http_server_free(f.server);
	f.server = NULL;
	assert_true(str_eq(http_request_path(f.held[0]), STR_LIT("/hold")));
	fixture_reply(&f);
	(void)close(fd);
	fixture_fini(&f);
}

static void new_limits_hold_for_the_next_request(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf got = {0};

	(void)state;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);

	limits.header_bytes = 40;
	fixture_send(&f, fd, str_from(GET("/hold")));
	assert_true(fixture_wait(&f, &f.requests, 1));
	http_server_set_limits(f.server, &limits);
	fixture_reply(&f);
	fixture_send(&f, fd, str_from("GET /a-longer-path HTTP/1.1\r\nHost: abcdefgh\r\n\r\n"));
	assert_true(fixture_expect(&f, fd, "431 Request Header Fields Too Large", &got));
	(void)close(fd);
	buf_fini(&got);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dripping_does_not_extend_the_deadline),
		cmocka_unit_test(a_deadline_is_silent_before_the_request_line_and_408_after),
		cmocka_unit_test(a_request_with_the_application_has_no_deadline),
		cmocka_unit_test(heads_without_leave_share_a_small_part_of_the_memory),
		cmocka_unit_test(bodies_share_the_whole_memory),
		cmocka_unit_test(draining_answers_what_is_open_and_tells_once),
		cmocka_unit_test(requests_outlive_the_server),
		cmocka_unit_test(new_limits_hold_for_the_next_request),
	};
	int failures = cmocka_run_group_tests(tests, NULL, NULL);

	metrics_free();
	return failures;
}

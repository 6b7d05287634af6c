/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
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

static void addresses_are_read_and_refused(void **state)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	char taken[32];
	uint16_t port = 0;

	(void)state;
	fixture_init(&f, &limits);
	(void)snprintf(taken, sizeof(taken), "127.0.0.1:%u", (unsigned)f.port);
	assert_int_equal(http_server_listen(f.server, taken, NULL), ERR_EXISTS);
	assert_int_equal(http_server_listen(f.server, "[::1]:0", &port), ERR_OK);
	assert_int_not_equal(port, 0);
	assert_int_equal(http_server_listen(f.server, "192.0.2.1:0", NULL), ERR_IO);
	assert_int_equal(http_server_listen(f.server, "127.0.0.1", NULL), ERR_INVAL);
	assert_int_equal(http_server_listen(f.server, "127.0.0.1:", NULL), ERR_INVAL);
	assert_int_equal(http_server_listen(f.server, "127.0.0.1:65536", NULL), ERR_INVAL);
	assert_int_equal(http_server_listen(f.server, "127.0.0.1:-1", NULL), ERR_INVAL);
	assert_int_equal(http_server_listen(f.server, "localhost:0", NULL), ERR_INVAL);
	assert_int_equal(http_server_listen(f.server, "[::1:0", NULL), ERR_INVAL);
	assert_int_equal(http_server_listen(f.server, "::1:0", NULL), ERR_INVAL);
	assert_int_equal(http_server_listen(f.server, "", NULL), ERR_INVAL);
	fixture_fini(&f);
}

/* Open @p open clients under @p limits; one more is closed at once, counted under @p cause. */
static void check_cap(const struct http_limits *limits, int open, const char *cause)
{
	struct fixture f;
	struct buf got = {0};
	int fds[8];
	int64_t before = refused(cause);

	fixture_init(&f, limits);
	for (int i = 0; i < open; i++)
		fds[i] = fixture_connect(&f);
	assert_true(fixture_wait_connections(&f, (size_t)open));
	assert_int_equal(metric_get(METRIC_HTTP_CONNECTIONS, NULL, NULL, NULL)->value, open);

	int more = fixture_connect(&f);

	assert_true(fixture_expect_close(&f, more, &got));
	assert_int_equal(got.len, 0);
	assert_int_equal(refused(cause), before + 1);
	(void)close(more);
	(void)close(fds[0]);
	assert_true(fixture_wait_connections(&f, (size_t)open - 1));
	fds[0] = fixture_connect(&f);
	fixture_send(&f, fds[0], str_from(GET("/x")));
	assert_true(fixture_expect(&f, fds[0], "fine", &got));
	for (int i = 0; i < open; i++)
		(void)close(fds[i]);
	buf_fini(&got);
	fixture_fini(&f);
	assert_int_equal(metric_get(METRIC_HTTP_CONNECTIONS, NULL, NULL, NULL)->value, 0);
}

static void connections_are_capped(void **state)
{
	struct http_limits limits = fixture_limits();

	(void)state;
	limits.connections = 3;
	check_cap(&limits, 3, "connections");
}

static void connections_of_one_address_are_capped(void **state)
{
	struct http_limits limits = fixture_limits();

	(void)state;
	limits.connections_per_address = 2;
	check_cap(&limits, 2, "address");
}

static void a_failing_accept_pauses_and_goes_on(void **state)
{
	struct http_limits limits = fixture_limits();
	struct rlimit files;
	struct rlimit few;
	struct fixture f;
	struct buf got = {0};
	int64_t before = refused("accept");

	(void)state;
	fixture_init(&f, &limits);

	int fd = fixture_connect(&f);
	int probe = dup(fd); /* the next free descriptor */

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	few = (struct rlimit){(rlim_t)probe, files.rlim_max};
	(void)close(probe);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);

	uint64_t start_ms = clock_mono_ms();

	for (int i = 0; i < 100; i++)
		loop_turn(f.loop, 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);

	int64_t count = refused("accept") - before;

	/* Once for each pause of half a second that went by, not for each wake-up. */
	assert_true(count >= 1);
	assert_true(count <= 1 + (int64_t)((clock_mono_ms() - start_ms) / 490));
	fixture_send(&f, fd, str_from(GET("/x")));
	assert_true(fixture_expect(&f, fd, "fine", &got));
	(void)close(fd);
	buf_fini(&got);
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_and_refused),
		cmocka_unit_test(connections_are_capped),
		cmocka_unit_test(connections_of_one_address_are_capped),
		cmocka_unit_test(a_failing_accept_pauses_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "admin/admin.h"
#include "core/clock.h"
#include "tests/admin/client.h"

static struct loop *loop;
static struct admin *admin;
static uint16_t port;
static char text[131072];

/* What the application saw, and does. */
static struct {
	char method[16], path[64], query[256];
	size_t body_len;
	unsigned calls, gone;
	bool streams, ends_when_gone;
	struct admin_call *open;
} app;

static void on_call(void *arg, struct admin_call *call, const struct admin_request *request)
{
	assert_ptr_equal(arg, &app);
	app.calls++;
	(void)snprintf(app.method, sizeof(app.method), "%s", request->method);
	(void)snprintf(app.path, sizeof(app.path), "%s", request->path);
	(void)snprintf(app.query, sizeof(app.query), "%.*s", STR_FMT(request->query));
	app.body_len = request->body.len;
	if (!app.streams) {
		admin_call_answer(call, strcmp(request->path, "status") == 0 ? 200 : 404,
		                  STR_LIT("{\"a\":1}"));
		return;
	}
	app.open = call;
	admin_call_set(call, &app.gone);
	admin_call_begin(call);
}

static void on_gone(void *arg, struct admin_call *call, void *state)
{
	assert_ptr_equal(arg, &app);
	assert_ptr_equal(call, app.open);
	assert_ptr_equal(state, &app.gone);
	app.gone++;
	if (app.ends_when_gone) {
		admin_call_end(call);
		app.open = NULL;
	}
}

static const struct admin_ops ops = {.on_call = on_call, .on_gone = on_gone};

static int setup(void **state)
{
	(void)state;
	memset(&app, 0, sizeof(app));
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(admin_new(loop, "127.0.0.1:0", &ops, &app, &admin, &port), ERR_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	admin_free(admin);
	if (app.open != NULL)
		admin_call_end(app.open);
	loop_free(loop);
	return 0;
}

static int send_request(const char *request)
{
	int fd = client_connect(port);

	client_write(fd, request);
	return fd;
}

static void exchange(const char *request)
{
	int fd = send_request(request);

	assert_true(client_read(loop, fd, NULL, text, sizeof(text)));
	(void)close(fd);
}

#define MARK "X-Campaign2mqtt: 1\r\n"
#define END  "Connection: close\r\n\r\n"

static void wait_for(const unsigned *count, unsigned value)
{
	uint64_t deadline = clock_mono_ms() + 10000;

	while (*count != value && clock_mono_ms() < deadline)
		loop_turn(loop, 5);
	assert_int_equal(*count, value);
}

static void a_request_is_handed_on_and_answered(void **state)
{
	(void)state;
	exchange("GET /api/v1/status?a=%3D&b HTTP/1.1\r\nHost: localhost:1\r\n" MARK END);
	assert_int_equal(strncmp(text, "HTTP/1.1 200 ", 13), 0);
	assert_non_null(strstr(text, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(text, "Cache-Control: no-store\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n{\"a\":1}");
	assert_string_equal(app.method, "GET");
	assert_string_equal(app.path, "status");
	assert_string_equal(app.query, "a=%3D&b");
	exchange("POST /api/v1/other HTTP/1.1\r\nHost: [::1]\r\n" MARK "Content-Length: 5\r\n" END
	         "hello");
	assert_int_equal(strncmp(text, "HTTP/1.1 404 ", 13), 0);
	assert_string_equal(app.method, "POST");
	assert_int_equal(app.body_len, 5);
	exchange("DELETE /api/v1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n" MARK END);
	assert_string_equal(app.method, "other");
	assert_string_equal(app.path, "");
	assert_int_equal(app.gone, 0);
}

static void what_a_web_page_can_send_is_refused(void **state)
{
	static const char *const requests[] = {
		"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n" END,
		"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Campaign2mqtt: 2\r\n" END,
		"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Campaign2mqtt:\r\n" END,
		"GET /api/v1/status HTTP/1.1\r\nHost: evil.example:9080\r\n" MARK END,
		"GET /api/v1/status HTTP/1.1\r\nHost: localhost.example\r\n" MARK END,
		"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1.example\r\n" MARK END,
		"POST /api/v1/fetch HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" END "a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		exchange(requests[i]);
		if (strncmp(text, "HTTP/1.1 403 ", 13) != 0)
			fail_msg("%s\n%s", requests[i], text);
	}
	assert_int_equal(app.calls, 0);
}

static void a_body_over_64_kib_is_refused_but_for_imports(void **state)
{
	static const char *const paths[] = {"status", "imports"};
	static char request[66000];

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int head = snprintf(request, sizeof(request),
		                    "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\n" MARK
		                    "Content-Length: 65537\r\n" END,
		                    paths[i]);

		memset(request + head, 'x', 65537);
		request[head + 65537] = '\0';
		exchange(request);
		assert_int_equal(strncmp(text, "HTTP/1.1 413 ", 13), 0);
	}
	exchange("POST /api/v1/import HTTP/1.1\r\nHost: localhost\r\n" MARK
	         "Content-Length: 2097153\r\n" END);
	assert_int_equal(strncmp(text, "HTTP/1.1 413 ", 13), 0);
	assert_int_equal(app.calls, 0);
}

#define STREAM "POST /api/v1/fetch HTTP/1.1\r\nHost: localhost\r\n" MARK "Content-Length: 0\r\n\r\n"

static void lines_are_sent_as_they_come(void **state)
{
	int fd;

	(void)state;
	app.streams = true;
	fd = send_request(STREAM);
	wait_for(&app.calls, 1);
	assert_true(admin_call_line(app.open, STR_LIT("{\"n\":1}")));
	assert_true(client_read(loop, fd, "{\"n\":1}\n", text, sizeof(text)));
	assert_non_null(strstr(text, "Content-Type: application/x-ndjson\r\n"));
	assert_true(admin_call_line(app.open, STR_LIT("{\"n\":2}")));
	assert_true(client_read(loop, fd, "{\"n\":2}\n", text, sizeof(text)));
	admin_call_end(app.open);
	app.open = NULL;
	assert_true(client_read(loop, fd, NULL, text, sizeof(text)));
	assert_non_null(strstr(text, "0\r\n\r\n"));
	assert_int_equal(app.gone, 0);
	(void)close(fd);
}

static void a_client_that_goes_away_is_told_of(void **state)
{
	(void)state;
	app.streams = true;
	for (unsigned i = 0; i < 2; i++) {
		int fd = send_request(STREAM);

		app.ends_when_gone = i == 0;
		wait_for(&app.calls, i + 1);
		assert_true(client_read(loop, fd, "\r\n\r\n", text, sizeof(text)));
		(void)close(fd);
		wait_for(&app.gone, i + 1);
	}
	/* The second one is still there, and nothing is sent any more. */
	assert_true(admin_call_line(app.open, STR_LIT("{}")));
	admin_call_end(app.open);
	app.open = NULL;
}

static void it_ends_with_the_listener(void **state)
{
	(void)state;
	app.streams = true;
	for (unsigned i = 0; i < 2; i++) {
		int fd = send_request(STREAM);

		app.ends_when_gone = i == 0;
		wait_for(&app.calls, i + 1);
		admin_free(admin);
		admin = NULL;
		assert_int_equal(app.gone, i + 1);
		(void)close(fd);
		if (i == 0) {
			assert_int_equal(admin_new(loop, "127.0.0.1:0", &ops, &app, &admin, &port),
			                 ERR_OK);
		}
	}
	admin_call_end(app.open);
	app.open = NULL;
}

static void a_reader_that_is_gone_and_not_ended_outlives_the_listener(void **state)
{
	int fd;

	(void)state;
	app.streams = true;
	fd = send_request(STREAM);
	wait_for(&app.calls, 1);
	(void)close(fd);
	wait_for(&app.gone, 1);
	admin_free(admin);
	admin = NULL;
	assert_int_equal(app.gone, 1);
}

static void a_slow_reader_has_a_limit(void **state)
{
	static char line[65536];
	size_t sent = 0;
	int fd;

	(void)state;
	memset(line, 'x', sizeof(line));
	app.streams = true;
	fd = send_request(STREAM);
	wait_for(&app.calls, 1);
	while (sent < 2 * ADMIN_CALL_WAITING_MAX &&
	       admin_call_line(app.open, (struct str){line, sizeof(line)}))
		sent += sizeof(line);
	assert_true(sent <= ADMIN_CALL_WAITING_MAX);
	assert_true(sent > ADMIN_CALL_WAITING_MAX / 2);
	admin_call_end(app.open);
	app.open = NULL;
	(void)close(fd);
}

/* The timeout of an exchange is five seconds; a fetch takes as long as it takes. */
static void a_quiet_stream_stays(void **state)
{
	uint64_t end = clock_mono_ms() + 6000;
	int fd;

	(void)state;
	app.streams = true;
	fd = send_request(STREAM);
	wait_for(&app.calls, 1);
	while (clock_mono_ms() < end)
		loop_turn(loop, 100);
	assert_int_equal(app.gone, 0);
	assert_true(admin_call_line(app.open, STR_LIT("{\"late\":1}")));
	assert_true(client_read(loop, fd, "late", text, sizeof(text)));
	admin_call_end(app.open);
	app.open = NULL;
	(void)close(fd);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_handed_on_and_answered),
		TEST(what_a_web_page_can_send_is_refused),
		TEST(a_body_over_64_kib_is_refused_but_for_imports),
		TEST(lines_are_sent_as_they_come),
		TEST(a_client_that_goes_away_is_told_of),
		TEST(it_ends_with_the_listener),
		TEST(a_reader_that_is_gone_and_not_ended_outlives_the_listener),
		TEST(a_slow_reader_has_a_limit),
		TEST(a_quiet_stream_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

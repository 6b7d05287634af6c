/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "admin/admin.h"
#include "core/metrics.h"
#include "tests/admin/client.h"

static struct loop *loop;
static struct admin *admin;
static uint16_t port;
static char text[65536];

static bool is_ready(void *arg, struct buf *ret_text)
{
	(void)buf_append_str(ret_text, STR_LIT("store: disk full\n"));
	return *(bool *)arg;
}

static void refresh_metrics(void *arg)
{
	(void)arg;
	metric_set(METRIC_MQTT_CONNECTED, 1);
}

static const struct admin_ops ops = {.is_ready = is_ready, .refresh_metrics = refresh_metrics};
static bool ready;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(admin_new(loop, "127.0.0.1:0", &ops, &ready, &admin, &port), ERR_OK);
	assert_int_not_equal(port, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	admin_free(admin);
	loop_free(loop);
	metrics_free();
	return 0;
}

/* Send @p request and read until the server closes. */
static void exchange(const char *request)
{
	int fd = client_connect(port);

	client_write(fd, request);
	assert_true(client_read(loop, fd, NULL, text, sizeof(text)));
	(void)close(fd);
}

#define END " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static bool ends_with(const char *suffix)
{
	size_t len = strlen(text);

	return len >= strlen(suffix) && strcmp(text + len - strlen(suffix), suffix) == 0;
}

static void healthz_says_ok(void **state)
{
	(void)state;
	exchange("GET /healthz" END);
	assert_int_equal(strncmp(text, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_true(ends_with("\r\n\r\nok\n"));
	exchange("GET /healthz?verbose=1" END);
	assert_true(ends_with("\r\n\r\nok\n"));
}

static void readyz_follows_what_the_daemon_says(void **state)
{
	(void)state;
	ready = false;
	exchange("GET /readyz" END);
	assert_int_equal(strncmp(text, "HTTP/1.1 503 ", 13), 0);
	assert_true(ends_with("\r\n\r\nstore: disk full\n"));
	ready = true;
	exchange("GET /readyz" END);
	assert_int_equal(strncmp(text, "HTTP/1.1 200 ", 13), 0);
}

static void metrics_have_their_media_type(void **state)
{
	(void)state;
	exchange("GET /metrics" END);
	assert_non_null(
		strstr(text, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	assert_non_null(strstr(text, "\r\nCache-Control: no-store\r\n"));
	assert_non_null(strstr(text, "\ncampaign2mqtt_mqtt_connected 1\n"));
}

static void head_has_the_length_and_no_body(void **state)
{
	(void)state;
	exchange("HEAD /healthz" END);
	assert_non_null(strstr(text, "\r\nContent-Length: 3\r\n"));
	assert_true(ends_with("\r\n\r\n"));
}

static void refusals_close_the_connection(void **state)
{
	static const struct {
		const char *request, *status, *header;
	} cases[] = {
		{"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "Connection: close"},
		{"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi",
	         "HTTP/1.1 405 ", "Allow: GET, HEAD"},
		{"OPTIONS /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ",
	         "Connection: close"},
		{"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2097153\r\n\r\n",
	         "HTTP/1.1 413 ", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		exchange(cases[i].request);
		if (strncmp(text, cases[i].status, strlen(cases[i].status)) != 0 ||
		    strstr(text, cases[i].header) == NULL)
			fail_msg("%s\n%s", cases[i].request, text);
	}
}

static void a_connection_serves_several_requests(void **state)
{
	int fd = client_connect(port);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		client_write(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_true(client_read(loop, fd, "ok\n", text, sizeof(text)));
	}
	(void)close(fd);
}

static void an_address_that_is_taken_or_none_is_told_apart(void **state)
{
	struct admin *other;
	char taken[32];

	(void)state;
	(void)snprintf(taken, sizeof(taken), "127.0.0.1:%u", port);
	assert_int_equal(admin_new(loop, taken, &ops, NULL, &other, NULL), ERR_EXISTS);
	assert_int_equal(admin_new(loop, "localhost", &ops, NULL, &other, NULL), ERR_INVAL);
	assert_int_equal(admin_new(loop, "127.0.0.1", &ops, NULL, &other, NULL), ERR_INVAL);
	assert_int_equal(admin_new(loop, "127.0.0.1:70000", &ops, NULL, &other, NULL), ERR_INVAL);
	assert_int_equal(admin_new(loop, "[::1", &ops, NULL, &other, NULL), ERR_INVAL);
	assert_int_equal(admin_new(loop, "::1:0", &ops, NULL, &other, NULL), ERR_INVAL);
	assert_int_equal(admin_new(loop, "127.0.0.1:", &ops, NULL, &other, NULL), ERR_INVAL);
	assert_int_equal(admin_new(loop, "", &ops, NULL, &other, NULL), ERR_INVAL);
	/* TEST-NET-1: an address that no interface has */
	assert_int_equal(admin_new(loop, "192.0.2.1:0", &ops, NULL, &other, NULL), ERR_IO);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(healthz_says_ok),
		TEST(readyz_follows_what_the_daemon_says),
		TEST(metrics_have_their_media_type),
		TEST(head_has_the_length_and_no_body),
		TEST(refusals_close_the_connection),
		TEST(a_connection_serves_several_requests),
		TEST(an_address_that_is_taken_or_none_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

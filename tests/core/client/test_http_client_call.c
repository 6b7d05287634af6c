/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/client/curl_loop.h"
#include "core/clock.h"
#include "tests/core/client/client_fixture.h"

#define HEAD       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define MUCH_BODY  ((size_t)60 << 20)
/* More than loopback's socket buffers and a read of libcurl's. */
#define MUCH_AHEAD ((size_t)20 << 20)
#define LONG_BODY  ((size_t)2 << 20)

static void turn_for(struct client_fixture *f, uint64_t ms)
{
	for (uint64_t end = clock_mono_ms() + ms; clock_mono_ms() < end;)
		loop_turn(f->loop, 5);
}

/* A body of many chunks whose bytes tell their place. */
static void send_long(struct vendor_link *link)
{
	char part[64];

	if (!vendor_read(link) || !vendor_say(link, HEAD))
		return;
	for (size_t at = 0; at < LONG_BODY; at += 32) {
		(void)snprintf(part, sizeof(part), "20\r\n%031zu,\r\n", at);
		if (!vendor_send(link, part, 38))
			return;
	}
	(void)vendor_say(link, "0\r\n\r\n");
}

static void expect_long_body(const struct outcome *o)
{
	char part[64];

	assert_int_equal(o->end, HTTP_END_OK);
	assert_int_equal(o->body.len, LONG_BODY);
	for (size_t at = 0; at < LONG_BODY; at += 32) {
		(void)snprintf(part, sizeof(part), "%031zu,", at);
		assert_memory_equal(o->body.ptr + at, part, 32);
	}
}

static void resume_on_each(struct client_fixture *f)
{
	uint64_t end = clock_mono_ms() + 60000;
	unsigned seen = 0;

	while (f->o.dones == 0 && clock_mono_ms() < end) {
		loop_turn(f->loop, 5);
		assert_true(f->o.bodies <= seen + 1); /* nothing comes while it is paused */
		assert_true(f->vendor.sent < f->o.body.len + MUCH_AHEAD);
		if (f->o.dones > 0 || f->o.bodies == seen)
			continue;
		seen = f->o.bodies;
		if (seen % 10 == 1) /* what came meanwhile waits, whatever the turns of the loop */
			loop_turn(f->loop, 1);
		assert_int_equal(f->o.bodies, seen);
		assert_int_equal(f->o.dones, 0);
		http_call_resume(f->o.call);
		assert_int_equal(f->o.bodies, seen); /* not from within */
	}
}

static void each_piece_may_be_followed_by_a_pause(void **state)
{
	struct client_fixture f = {.o = {.pause_each = true}};

	(void)state;
	client_fixture_init(&f, send_long, NULL);

	struct http_request request = client_request(&f);

	client_send(&f, &request, &f.o);
	resume_on_each(&f);
	expect_long_body(&f.o);
	assert_true(f.o.bodies > 10);
	client_fixture_fini(&f);
}

/* As fast as the connection takes them. */
static void send_much(struct vendor_link *link)
{
	static const char part[65536] = {0};

	if (!vendor_read(link) ||
	    !vendor_say(link, "HTTP/1.1 200 OK\r\nContent-Length: 62914560\r\n\r\n"))
		return;
	for (size_t at = 0; at < MUCH_BODY && vendor_send(link, part, sizeof(part));)
		at += sizeof(part);
}

static void many_pauses_pile_nothing_up(void **state)
{
	struct client_fixture f = {.o = {.pause_each = true}};

	(void)state;
	client_fixture_init(&f, send_much, NULL);

	struct http_request request = client_request(&f);

	client_send(&f, &request, &f.o);
	resume_on_each(&f);
	assert_int_equal(f.o.end, HTTP_END_OK);
	assert_int_equal(f.o.body.len, MUCH_BODY);
	client_fixture_fini(&f);
}

static void the_end_waits_for_the_resume(void **state)
{
	struct client_fixture f = {.o = {.pause_each = true}};

	(void)state;
	client_fixture_init(&f, vendor_once, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");

	struct http_request request = client_request(&f);

	request.idle_timeout_ms = 50;
	client_send(&f, &request, &f.o);
	client_wait(&f, &f.o.bodies, 1);
	turn_for(&f, 150); /* neither the idle time nor the closed connection count now */
	assert_int_equal(f.o.dones, 0);
	http_call_resume(f.o.call);
	http_call_resume(f.o.call);
	client_wait(&f, &f.o.dones, 1);
	assert_int_equal(f.o.end, HTTP_END_CUT);
	client_fixture_fini(&f);
}

static void resume_now(struct outcome *o)
{
	http_call_resume(o->call);
}

static void a_resume_from_within_takes_the_pause_back(void **state)
{
	struct client_fixture f = {.o = {.pause_each = true, .also = resume_now}};

	(void)state;
	client_fixture_init(&f, send_long, NULL);

	struct http_request request = client_request(&f);

	client_do(&f, &request);
	expect_long_body(&f.o);
	client_fixture_fini(&f);
}

static void a_paused_body_still_has_its_maximum(void **state)
{
	struct client_fixture f = {.o = {.pause_each = true}};

	(void)state;
	client_fixture_init(&f, send_long, NULL);

	struct http_request request = client_request(&f);

	request.body_max = LONG_BODY / 2;
	client_send(&f, &request, &f.o);
	resume_on_each(&f);
	assert_int_equal(f.o.end, HTTP_END_TOO_LARGE);
	assert_true(f.o.body.len <= LONG_BODY / 2);
	client_fixture_fini(&f);
}

static void a_pause_holds_the_sender_back(void **state)
{
	struct client_fixture f = {.o = {.pause_each = true}};

	(void)state;
	client_fixture_init(&f, send_long, NULL);

	struct http_request request = client_request(&f);

	client_send(&f, &request, &f.o);
	client_wait(&f, &f.o.bodies, 1);
	turn_for(&f, 50);
	assert_int_equal(f.o.bodies, 1);
	assert_true(f.o.body.len <= (size_t)64 * 1024);
	client_fixture_fini(&f);
}

/* Answers nothing. */
static void hold(struct vendor_link *link)
{
	if (vendor_read(link) && vendor_say(link, link->vendor->script_text))
		vendor_wait_close(link);
}

/* One byte each 20 ms. */
static void drip(struct vendor_link *link)
{
	if (!vendor_read(link) || !vendor_say(link, "HTTP/1.1 200 OK\r\n\r\n"))
		return;
	while (!link->vendor->stop && vendor_say(link, "x"))
		(void)poll(NULL, 0, 20);
}

static void drip_head(struct vendor_link *link)
{
	if (!vendor_read(link) || !vendor_say(link, "HTTP/1.1 200 OK\r\n"))
		return;
	while (!link->vendor->stop && vendor_say(link, "a: b\r\n"))
		(void)poll(NULL, 0, 20);
}

static void expect_timeout(vendor_script script, const char *text, uint64_t whole_ms,
                           uint64_t idle_ms)
{
	struct client_fixture f = {0};
	uint64_t start = clock_mono_ms();
	uint64_t limit = idle_ms > 0 ? idle_ms : whole_ms;

	client_fixture_init(&f, script, text);

	struct http_request request = client_request(&f);

	request.timeout_ms = whole_ms;
	request.idle_timeout_ms = idle_ms;
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_TIMEOUT);
	assert_true(f.o.was_sent);
	assert_true(clock_mono_ms() - start + 8 >= limit);
	assert_true(clock_mono_ms() - start < limit + 5000);
	client_fixture_fini(&f);
}

static void an_answer_that_does_not_come_is_given_up(void **state)
{
	(void)state;
	expect_timeout(hold, "", 200, 0);
	expect_timeout(hold, "", 0, 200);
	expect_timeout(hold, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 200, 0);
	expect_timeout(hold, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 0, 200);
	expect_timeout(hold, "HTTP/1.1 200 OK\r\nCont", 0, 200);
}

static void a_slow_drip_is_given_up_in_the_end(void **state)
{
	(void)state;
	expect_timeout(drip, NULL, 300, 0);
	expect_timeout(drip_head, NULL, 300, 0);
}

static void a_drip_is_not_idle(void **state)
{
	struct client_fixture f = {0};

	(void)state;
	client_fixture_init(&f, drip, NULL);

	struct http_request request = client_request(&f);

	request.idle_timeout_ms = 2000;
	request.body_max = 20;
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_TOO_LARGE);
	client_fixture_fini(&f);
}

static void the_whole_time_runs_on_while_paused(void **state)
{
	struct client_fixture f = {.o = {.pause_each = true}};

	(void)state;
	client_fixture_init(&f, send_long, NULL);

	struct http_request request = client_request(&f);

	request.timeout_ms = 200;
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_TIMEOUT);
	assert_int_equal(f.o.bodies, 1);
	client_fixture_fini(&f);
}

static void a_connection_that_is_not_made_in_time_is_given_up(void **state)
{
	struct client_fixture f = {0};

	(void)state;
	client_fixture_init(&f, hold, "");

	struct http_request request = client_request(&f);
	char url[64];

	/* The handshake of TLS is part of it: this server reads it and says nothing. */
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", f.vendor.port);
	request.url = url;
	request.connect_timeout_ms = 200;
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_CONNECT);
	assert_false(f.o.was_sent);
	client_fixture_fini(&f);
}

/* Else each try would be another trouble, and a line of the log. */
static void how_long_it_took_is_not_told(void **state)
{
	static const char *const cases[][2] = {
		{"Failed to connect to a.example port 9 after 30 ms: Couldn't connect to server",
	         "Failed to connect to a.example port 9: Couldn't connect to server"},
		{"Operation timed out after 5001 milliseconds with 0 bytes received",
	         "Operation timed out with 0 bytes received"},
		{"Resolving timed out after 5000 milliseconds", "Resolving timed out"},
		{"no one after me after 7 ms", "no one after me"},
		{"closed after 12 bytes", "closed after 12 bytes"},
		{"named after  ms", "named after  ms"},
		{"what comes after ", "what comes after "},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[CURL_ERROR_SIZE];

		(void)snprintf(text, sizeof(text), "%s", cases[i][0]);
		curl_text_steady(text);
		assert_string_equal(text, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_piece_may_be_followed_by_a_pause),
		cmocka_unit_test(many_pauses_pile_nothing_up),
		cmocka_unit_test(the_end_waits_for_the_resume),
		cmocka_unit_test(a_resume_from_within_takes_the_pause_back),
		cmocka_unit_test(a_paused_body_still_has_its_maximum),
		cmocka_unit_test(a_pause_holds_the_sender_back),
		cmocka_unit_test(an_answer_that_does_not_come_is_given_up),
		cmocka_unit_test(a_slow_drip_is_given_up_in_the_end),
		cmocka_unit_test(a_drip_is_not_idle),
		cmocka_unit_test(the_whole_time_runs_on_while_paused),
		cmocka_unit_test(a_connection_that_is_not_made_in_time_is_given_up),
		cmocka_unit_test(how_long_it_took_is_not_told),
	};

	return cmocka_run_group_tests_name("http_client_call", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/webhook/fake_edge.h"

#define SMS "/hooks/acme/sms"

static void send_sms(struct http_request *req, const char *authorization)
{
	fake_request(req, "POST", SMS);
	fake_header(req, "Authorization", authorization);
	fake_send(req);
}

/* The test keeps the body back, so that nothing after the gate plays a part. */
static void assert_let_in(struct http_request *req)
{
	assert_true(req->is_accepted);
	assert_int_equal(req->replies, 0);
	webhook_http_ops.on_dropped(edge.webhook, req);
}

static void two_authorization_headers_are_refused(void **state)
{
	struct http_request req;

	(void)state;
	fake_request(&req, "POST", SMS);
	fake_header(&req, "Authorization", RIGHT);
	fake_header(&req, "authorization", RIGHT);
	fake_send(&req);
	assert_int_equal(req.reply.status, 400);
	assert_int_equal(edge.checks, 0);
}

static void a_known_pair_is_let_in_at_once(void **state)
{
	struct http_request req;

	(void)state;
	edge.holds_bodies = true;
	edge.is_known = true;
	send_sms(&req, RIGHT);
	assert_let_in(&req);
	assert_int_equal(req.max_body, 4096);
	assert_int_equal(edge.checks, 0);
}

static void no_body_is_read_while_the_credentials_are_checked(void **state)
{
	static const struct {
		enum err err;
		unsigned status;
		unsigned retry_after_s;
	} cases[] = {{ERR_AUTH, 401, 0}, {ERR_AGAIN, 503, 5}};
	struct http_request req;

	(void)state;
	edge.holds_bodies = true;
	edge.check_result = ERR_AGAIN;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		send_sms(&req, WRONG);
		assert_int_equal(webhook_open_requests(edge.webhook), 1);
		assert_false(req.is_accepted);
		assert_int_equal(req.replies, 0);
		edge.check_done(edge.check_arg, cases[i].err);
		assert_false(req.is_accepted);
		assert_int_equal(req.reply.status, cases[i].status);
		assert_int_equal(req.reply.retry_after_s, cases[i].retry_after_s);
		assert_int_equal(webhook_open_requests(edge.webhook), 0);
	}
	send_sms(&req, RIGHT);
	edge.check_done(edge.check_arg, ERR_OK);
	assert_let_in(&req);
	assert_int_equal(webhook_open_requests(edge.webhook), 0);
}

static void too_many_checks_are_put_off(void **state)
{
	struct http_request req;

	(void)state;
	edge.check_result = ERR_LIMIT;
	send_sms(&req, RIGHT);
	assert_int_equal(req.reply.status, 503);
	assert_int_equal(req.reply.retry_after_s, 5);
}

static void an_address_with_too_many_wrong_attempts_waits(void **state)
{
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		send_sms(&req, i == 1 ? "Basic *" : WRONG);
		assert_int_equal(req.reply.status, 401);
	}
	edge.checks = 0;
	send_sms(&req, RIGHT);
	assert_int_equal(req.reply.status, 429);
	assert_in_range(req.reply.retry_after_s, 1, 60);
	assert_int_equal(edge.checks, 0);
}

static void a_blocked_address_passes_with_a_known_pair_and_blocks_nobody_else(void **state)
{
	struct http_request req;

	(void)state;
	edge.holds_bodies = true;
	for (size_t i = 0; i < 4; i++)
		send_sms(&req, WRONG);
	assert_int_equal(req.reply.status, 429);
	edge.is_known = true;
	send_sms(&req, RIGHT);
	assert_let_in(&req);
	edge.is_known = false;
	edge.address = "192.0.2.2";
	send_sms(&req, RIGHT);
	assert_let_in(&req);
}

static void missing_credentials_are_no_wrong_attempt(void **state)
{
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		fake_request(&req, "POST", SMS);
		fake_send(&req);
		assert_int_equal(req.reply.status, 401);
	}
	edge.holds_bodies = true;
	send_sms(&req, RIGHT);
	assert_let_in(&req);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_authorization_headers_are_refused),
		TEST(a_known_pair_is_let_in_at_once),
		TEST(no_body_is_read_while_the_credentials_are_checked),
		TEST(too_many_checks_are_put_off),
		TEST(an_address_with_too_many_wrong_attempts_waits),
		TEST(a_blocked_address_passes_with_a_known_pair_and_blocks_nobody_else),
		TEST(missing_credentials_are_no_wrong_attempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

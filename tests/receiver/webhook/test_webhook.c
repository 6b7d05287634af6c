/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/metrics.h"
#include "tests/receiver/webhook/fake_edge.h"

#define CHALLENGE "Basic realm=\"campaign2mqtt\", charset=\"UTF-8\""
#define ACCEPTED  "{\"status\":\"accepted\"}"

#define SMS  "/hooks/acme/sms"
#define OPEN "/hooks/acme/open"
#define BOTH "/hooks/acme/both"

/* What a sender can be answered, row by row. */
static const struct answer_case {
	const char *name;
	const char *method, *path, *query, *authorization;
	enum err put, commit, decode;
	unsigned status;
	const char *allow;
	const char *body; /* NULL: anything but empty */
	size_t puts;
	unsigned retry_after_s;
} cases[] = {
	{"stored", "POST", SMS, "", RIGHT, .status = 200, .body = ACCEPTED, .puts = 1},
	{"stored, the profile's own answer", "POST", OPEN, "", NULL, .status = 200,
         .body = "<Response/>", .puts = 1},
	{"no auth ignores credentials", "POST", OPEN, "", WRONG, .status = 200,
         .body = "<Response/>", .puts = 1},
	{"GET with a query", "GET", BOTH, "a=1", RIGHT, .status = 200, .body = ACCEPTED, .puts = 1},
	{"POST with a query", "POST", SMS, "a=1", RIGHT, .status = 200, .body = ACCEPTED,
         .puts = 1},
	{"HEAD probe", "HEAD", SMS, "", NULL, .status = 200, .allow = "POST", .body = ""},
	{"GET probe", "GET", SMS, "", NULL, .status = 200, .allow = "POST", .body = ""},
	{"GET probe with a query", "GET", SMS, "a=1", NULL, .status = 200, .allow = "POST",
         .body = ""},
	{"OPTIONS probe", "OPTIONS", SMS, "", NULL, .status = 200, .allow = "POST", .body = ""},
	{"GET without a query", "GET", BOTH, "", NULL, .status = 200, .allow = "POST, GET",
         .body = ""},
	{"probe without auth", "HEAD", OPEN, "", WRONG, .status = 200, .allow = "POST", .body = ""},
	{"probe with right credentials", "HEAD", SMS, "", RIGHT, .status = 200, .allow = "POST",
         .body = ""},
	{"probe with wrong credentials", "HEAD", SMS, "", WRONG, .status = 401},
	{"probe with another scheme", "OPTIONS", SMS, "", "Bearer x", .status = 401},
	{"no credentials", "POST", SMS, "", NULL, .status = 401},
	{"wrong credentials", "POST", SMS, "", WRONG, .status = 401},
	{"malformed credentials", "POST", SMS, "", "Basic *", .status = 401},
	{"empty credentials", "POST", SMS, "", "", .status = 401},
	{"another scheme", "POST", SMS, "", "Bearer dTpyaWdodA==", .status = 401},
	{"GET with a query, no credentials", "GET", BOTH, "a=1", NULL, .status = 401},
	{"unknown path", "POST", "/hooks/acme/mms", "", RIGHT, .status = 404},
	{"trailing slash", "POST", SMS "/", "", RIGHT, .status = 404},
	{"percent-encoded letter", "POST", "/hooks/acme/%73ms", "", RIGHT, .status = 404},
	{"other case", "POST", "/hooks/ACME/sms", "", RIGHT, .status = 404},
	{"root", "GET", "/", "", NULL, .status = 404},
	{"wrong method", "PUT", SMS, "", RIGHT, .status = 405, .allow = "POST"},
	{"wrong method of two", "DELETE", BOTH, "", NULL, .status = 405, .allow = "POST, GET"},
	{"unknown method", "BREW", SMS, "", NULL, .status = 405, .allow = "POST"},
	{"lower-case method", "post", SMS, "", RIGHT, .status = 405, .allow = "POST"},
	{"undecodable, 400", "POST", SMS, "", RIGHT, .decode = ERR_PARSE, .status = 400, .puts = 1},
	{"undecodable, 200", "POST", OPEN, "", NULL, .decode = ERR_PARSE, .status = 200,
         .body = "<Response/>", .puts = 1},
	{"not known whether decodable", "POST", SMS, "", RIGHT, .decode = ERR_NOMEM, .status = 200,
         .body = ACCEPTED, .puts = 1},
	{"journal full", "POST", SMS, "", RIGHT, .put = ERR_LIMIT, .status = 503,
         .retry_after_s = 30},
	{"store failing", "POST", SMS, "", RIGHT, .put = ERR_IO, .status = 503, .retry_after_s = 5},
	{"store closing", "POST", SMS, "", RIGHT, .put = ERR_CANCELED, .status = 503,
         .retry_after_s = 5},
	{"no memory", "POST", SMS, "", RIGHT, .put = ERR_NOMEM, .status = 503, .retry_after_s = 5},
	{"commit failed", "POST", SMS, "", RIGHT, .commit = ERR_IO, .status = 503, .puts = 1,
         .retry_after_s = 5},
	{"undecodable and commit failed", "POST", SMS, "", RIGHT, .commit = ERR_IO,
         .decode = ERR_PARSE, .status = 503, .puts = 1, .retry_after_s = 5},
	{"later as the profile says", "POST", OPEN, "", NULL, .put = ERR_IO, .status = 429,
         .retry_after_s = 5},
};

static void run_case(const struct answer_case *c)
{
	struct http_request req;

	fake_request(&req, c->method, c->path);
	req.query = c->query;
	if (c->authorization != NULL)
		fake_header(&req, "authorization", c->authorization);
	edge.put_result = c->put;
	edge.decode_result = c->decode;
	fake_send(&req);
	if (edge.put_count != c->puts)
		fail_msg("%s: %zu payloads", c->name, edge.put_count);
	if (c->puts > 0) {
		assert_int_equal(req.replies, 0); /* not before it is on disk */
		edge.puts[0].done(edge.puts[0].arg, c->commit, 1);
	}
	if (req.replies != 1 || req.reply.status != c->status)
		fail_msg("%s: %u replies, status %u", c->name, req.replies, req.reply.status);
	if (strcmp(req.allow, c->allow != NULL ? c->allow : "") != 0)
		fail_msg("%s: Allow %s", c->name, req.allow);
	if (c->body != NULL ? strcmp(req.reply_body, c->body) != 0 : req.reply_body[0] == '\0')
		fail_msg("%s: body %s", c->name, req.reply_body);
	if (strcmp(req.challenge, c->status == 401 ? CHALLENGE : "") != 0)
		fail_msg("%s: challenge %s", c->name, req.challenge);
	if (req.reply.retry_after_s != c->retry_after_s)
		fail_msg("%s: Retry-After %u", c->name, req.reply.retry_after_s);
	if (c->status == 401 && req.is_accepted)
		fail_msg("%s: the body was read", c->name);
	assert_int_equal(webhook_open_requests(edge.webhook), 0);
}

static void every_case_has_its_answer(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fake_teardown(state), 0);
		assert_int_equal(fake_setup(state), 0);
		run_case(&cases[i]);
	}
}

static void answers_come_in_the_order_of_the_commits(void **state)
{
	struct http_request reqs[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		fake_request(&reqs[i], "POST", OPEN);
		fake_send(&reqs[i]);
	}
	assert_int_equal(webhook_open_requests(edge.webhook), 3);
	for (size_t i = 3; i-- > 0;) {
		assert_int_equal(reqs[i].replies, 0);
		edge.puts[i].done(edge.puts[i].arg, ERR_OK, (int64_t)i + 1);
		assert_int_equal(reqs[i].replies, 1);
		assert_int_equal(webhook_open_requests(edge.webhook), i);
	}
	assert_int_equal(edge.notified, 3);
}

static void a_draining_webhook_takes_nothing_new_and_finishes_the_rest(void **state)
{
	struct http_request old;
	struct http_request reading;
	struct http_request fresh;

	(void)state;
	fake_request(&old, "POST", OPEN);
	fake_send(&old);
	edge.holds_bodies = true;
	fake_request(&reading, "POST", OPEN);
	fake_send(&reading);
	webhook_drain(edge.webhook);
	fake_request(&fresh, "POST", SMS);
	fake_header(&fresh, "Authorization", RIGHT);
	fake_send(&fresh);
	assert_int_equal(fresh.reply.status, 503);
	assert_int_equal(fresh.reply.retry_after_s, 5);
	webhook_http_ops.on_request(edge.webhook, &reading);
	for (size_t i = 0; i < 2; i++)
		edge.puts[i].done(edge.puts[i].arg, ERR_OK, 1);
	assert_int_equal(old.reply.status, 200);
	assert_int_equal(reading.reply.status, 200);
}

static void a_request_that_waits_keeps_its_route_over_a_reload(void **state)
{
	const struct webhook_conf conf = {.max_body = 1};
	struct http_request checked;
	struct http_request stored;

	(void)state;
	fake_request(&stored, "POST", SMS);
	fake_header(&stored, "Authorization", RIGHT);
	fake_send(&stored);
	edge.check_result = ERR_AGAIN;
	fake_request(&checked, "GET", SMS);
	fake_header(&checked, "Authorization", RIGHT);
	fake_send(&checked);
	webhook_set_routes(edge.webhook, fake_routes(false), &conf);
	assert_true(edge.sms.refs > 1);
	edge.check_done(edge.check_arg, ERR_OK);
	assert_int_equal(checked.reply.status, 200);
	edge.puts[0].done(edge.puts[0].arg, ERR_OK, 1);
	assert_int_equal(stored.reply.status, 200);
	assert_int_equal(edge.sms.refs, 1);
}

static void a_body_that_is_being_read_keeps_its_route_over_a_reload(void **state)
{
	const struct webhook_conf conf = {.max_body = 1};
	struct http_request req;

	(void)state;
	edge.holds_bodies = true;
	fake_request(&req, "POST", SMS);
	fake_header(&req, "Authorization", RIGHT);
	fake_send(&req);
	assert_int_equal(webhook_open_requests(edge.webhook), 1);
	webhook_set_routes(edge.webhook, fake_routes(false), &conf);
	webhook_http_ops.on_request(edge.webhook, &req);
	edge.puts[0].done(edge.puts[0].arg, ERR_OK, 1);
	assert_int_equal(req.reply.status, 200);
	assert_int_equal(edge.sms.refs, 1);
}

static void a_request_that_was_dropped_holds_nothing(void **state)
{
	struct http_request req;

	(void)state;
	edge.holds_bodies = true;
	fake_request(&req, "POST", OPEN);
	fake_send(&req);
	assert_int_equal(webhook_open_requests(edge.webhook), 1);
	webhook_http_ops.on_dropped(edge.webhook, &req);
	assert_int_equal(webhook_open_requests(edge.webhook), 0);
	assert_int_equal(req.replies, 0);
	assert_int_equal(edge.put_count, 0);
}

static void every_answer_is_counted(void **state)
{
	struct http_request req;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		fake_request(&req, "POST", SMS);
		fake_send(&req);
	}
	fake_request(&req, "POST", "/");
	fake_send(&req);
	assert_int_equal(metric_get(METRIC_WEBHOOK_REQUESTS, "acme", "sms", "401")->value, 2);
	assert_int_equal(metric_get(METRIC_HTTP_REFUSED, "unknown_path", NULL, NULL)->value, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_case_has_its_answer),
		TEST(answers_come_in_the_order_of_the_commits),
		TEST(a_draining_webhook_takes_nothing_new_and_finishes_the_rest),
		TEST(a_request_that_waits_keeps_its_route_over_a_reload),
		TEST(a_body_that_is_being_read_keeps_its_route_over_a_reload),
		TEST(a_request_that_was_dropped_holds_nothing),
		TEST(every_answer_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

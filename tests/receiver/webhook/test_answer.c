/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/webhook/answer.h"
#include "tests/receiver/webhook/fake_edge.h"

static struct route *sms(void)
{
	return route_table_find(edge.routes, STR_LIT("/hooks/acme/sms"));
}

static void an_accepted_payload_gets_the_default_or_the_profiles_answer(void **state)
{
	struct http_request req;

	(void)state;
	fake_request(&req, "POST", "");
	answer_accepted(sms(), &req);
	assert_string_equal(req.media_type, "application/json");
	assert_string_equal(req.reply_body, "{\"status\":\"accepted\"}");
	edge.sms.spec.reply_type = "text/plain";
	edge.sms.spec.reply_body = "";
	answer_accepted(sms(), &req);
	assert_string_equal(req.media_type, "text/plain");
	assert_string_equal(req.reply_body, "");
}

static void a_refusal_says_why_in_json(void **state)
{
	struct http_request req;

	(void)state;
	fake_request(&req, "POST", "");
	answer_bad(sms(), &req, "because");
	assert_int_equal(req.reply.status, 400);
	assert_string_equal(req.media_type, "application/json");
	assert_string_equal(req.reply_body, "{\"status\":\"refused\",\"reason\":\"because\"}");
}

static void later_is_503_unless_the_profile_says_otherwise(void **state)
{
	struct http_request req;

	(void)state;
	fake_request(&req, "POST", "");
	answer_later(sms(), &req, 7);
	assert_int_equal(req.reply.status, 503);
	assert_int_equal(req.reply.retry_after_s, 7);
	edge.sms.spec.later = 429;
	answer_later(sms(), &req, 7);
	assert_int_equal(req.reply.status, 429);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_accepted_payload_gets_the_default_or_the_profiles_answer),
		TEST(a_refusal_says_why_in_json),
		TEST(later_is_503_unless_the_profile_says_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

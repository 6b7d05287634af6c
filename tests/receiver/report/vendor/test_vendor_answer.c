/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/vendor_answer.h"

#define NOON_MS 1725364800000 /* 2024-09-03T12:00:00Z */
#define HOUR_MS 3600000U

static struct vendor_verdict judge(unsigned status, bool is_safe)
{
	static const struct limits_spec limits = {.parallel = 1};
	const struct http_answer answer = {.status = status, .was_sent = true};
	const struct vendor_seen seen = {.end = HTTP_END_OK,
	                                 .answer = &answer,
	                                 .text = "",
	                                 .is_expected = status == 200,
	                                 .has_credentials = true,
	                                 .is_safe = is_safe};
	struct vendor_verdict v;

	vendor_answer_judge(&seen, &limits, &v);
	return v;
}

static void each_status_has_its_verdict(void **state)
{
	static const struct {
		unsigned status;
		enum vendor_verdict_kind safe, order;
	} cases[] = {
		{200, VERDICT_OK, VERDICT_OK},
		{202, VERDICT_FAILED, VERDICT_FAILED},
		{204, VERDICT_FAILED, VERDICT_FAILED},
		{301, VERDICT_REDIRECT, VERDICT_REDIRECT},
		{400, VERDICT_REFUSED, VERDICT_REFUSED},
		{401, VERDICT_UNAUTHORIZED, VERDICT_UNAUTHORIZED},
		{403, VERDICT_UNAUTHORIZED, VERDICT_UNAUTHORIZED},
		{404, VERDICT_REFUSED, VERDICT_REFUSED},
		{408, VERDICT_AGAIN, VERDICT_FAILED},
		{422, VERDICT_REFUSED, VERDICT_REFUSED},
		{429, VERDICT_THROTTLED, VERDICT_THROTTLED},
		{500, VERDICT_AGAIN, VERDICT_FAILED},
		{503, VERDICT_AGAIN, VERDICT_AGAIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (judge(cases[i].status, true).kind != cases[i].safe ||
		    judge(cases[i].status, false).kind != cases[i].order)
			fail_msg("%u", cases[i].status);
	}
}

static struct vendor_verdict judge_end(enum http_end end, bool was_sent, bool is_safe)
{
	static const struct limits_spec limits = {.parallel = 1};
	const struct http_answer answer = {.was_sent = was_sent};
	const struct vendor_seen seen = {
		.end = end, .answer = &answer, .text = "why", .is_safe = is_safe};
	struct vendor_verdict v;

	vendor_answer_judge(&seen, &limits, &v);
	assert_string_equal(v.text, end == HTTP_END_TLS
	                                    ? "why; check the address, and ca of the account"
	                                    : "why");
	return v;
}

/* What a person can do stands at the end, however long the words before it are. */
static void a_failure_of_tls_says_what_to_check(void **state)
{
	char text[60], words[300];

	(void)state;
	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	vendor_answer_failure(HTTP_END_TLS, words, text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
	assert_non_null(strstr(text, "w; check the address, and ca of the account"));
	vendor_answer_failure(HTTP_END_CUT, "why", text, sizeof(text));
	assert_string_equal(text, "why");
}

static void no_answer_is_tried_again_when_nothing_can_have_happened(void **state)
{
	(void)state;
	assert_int_equal(judge_end(HTTP_END_CONNECT, false, false).kind, VERDICT_AGAIN);
	assert_int_equal(judge_end(HTTP_END_TLS, false, false).kind, VERDICT_AGAIN);
	assert_int_equal(judge_end(HTTP_END_CUT, true, false).kind, VERDICT_FAILED);
	assert_int_equal(judge_end(HTTP_END_CUT, true, true).kind, VERDICT_AGAIN);
	assert_int_equal(judge_end(HTTP_END_TOO_LARGE, true, true).kind, VERDICT_FAILED);
	assert_false(judge_end(HTTP_END_TOO_LARGE, true, true).is_theirs);
}

/* It is an answer: the next try would give the same, and an order would be unsure for ever. */
static void an_answer_whose_head_is_too_large_is_of_no_use(void **state)
{
	(void)state;
	for (int is_safe = 0; is_safe < 2; is_safe++) {
		struct vendor_verdict v = judge_end(HTTP_END_HEAD_TOO_LARGE, true, is_safe);

		assert_int_equal(v.kind, VERDICT_REFUSED);
		assert_false(v.is_theirs);
	}
}

static void without_our_credentials_a_401_is_of_the_link(void **state)
{
	static const struct limits_spec limits = {.parallel = 1};
	const struct http_answer answer = {.status = 403, .was_sent = true};
	const struct vendor_seen seen = {.answer = &answer, .text = ""};
	struct vendor_verdict v;

	(void)state;
	vendor_answer_judge(&seen, &limits, &v);
	assert_int_equal(v.kind, VERDICT_REFUSED);
}

static void waits_are_between_a_second_and_a_day(void **state)
{
	const struct vendor_verdict plain = {.kind = VERDICT_THROTTLED};
	const struct vendor_verdict quota = {.kind = VERDICT_THROTTLED, .until_midnight = true};

	(void)state;
	assert_int_equal(vendor_answer_wait(&plain, 0, NOON_MS), 1000);
	assert_int_equal(vendor_answer_wait(&plain, 30, NOON_MS), 30000);
	assert_int_equal(vendor_answer_wait(&plain, 86401, NOON_MS), 24 * HOUR_MS);
	assert_int_equal(vendor_answer_wait(&plain, INT64_MAX / 1000, NOON_MS), 24 * HOUR_MS);
	assert_true(vendor_answer_wait(&plain, -1, NOON_MS) == VENDOR_WAIT_UNKNOWN);
	assert_true(vendor_answer_wait(&plain, -2, NOON_MS) == VENDOR_WAIT_UNKNOWN);
	assert_in_range(vendor_answer_wait(&quota, -1, NOON_MS), 12 * HOUR_MS,
	                12 * HOUR_MS + 10000);
	assert_in_range(vendor_answer_wait(&quota, -1, NOON_MS + 12 * HOUR_MS - 1), 1, 10000);
}

static void html_is_known_by_its_media_type(void **state)
{
	(void)state;
	assert_true(vendor_answer_is_html(STR_LIT("text/html")));
	assert_true(vendor_answer_is_html(STR_LIT("Text/HTML ; charset=utf-8")));
	assert_false(vendor_answer_is_html(STR_LIT("application/json")));
	assert_false(vendor_answer_is_html(STR_LIT("text/htmlx")));
	assert_false(vendor_answer_is_html(STR_EMPTY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_has_its_verdict),
		cmocka_unit_test(a_failure_of_tls_says_what_to_check),
		cmocka_unit_test(no_answer_is_tried_again_when_nothing_can_have_happened),
		cmocka_unit_test(an_answer_whose_head_is_too_large_is_of_no_use),
		cmocka_unit_test(without_our_credentials_a_401_is_of_the_link),
		cmocka_unit_test(waits_are_between_a_second_and_a_day),
		cmocka_unit_test(html_is_known_by_its_media_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

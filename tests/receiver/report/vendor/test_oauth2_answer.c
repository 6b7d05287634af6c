/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/oauth2_answer.h"

static struct arena arena;
static struct oauth2_answer answer;

static void read_answer(unsigned status, const char *body)
{
	const struct http_answer http = {.status = status, .retry_after_s = HTTP_RETRY_AFTER_NONE};

	arena_reset(&arena);
	oauth2_answer_read(HTTP_END_OK, &http, str_from(body), "", &arena, &answer);
}

static void assert_str(struct str text, const char *wanted)
{
	if (!str_eq(text, str_from(wanted)))
		fail_msg("%.*s, not %s", STR_FMT(text), wanted);
}

static void tokens_are_read(void **state)
{
	(void)state;
	read_answer(200, "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":\"60\","
	                 "\"token_type\":\"bearer\"}");
	assert_int_equal(answer.outcome, OAUTH2_GRANTED);
	assert_str(answer.grant.access, "a");
	assert_str(answer.grant.refresh, "r");
	assert_int_equal(answer.grant.expires_s, 60);
	read_answer(200, "{\"access_token\":\"a\",\"refresh_token\":null,\"expires_in\":-5}");
	assert_int_equal(answer.outcome, OAUTH2_GRANTED);
	assert_int_equal(answer.grant.refresh.len, 0);
	assert_int_equal(answer.grant.expires_s, 3600);
	read_answer(200, "{\"access_token\":\"a\",\"expires_in\":3599.5}");
	assert_int_equal(answer.grant.expires_s, 3599);
}

static void errors_are_told_apart(void **state)
{
	static const struct {
		unsigned status;
		const char *body;
		enum oauth2_outcome outcome;
	} cases[] = {
		{400, "{\"error\":\"invalid_grant\"}", OAUTH2_VOID},
		{200, "{\"error\":\"invalid_grant\"}", OAUTH2_VOID},
		{400, "{\"error\":\"expired_token\"}", OAUTH2_VOID},
		{400, "{\"error\":\"authorization_pending\"}", OAUTH2_PENDING},
		{400, "{\"error\":\"slow_down\"}", OAUTH2_SLOW},
		{401, "{\"error\":\"invalid_client\"}", OAUTH2_REFUSED},
		{403, "{\"error\":\"access_denied\"}", OAUTH2_REFUSED},
		{404, "no such page", OAUTH2_REFUSED},
		{400, "{\"error\":\"temporarily_unavailable\"}", OAUTH2_LATER},
		{429, "{\"error\":\"invalid_grant\"}", OAUTH2_LATER},
		{503, "", OAUTH2_LATER},
		{302, "", OAUTH2_LATER},
		{200, "<html>", OAUTH2_LATER},
		{200, "[]", OAUTH2_LATER},
		{200, "{}", OAUTH2_LATER},
		{200, "{\"access_token\":\"a b\"}", OAUTH2_LATER},
		{200, "{\"access_token\":\"a\",\"refresh_token\":\"\\n\"}", OAUTH2_LATER},
		{200, "{\"access_token\":\"a\"", OAUTH2_LATER},
		{200, "{\"access_token\":\"a\",\"token_type\":\"mac\"}", OAUTH2_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_answer(cases[i].status, cases[i].body);
		if (answer.outcome != cases[i].outcome)
			fail_msg("%s: %d", cases[i].body, (int)answer.outcome);
		assert_true(answer.text[0] != '\0');
	}
}

static void a_vendors_words_are_shown_only_when_they_are_words(void **state)
{
	(void)state;
	read_answer(400, "{\"error\":\"invalid_scope\",\"error_description\":\"x\"}");
	assert_string_equal(answer.text, "the token endpoint answered 400: invalid_scope");
	read_answer(400, "{\"error\":\"SGVsbG8gdGhlcmU\"}");
	assert_string_equal(answer.text, "the token endpoint answered 400");
}

static void a_device_code_is_read_with_the_defaults(void **state)
{
	(void)state;
	read_answer(
		200,
		"{\"device_code\":\"d\",\"user_code\":\"U\",\"verification_uri\":\"https://v\"}");
	assert_int_equal(answer.outcome, OAUTH2_DEVICE);
	assert_str(answer.device_code, "d");
	assert_str(answer.user_code, "U");
	assert_str(answer.verification_uri, "https://v");
	assert_int_equal(answer.interval_s, 5);
	read_answer(200, "{\"device_code\":\"d\",\"interval\":99999999999}");
	assert_int_equal(answer.interval_s, 600);
}

static void no_answer_comes_later(void **state)
{
	const struct http_answer http = {.retry_after_s = HTTP_RETRY_AFTER_NONE};

	(void)state;
	oauth2_answer_read(HTTP_END_CONNECT, &http, STR_EMPTY, "refused", &arena, &answer);
	assert_int_equal(answer.outcome, OAUTH2_LATER);
	assert_string_equal(answer.text, "the token endpoint: refused");
	oauth2_answer_read(HTTP_END_TLS, &http, STR_EMPTY, "unknown", &arena, &answer);
	assert_int_equal(answer.outcome, OAUTH2_LATER);
	assert_string_equal(answer.text, "the token endpoint: unknown; check the address, and ca "
	                                 "of the account");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_read),
		cmocka_unit_test(errors_are_told_apart),
		cmocka_unit_test(a_vendors_words_are_shown_only_when_they_are_words),
		cmocka_unit_test(a_device_code_is_read_with_the_defaults),
		cmocka_unit_test(no_answer_comes_later),
	};
	int failed;

	arena_init(&arena, 65536);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_fini(&arena);
	return failed;
}

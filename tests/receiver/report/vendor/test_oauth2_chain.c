/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/oauth2_chain.h"

static void assert_text(const char *text, const char *wanted)
{
	if (wanted == NULL) {
		assert_null(text);
	} else {
		assert_non_null(text);
		assert_string_equal(text, wanted);
	}
}

static void nothing_kept_begins_with_the_configured_token(void **state)
{
	struct oauth2_chain chain = {.access = NULL};

	(void)state;
	assert_int_equal(oauth2_chain_load(&chain, STR_EMPTY, STR_LIT("first")), ERR_OK);
	assert_text(chain.access, NULL);
	assert_text(chain.refresh, "first");
	assert_int_equal(strlen(chain.began), OAUTH2_BEGAN_SIZE - 1);
	oauth2_chain_fini(&chain);
}

static void what_is_written_is_read_again(void **state)
{
	struct oauth2_chain chain = {.access = NULL}, again = {.access = NULL};
	const struct oauth2_grant grant = {STR_LIT("a\"1"), STR_LIT("r1"), 1000};
	struct buf b;

	(void)state;
	buf_init(&b, OAUTH2_TEXT_MAX);
	assert_int_equal(oauth2_chain_load(&chain, STR_EMPTY, STR_LIT("first")), ERR_OK);
	assert_int_equal(oauth2_chain_take(&chain, &grant, true, 5000), ERR_OK);
	assert_int_equal(oauth2_chain_write(&chain, &b), ERR_OK);
	assert_null(strstr(buf_cstr(&b), "first"));
	assert_int_equal(oauth2_chain_load(&again, buf_str(&b), STR_LIT("first")), ERR_OK);
	assert_text(again.access, "a\"1");
	assert_text(again.refresh, "r1");
	assert_int_equal(again.expires_ms, 1005000);
	assert_int_equal(again.due_ms, 905000); /* nine tenths of its life */
	/* Another one in the configuration: begin with that. */
	assert_int_equal(oauth2_chain_load(&again, buf_str(&b), STR_LIT("other")), ERR_OK);
	assert_text(again.access, NULL);
	assert_text(again.refresh, "other");
	assert_int_equal(oauth2_chain_load(&again, buf_str(&b), STR_EMPTY), ERR_OK);
	assert_text(again.refresh, "r1");
	oauth2_chain_fini(&chain);
	oauth2_chain_fini(&again);
	buf_fini(&b);
}

static void what_cannot_be_read_begins_anew(void **state)
{
	static const char *const kept[] = {
		"{", "[]", "\"x\"", "\xff",
		"{\"began\":\"0123456789012345678901234567890123456789\"}"};
	struct oauth2_chain chain = {.access = NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		assert_int_equal(oauth2_chain_load(&chain, str_from(kept[i]), STR_LIT("first")),
		                 ERR_PARSE);
		assert_text(chain.refresh, "first");
	}
	oauth2_chain_fini(&chain);
}

static void a_life_beyond_reason_is_cut(void **state)
{
	struct oauth2_chain chain = {.access = NULL};
	const struct oauth2_grant grant = {STR_LIT("a"), STR_EMPTY, UINT64_MAX};

	(void)state;
	assert_int_equal(oauth2_chain_take(&chain, &grant, false, 0), ERR_OK);
	assert_true(chain.expires_ms > 0 && chain.expires_ms <= 366LL * 86400000);
	assert_null(chain.refresh);
	oauth2_chain_fini(&chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_kept_begins_with_the_configured_token),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_cannot_be_read_begins_anew),
		cmocka_unit_test(a_life_beyond_reason_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

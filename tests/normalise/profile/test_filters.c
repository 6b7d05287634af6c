/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/event/status.h"
#include "normalise/profile/filters.h"

#define ROW(filter, text, wanted)                  \
	{                                          \
		filter, {text, sizeof(text) - 1},  \
		{                                  \
			wanted, sizeof(wanted) - 1 \
		}                                  \
	}

static const struct {
	enum filter filter;
	struct str text, wanted;
} cases[] = {
	ROW(FILTER_LOWER, "AbC \xc3\x84", "abc \xc3\x84"),
	ROW(FILTER_UPPER, "aBz-1", "ABZ-1"),
	ROW(FILTER_TRIM, " \r\n a b\t", "a b"),
	ROW(FILTER_TRIM, "  ", ""),
	ROW(FILTER_DIGITS, "+27 (82) 000-0001 ext", "27820000001"),
	ROW(FILTER_DIGITS, "none", ""),
	ROW(FILTER_E164, "27820000001", "+27820000001"),
	ROW(FILTER_E164, "+27820000001", "+27820000001"),
	ROW(FILTER_E164, "0027820000001", "+27820000001"),
	ROW(FILTER_E164, " +27 (82) 000-0001 ", "+27820000001"),
	ROW(FILTER_E164, "0044/20.7946.0000", "+442079460000"),
	ROW(FILTER_E164, "0820000001", "0820000001"),
	ROW(FILTER_E164, "+0027820000001", "+0027820000001"),
	ROW(FILTER_E164, "1234567890123456", "1234567890123456"),
	ROW(FILTER_E164, "00123456789012345", "+123456789012345"),
	ROW(FILTER_E164, "001234567890123456", "001234567890123456"),
	ROW(FILTER_E164, "27+82", "27+82"),
	ROW(FILTER_E164, "++27", "++27"),
	ROW(FILTER_E164, "+", "+"),
	ROW(FILTER_E164, "00", "00"),
	ROW(FILTER_E164, "---", "---"),
	ROW(FILTER_E164, "unknown", "unknown"),
	ROW(FILTER_E164, "2782\0", "2782\0"),
	ROW(FILTER_BASE64, "aGVsbG8=", "hello"),
	ROW(FILTER_BASE64, "aGVsbG8", "hello"),
	ROW(FILTER_BASE64, "Pz8_", "???"),
	ROW(FILTER_BASE64, "Pz8/", "???"),
	ROW(FILTER_BASE64, "not base64!", "not base64!"),
	ROW(FILTER_HEX, "68656C6c6f", "hello"),
	ROW(FILTER_HEX, "686", "686"),
	ROW(FILTER_HEX, "xy", "xy"),
	ROW(FILTER_SHA256, "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
	ROW(FILTER_URLDECODE, "a%20b+c%2Bd%zz%4", "a b c+d%zz%4"),
	ROW(FILTER_URLDECODE, "%00%c3%A9", "\0\xc3\xa9"),
	ROW(FILTER_STATUS_WORD, "com.example.sms.delivered.v1", "delivered"),
	ROW(FILTER_STATUS_WORD, "Message-BOUNCED", "bounced"),
	ROW(FILTER_STATUS_WORD, "sent", "sent"),
	ROW(FILTER_STATUS_WORD, "1opened2clicked", "opened"),
	ROW(FILTER_STATUS_WORD, "undeliveredX", ""),
	ROW(FILTER_STATUS_WORD, "nothing.of.ours", ""),
	ROW(FILTER_STATUS_WORD, "...", ""),
	ROW(FILTER_LOWER, "", ""),
	ROW(FILTER_E164, "", ""),
};

static void each_filter_gives_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got = STR_LIT("untouched");
		struct arena a;

		arena_init(&a, 4096);
		assert_int_equal(filter_apply(cases[i].filter, &a, cases[i].text, &got), ERR_OK);
		if (!str_eq(got, cases[i].wanted))
			fail_msg("%s of \"%.*s\" is \"%.*s\"", filter_str(cases[i].filter),
			         STR_FMT(cases[i].text), STR_FMT(got));
		arena_fini(&a);
	}
}

static void status_word_knows_every_status(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	for (int i = 0; i < STATUS_COUNT; i++) {
		struct str word = str_from(status_str((enum status)i)), got = STR_EMPTY;

		assert_int_equal(filter_apply(FILTER_STATUS_WORD, &a, word, &got), ERR_OK);
		assert_true(str_eq(word, got));
	}
	arena_fini(&a);
}

static void a_full_memory_is_told(void **state)
{
	static const enum filter filters[] = {FILTER_LOWER,    FILTER_DIGITS, FILTER_E164,
	                                      FILTER_BASE64,   FILTER_HEX,    FILTER_SHA256,
	                                      FILTER_URLDECODE};

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct str got = STR_LIT("untouched");
		struct arena a;

		arena_init(&a, 1);
		assert_int_equal(filter_apply(filters[i], &a, STR_LIT("+27820000001"), &got),
		                 ERR_NOMEM);
		assert_true(str_eq(got, STR_LIT("untouched")));
		arena_fini(&a);
	}
}

static void names_are_found_and_others_are_not(void **state)
{
	enum filter f = FILTER_COUNT;

	(void)state;
	for (int i = 0; i < FILTER_COUNT; i++) {
		assert_true(filter_from(str_from(filter_str((enum filter)i)), &f));
		assert_int_equal(f, i);
	}
	assert_false(filter_from(STR_LIT("Lower"), &f));
	assert_false(filter_from(STR_EMPTY, &f));
}

static void what_cannot_be_read_back_is_lossy(void **state)
{
	(void)state;
	assert_true(filter_is_lossy(FILTER_STATUS_WORD));
	assert_true(filter_is_lossy(FILTER_SHA256));
	assert_false(filter_is_lossy(FILTER_E164));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_filter_gives_what_it_says),
		cmocka_unit_test(status_word_knows_every_status),
		cmocka_unit_test(a_full_memory_is_told),
		cmocka_unit_test(names_are_found_and_others_are_not),
		cmocka_unit_test(what_cannot_be_read_back_is_lossy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

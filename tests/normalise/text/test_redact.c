/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/text/redact.h"
#include "normalise/text/utf8.h"

#define DOTS "\xe2\x80\xa6"

static const struct {
	const char *text, *want;
} cases[] = {
	{"", ""},
	{"pageNumber is not numeric", "pageNumber is not numeric"},
	{"  one\r\n\ttwo\v three \n", "one two three"},
	{"bell\a esc\x1b[31m del\x7f", "bell esc[31m del"},
	{"c1\xc2\x9b"
         "31m nel\xc2\x85"
         "end",
         "c131m nel end"},
	{"rtl\xe2\x80\xae"
         "x zero\xe2\x80\x8b"
         "width \xef\xbb\xbf"
         "bom",
         "rtlx zerowidth bom"},
	{"a\xe2\x80\xa8"
         "b\xc2\xa0"
         "c\xe3\x80\x80"
         "d",
         "a b c d"},
	{"bad \xff utf \xed\xa0\x80", "bad \xef\xbf\xbd utf \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xc5\x99"
         "ada\xc4\x8d",
         "\xc5\x99"
         "ada\xc4\x8d"},
	/* addresses */
	{"no mail to ann.lee+x@example.org today", "no mail to " DOTS " today"},
	{"<ann@example.org>, bob@b", "<" DOTS ">, " DOTS},
	{"to=ann%40example.org&x", DOTS "&x"},
	{"ann\a@example.org", DOTS},
	{"ann\xe2\x80\x8b@\xe2\x80\x8b"
         "example.org",
         DOTS},
	{"\"ann lee\"@example.org", "\"ann lee\"" DOTS},
	{"j\xc3\xb6rg@m\xc3\xbcller.example", DOTS},
	{"a@b@c", DOTS},
	{"meet @ noon", "meet @ noon"},
	{"@example.org", DOTS},
	{"a@", "a@"},
	{"+1 234 5678.ann@example.org", DOTS DOTS},
	{"(1234567)ann@example.org", DOTS ")" DOTS},
	/* numbers */
	{"number 447700900001 is bad", "number " DOTS " is bad"},
	{"call +44 (7700) 900-001!", "call " DOTS "!"},
	{"(020) 7946 0000", DOTS},
	{"x1234567y", "x" DOTS "y"},
	{"code 123456, row 50", "code 123456, row 50"},
	{"1 2 3 4 5 6 7", DOTS},
	{"447700\x01"
         "900001",
         DOTS},
	{"447700\xe2\x80\x8b"
         "900001",
         DOTS},
	{"447700\n900001", DOTS},
	{"%2B447700900001", "%2B" DOTS},
	/* dates */
	{"start_at 2024-09-03 is late", "start_at 2024-09-03 is late"},
	{"from 2024-09-03T10:00:00Z", "from 2024-09-03T10:00:00Z"},
	{"2024-09-03", "2024-09-03"},
	{"2024-09-03 447700900001", "2024-09-03 " DOTS},
	{"2024-09-0312", DOTS},
	{"3024-09-03", DOTS},
	{"+44 2024-09-03", DOTS},
	/* tokens */
	{"key abcdefghij0123456789 is old", "key " DOTS " is old"},
	{"key abcdefghij012345678a", "key " DOTS},
	{"abcdefghijklmnopqrs", "abcdefghijklmnopqrs"},
	{"abcdefghijklmnopqrst", DOTS},
	{"Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6.eyJz_dWIi-x.ab_c-d", "Bearer " DOTS},
	{"short-abcdefghijklmnopqrst=", DOTS},
	{"trace 3f1f6a50-6a11-4f7e-9a6e-0c2b7c1d9e0a", "trace "
                                                       "3f1f6a50-6a11-4f7e-9a6e-0c2b7c1d9e0a"},
	{"reports.api.validation.error", "reports.api.validation.error"},
	{"unprocessable-json", "unprocessable-json"},
};

static void one_line_without_persons_and_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];

		redact_line(str_from(cases[i].text), text, sizeof(text));
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s\nwanted %s\n   got %s", cases[i].text, cases[i].want, text);
	}
}

static void a_small_place_cuts_between_characters(void **state)
{
	char text[8];

	(void)state;
	for (size_t size = 1; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		redact_line(STR_LIT("\xc5\x99\xc5\x99"
		                    "a 447700900001"),
		            text, size);
		assert_true(strlen(text) < size);
		assert_int_equal(utf8_broken(str_from(text)), 0);
	}
	redact_line(STR_LIT("\xc5\x99\xc5\x99"), text, 4);
	assert_string_equal(text, "\xc5\x99");
	redact_line(STR_LIT("x"), text, 1);
	assert_string_equal(text, "");
}

/* Wherever a long text is cut, the number in it is not shown. */
static void no_cut_shows_a_part_of_a_number(void **state)
{
	static char body[8192], text[8192];

	(void)state;
	for (size_t at = 3000; at < 4200; at++) {
		memset(body, '!', sizeof(body));
		memcpy(body + at, "4477009000011", 13);
		redact_line((struct str){body, sizeof(body)}, text, sizeof(text));
		assert_null(strchr(text, '4'));
		assert_null(strchr(text, '7'));
	}
}

static void a_nul_in_the_text_is_no_end(void **state)
{
	char text[64];

	(void)state;
	redact_line((struct str){"a\0b", 3}, text, sizeof(text));
	assert_string_equal(text, "ab");
	redact_line(STR_EMPTY, text, sizeof(text));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_without_persons_and_secrets),
		cmocka_unit_test(a_small_place_cuts_between_characters),
		cmocka_unit_test(no_cut_shows_a_part_of_a_number),
		cmocka_unit_test(a_nul_in_the_text_is_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/file/download_head.h"

static void a_content_range_is_read(void **state)
{
	static const struct {
		const char *text;
		bool has_part;
		uint64_t first, last;
		int64_t size;
	} cases[] = {
		{"bytes 0-0/1", true, 0, 0, 1},
		{"bytes 5-9/10", true, 5, 9, 10},
		{" BYTES  5-9/* ", true, 5, 9, -1},
		{"bytes */0", false, 0, 0, 0},
		{"bytes */9223372036854775807", false, 0, 0, INT64_MAX},
		{"bytes 3221225472-3221225473/3221225474", true, 3221225472, 3221225473,
	         3221225474},
	};
	struct download_range r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (download_range_read(str_from(cases[i].text), &r) != ERR_OK)
			fail_msg("%s", cases[i].text);
		assert_int_equal(r.has_part, cases[i].has_part);
		assert_int_equal(r.first, cases[i].first);
		assert_int_equal(r.last, cases[i].last);
		assert_int_equal(r.size, cases[i].size);
	}
}

static void what_is_no_content_range_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"bytes",
		"bytes ",
		"bytes 5-9",
		"bytes 5/10",
		"bytes -9/10",
		"bytes 5-/10",
		"bytes 9-5/10",
		"bytes 5-10/10",
		"bytes */*",
		"bytes 5-9/",
		"bytes 5-9/x",
		"bytes +5-9/10",
		"bytes 5 -9/10",
		"lines 5-9/10",
		"bytes=5-9/10",
		"bytes 5-9/9223372036854775808",
		"bytes 5-18446744073709551616/*",
		"bytes 5-9223372036854775807/*",
		"bytes 18446744073709551615-18446744073709551615/*",
	};
	struct download_range r = {.size = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (download_range_read(str_from(cases[i]), &r) != ERR_PARSE)
			fail_msg("%s", cases[i]);
		assert_int_equal(r.size, 7);
	}
}

static void validators_are_checked_and_compared(void **state)
{
	char text[DOWNLOAD_VALIDATOR_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_true(download_is_validator((struct str){text, DOWNLOAD_VALIDATOR_MAX}));
	assert_false(download_is_validator((struct str){text, DOWNLOAD_VALIDATOR_MAX + 1}));
	assert_false(download_is_validator(STR_EMPTY));
	assert_false(download_is_validator(STR_LIT("\"a\r\nb\"")));
	assert_false(download_is_validator(STR_LIT("\"a\0b\"")));
	assert_false(download_differs(STR_LIT("\"a\""), STR_LIT("\"a\"")));
	assert_true(download_differs(STR_LIT("\"a\""), STR_LIT("\"b\"")));
	assert_false(download_differs(STR_LIT("\"a\""), STR_EMPTY));
	assert_false(download_differs(STR_EMPTY, STR_LIT("\"a\"")));
	/* an ETag and a time say nothing about each other */
	assert_false(download_differs(STR_LIT("\"a\""), STR_LIT("Tue, 03 Sep 2024")));
	assert_true(download_differs(STR_LIT("Tue, 03 Sep 2024"), STR_LIT("Wed, 04 Sep 2024")));
}

static void a_page_is_told_by_its_first_bytes(void **state)
{
	static const char *const pages[] = {"<!DOCTYPE html>",
	                                    "<html lang=\"en\">",
	                                    "\xef\xbb\xbf\n<HTML",
	                                    "  \r\n\t<!-- x -->",
	                                    "<head>",
	                                    "<Body>",
	                                    "<script>"};
	static const char *const files[] = {"",   "a,b\n",   "\"<html>\",b\n",
	                                    "<",  "<htm",    "<?xml version=\"1.0\"?>",
	                                    "{}", "\x1f\x8b"};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (!download_is_html(str_from(pages[i])))
			fail_msg("%s", pages[i]);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (download_is_html(str_from(files[i])))
			fail_msg("%s", files[i]);
	}
	assert_false(download_is_html(STR_EMPTY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_content_range_is_read),
		cmocka_unit_test(what_is_no_content_range_is_refused),
		cmocka_unit_test(validators_are_checked_and_compared),
		cmocka_unit_test(a_page_is_told_by_its_first_bytes),
	};

	return cmocka_run_group_tests_name("download_head", tests, NULL, NULL);
}

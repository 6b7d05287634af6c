/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/paging.h"

#define PAGES_MAX 1000

static const struct page_spec by_link = {.kind = PAGE_LINK};
static const struct page_spec by_token = {.kind = PAGE_TOKEN};
static const struct page_spec by_number = {.kind = PAGE_NUMBER, .start = 1};
static const struct page_spec by_offset = {.kind = PAGE_OFFSET};

/* A page of so many rows that no other page has. */
static struct page rows(size_t count)
{
	static unsigned pages;
	struct page page = {.records = count, .is_ok = true};

	pages++;
	memcpy(page.digest, &pages, sizeof(pages));
	return page;
}

static struct page linked(size_t count, const char *next)
{
	struct page page = rows(count);

	page.has_next = next != NULL;
	page.next = str_from(next);
	return page;
}

static enum paging_next take(struct paging *p, struct page page)
{
	const char *text = NULL;
	enum paging_next next = paging_take(p, &page, &text);

	assert_int_equal(text != NULL, next == PAGING_ERROR);
	return next;
}

static void expect_error(struct paging *p, struct page page, const char *word)
{
	const char *text = "";

	assert_int_equal(paging_take(p, &page, &text), PAGING_ERROR);
	if (strstr(text, word) == NULL)
		fail_msg("\"%s\" says nothing of %s", text, word);
}

static void expect_cursor(const struct paging *p, const char *expected)
{
	struct buf b;

	buf_init(&b, 10000);
	assert_int_equal(paging_cursor(p, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), expected);
	buf_fini(&b);
}

static void expect_shown(const struct paging *p, const char *name, const char *expected)
{
	char scratch[32];
	struct str text = STR_LIT("untouched");

	assert_int_equal(paging_lookup(p, str_from(name), scratch, sizeof(scratch), &text),
	                 expected != NULL);
	assert_true(str_eq(text, expected != NULL ? str_from(expected) : STR_LIT("untouched")));
}

static void links_are_followed_until_there_is_none(void **state)
{
	struct paging p;

	(void)state;
	paging_init(&p, &by_link, PAGES_MAX);
	expect_cursor(&p, "");
	assert_int_equal(take(&p, linked(50, "/v3/a?cursor=2")), PAGING_MORE);
	expect_cursor(&p, "link:/v3/a?cursor=2");
	assert_string_equal(p.cursor, "/v3/a?cursor=2");
	assert_int_equal(take(&p, linked(1, "/v3/a?cursor=3")), PAGING_MORE);
	expect_shown(&p, "cursor", NULL);
	expect_shown(&p, "page", NULL);
	assert_int_equal(take(&p, linked(50, NULL)), PAGING_END);
	paging_fini(&p);
}

static void tokens_become_the_cursor(void **state)
{
	struct paging p;

	(void)state;
	paging_init(&p, &by_token, PAGES_MAX);
	expect_shown(&p, "cursor", "");
	assert_int_equal(take(&p, linked(1, "a b:c")), PAGING_MORE);
	expect_cursor(&p, "token:a b:c");
	expect_shown(&p, "cursor", "a b:c");
	expect_shown(&p, "offset", NULL);
	assert_int_equal(take(&p, linked(1, NULL)), PAGING_END);
	paging_fini(&p);
}

static void a_next_that_is_the_present_one_is_an_error(void **state)
{
	struct paging p;

	(void)state;
	paging_init(&p, &by_link, PAGES_MAX);
	assert_int_equal(take(&p, linked(1, "/b")), PAGING_MORE);
	expect_error(&p, linked(1, "/b"), "next page is the present one");
	paging_fini(&p);
}

static void links_without_end_stop_at_the_limit(void **state)
{
	struct paging p;
	char next[32];

	(void)state;
	paging_init(&p, &by_token, PAGES_MAX);
	for (int i = 1; i < PAGES_MAX; i++) {
		(void)snprintf(next, sizeof(next), "%d", i % 2); /* round in a circle */
		assert_int_equal(take(&p, linked(1, next)), PAGING_MORE);
	}
	expect_error(&p, linked(1, "end"), "limits.pages");
	paging_fini(&p);
	/* the last page may be the one at the limit */
	paging_init(&p, &by_token, 2);
	assert_int_equal(take(&p, linked(1, "x")), PAGING_MORE);
	assert_int_equal(take(&p, linked(1, NULL)), PAGING_END);
	paging_fini(&p);
}

static void the_same_page_twice_is_an_error(void **state)
{
	static const struct page_spec *const specs[] = {&by_link, &by_token, &by_number,
	                                                &by_offset};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct paging p;
		struct page page = linked(3, "/b");

		paging_init(&p, specs[i], PAGES_MAX);
		assert_int_equal(take(&p, page), PAGING_MORE);
		page.next = STR_LIT("/c");
		expect_error(&p, page, "same page");
		paging_fini(&p);
	}
}

static void two_empty_pages_are_not_the_same_page(void **state)
{
	struct page page = linked(0, "/b");
	struct paging p;

	(void)state;
	page.has_more = page.more = true;
	paging_init(&p, &by_link, PAGES_MAX);
	assert_int_equal(take(&p, page), PAGING_MORE);
	page.next = STR_LIT("/c");
	assert_int_equal(take(&p, page), PAGING_MORE);
	paging_fini(&p);
}

static void numbers_count_up_to_the_empty_page(void **state)
{
	struct paging p;

	(void)state;
	paging_init(&p, &by_number, PAGES_MAX);
	expect_shown(&p, "page", "1");
	expect_shown(&p, "offset", NULL);
	for (int i = 0; i < 6; i++)
		assert_int_equal(take(&p, rows(i == 3 ? 1 : 100)), PAGING_MORE);
	expect_shown(&p, "page", "7");
	expect_cursor(&p, "page:7");
	assert_int_equal(take(&p, rows(0)), PAGING_END);
	paging_fini(&p);
}

static void a_short_page_is_the_last_where_the_profile_says_so(void **state)
{
	static const struct page_spec spec = {
		.kind = PAGE_NUMBER, .start = 1, .size = 100, .stop_short = true};
	static const struct page_spec unknown = {
		.kind = PAGE_NUMBER, .start = 1, .stop_short = true};
	struct paging p;
	struct page page = rows(50);

	(void)state;
	/* Everlytic: the size is in the first page only, and is not what was expected */
	page.size = 50;
	paging_init(&p, &spec, PAGES_MAX);
	assert_int_equal(take(&p, page), PAGING_MORE);
	expect_cursor(&p, "page:2 size:50");
	assert_int_equal(take(&p, rows(50)), PAGING_MORE);
	page = rows(50);
	page.size = 1000; /* only the first page counts */
	assert_int_equal(take(&p, page), PAGING_MORE);
	assert_int_equal(take(&p, rows(49)), PAGING_END);
	paging_fini(&p);
	/* nothing is said: what the profile expects */
	paging_init(&p, &spec, PAGES_MAX);
	assert_int_equal(take(&p, rows(100)), PAGING_MORE);
	assert_int_equal(take(&p, rows(99)), PAGING_END);
	paging_fini(&p);
	/* nobody knows: the empty page */
	paging_init(&p, &unknown, PAGES_MAX);
	assert_int_equal(take(&p, rows(1)), PAGING_MORE);
	assert_int_equal(take(&p, rows(0)), PAGING_END);
	paging_fini(&p);
}

static void the_vendor_says_which_page_is_the_last(void **state)
{
	struct paging p;
	struct page page = rows(15);

	(void)state;
	paging_init(&p, &by_number, PAGES_MAX);
	page.has_last = true;
	page.last = 2;
	assert_int_equal(take(&p, page), PAGING_MORE);
	page = rows(15);
	page.has_last = true;
	page.last = 3; /* one has come meanwhile */
	assert_int_equal(take(&p, page), PAGING_MORE);
	assert_int_equal(take(&p, page = rows(15)), PAGING_MORE); /* says nothing now */
	page = rows(15);
	page.has_last = true;
	page.last = 3;
	assert_int_equal(take(&p, page), PAGING_END);
	paging_fini(&p);
	paging_init(&p, &by_number, PAGES_MAX);
	page.last = 1;
	assert_int_equal(take(&p, page), PAGING_END);
	paging_fini(&p);
	paging_init(&p, &by_number, PAGES_MAX);
	page.last = 0;
	assert_int_equal(take(&p, page), PAGING_END);
	paging_fini(&p);
}

static struct page with_more(struct page page, bool more)
{
	page.has_more = true;
	page.more = more;
	return page;
}

static void the_vendor_says_whether_there_is_more(void **state)
{
	static const struct page_spec spec = {
		.kind = PAGE_NUMBER, .start = 1, .size = 100, .stop_short = true};
	struct paging p;

	(void)state;
	paging_init(&p, &spec, PAGES_MAX);
	assert_int_equal(take(&p, with_more(rows(10), true)), PAGING_MORE);
	assert_int_equal(take(&p, with_more(rows(100), false)), PAGING_END);
	paging_fini(&p);
	/* Numbers could go on for ever. */
	paging_init(&p, &spec, PAGES_MAX);
	assert_int_equal(take(&p, with_more(rows(0), true)), PAGING_END);
	paging_fini(&p);
	paging_init(&p, &by_token, PAGES_MAX);
	assert_int_equal(take(&p, with_more(linked(0, "a"), true)), PAGING_MORE);
	assert_int_equal(take(&p, with_more(linked(0, "b"), true)), PAGING_MORE);
	assert_int_equal(take(&p, linked(0, "c")), PAGING_END);
	paging_fini(&p);
	paging_init(&p, &by_token, PAGES_MAX);
	assert_int_equal(take(&p, with_more(linked(5, "a"), false)), PAGING_END);
	paging_fini(&p);
	paging_init(&p, &by_token, PAGES_MAX);
	assert_int_equal(take(&p, with_more(linked(5, NULL), true)), PAGING_END);
	paging_fini(&p);
}

static void offsets_count_rows(void **state)
{
	struct paging p;

	(void)state;
	paging_init(&p, &by_offset, PAGES_MAX);
	expect_shown(&p, "offset", "0");
	assert_int_equal(take(&p, rows(100)), PAGING_MORE);
	assert_int_equal(take(&p, rows(7)), PAGING_MORE);
	expect_shown(&p, "offset", "107");
	expect_cursor(&p, "offset:107");
	expect_shown(&p, "page", NULL);
	assert_int_equal(take(&p, rows(0)), PAGING_END);
	paging_fini(&p);
}

static void one_page_is_all_where_there_is_no_paging(void **state)
{
	static const struct page_spec spec = {.kind = PAGE_NONE};
	struct paging p;

	(void)state;
	paging_init(&p, &spec, PAGES_MAX);
	expect_cursor(&p, "");
	assert_int_equal(paging_resume(&p, STR_LIT("page:2")), ERR_INVAL);
	assert_int_equal(paging_resume(&p, STR_EMPTY), ERR_OK);
	expect_shown(&p, "page", NULL);
	assert_int_equal(take(&p, with_more(linked(5, "a"), true)), PAGING_END);
	paging_fini(&p);
}

static void paging_goes_on_at_every_cursor(void **state)
{
	static const struct page_spec sized = {.kind = PAGE_LINK, .stop_short = true};
	static const struct page_spec *const specs[] = {&by_link, &by_token, &by_number, &by_offset,
	                                                &sized};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct paging whole;

		paging_init(&whole, specs[i], 100);
		for (int n = 1; n < 100; n++) {
			struct page page = linked(10, NULL);
			struct paging resumed;
			char next[32];
			struct buf b;

			(void)snprintf(next, sizeof(next), "size:%d link:x token:", n);
			page.has_next = true;
			page.next = str_from(next);
			page.size = n == 1 ? 10 : 99;
			assert_int_equal(take(&whole, page), PAGING_MORE);

			buf_init(&b, 10000);
			assert_int_equal(paging_cursor(&whole, &b), ERR_OK);
			paging_init(&resumed, specs[i], 100);
			assert_int_equal(paging_resume(&resumed, buf_str(&b)), ERR_OK);
			expect_cursor(&resumed, buf_cstr(&b));
			assert_int_equal(resumed.number, whole.number);
			assert_int_equal(resumed.size, 10);
			if (whole.cursor != NULL)
				assert_string_equal(resumed.cursor, whole.cursor);
			/* the first page after it is not the first page */
			page = rows(1);
			page.size = 5000;
			assert_int_equal(take(&resumed, page), i >= 2 && i <= 3 && n < 99
			                                               ? PAGING_MORE
			                                       : i == 2 ? PAGING_ERROR
			                                       : i == 3 ? PAGING_MORE
			                                                : PAGING_END);
			assert_int_equal(resumed.size, 10);
			paging_fini(&resumed);
			buf_fini(&b);
		}
		paging_fini(&whole);
	}
}

static void page_numbers_go_past_31_bits(void **state)
{
	struct paging p;

	(void)state;
	paging_init(&p, &by_number, UINT32_MAX);
	assert_int_equal(paging_resume(&p, STR_LIT("page:2147483647")), ERR_OK);
	assert_int_equal(take(&p, rows(1)), PAGING_MORE);
	assert_int_equal(take(&p, rows(1)), PAGING_MORE);
	expect_shown(&p, "page", "2147483649");
	expect_cursor(&p, "page:2147483649");
	assert_int_equal(paging_resume(&p, STR_LIT("page:99999999999")), ERR_OK);
	expect_error(&p, rows(1), "limits.pages");
	paging_fini(&p);

	paging_init(&p, &by_offset, PAGES_MAX);
	assert_int_equal(paging_resume(&p, STR_LIT("offset:18446744073709551600")), ERR_OK);
	assert_int_equal(take(&p, rows(10)), PAGING_MORE);
	expect_shown(&p, "offset", "18446744073709551610");
	expect_error(&p, rows(10), "no end");
	paging_fini(&p);
}

static void a_cursor_that_is_not_ours_begins_anew(void **state)
{
	const struct {
		const struct page_spec *spec;
		struct str text;
	} cases[] = {
		{&by_number, STR_LIT("7")},
		{&by_number, STR_LIT("page:")},
		{&by_number, STR_LIT("page:-1")},
		{&by_number, STR_LIT("page:0")}, /* before the first */
		{&by_number, STR_LIT("page:7x")},
		{&by_number, STR_LIT("page: 7")},
		{&by_number, STR_LIT("page:7\0")},
		{&by_number, STR_LIT("page:7 size:")},
		{&by_number, STR_LIT("page:7 size:x")},
		{&by_number, STR_LIT("page:7 size:1 size:2")},
		{&by_number, STR_LIT("page:7 more")},
		{&by_number, STR_LIT("page:18446744073709551616")},
		{&by_number, STR_LIT("offset:7")},
		{&by_number, STR_LIT("link:/a")},
		{&by_offset, STR_LIT("page:7")},
		{&by_link, STR_LIT("token:a")},
		{&by_link, STR_LIT("link:")},
		{&by_link, STR_LIT("link")},
		{&by_link, STR_LIT("/a")},
		{&by_link, STR_LIT("link:/a\0b")},
		{&by_link, STR_LIT("size:5")},
		{&by_link, STR_LIT("size:5 ")},
		{&by_link, STR_LIT("size: link:/a")},
		{&by_link, STR_LIT("size:x link:/a")},
		{&by_token, STR_LIT("link:/a")},
		{&by_token, STR_LIT("\xff\xfe\0\x01")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct paging p;

		paging_init(&p, cases[i].spec, PAGES_MAX);
		if (paging_resume(&p, cases[i].text) != ERR_INVAL)
			fail_msg("%zu: \"%.*s\" was taken", i, STR_FMT(cases[i].text));
		expect_cursor(&p, "");
		assert_int_equal(p.pages, 0);
		assert_int_equal(p.size, 0);
		paging_fini(&p);
	}
}

static void a_hostile_next_is_an_error(void **state)
{
	size_t len = 8193;
	char *large = malloc(len);
	struct page page = linked(1, "x");
	struct paging p;
	struct buf b;

	(void)state;
	assert_non_null(large);
	memset(large, 'a', len);
	paging_init(&p, &by_token, PAGES_MAX);
	page.next = (struct str){"a\0b", 3};
	expect_error(&p, page, "NUL");
	page.next = (struct str){large, len};
	expect_error(&p, page, "too long");
	paging_fini(&p);

	/* What is allowed can be kept and read again, whatever it holds. */
	page = linked(1, NULL);
	page.has_next = true;
	page.next = STR_LIT("\x01\x1b[2J\r\n\xff%00 link:page:7 size:3");
	paging_init(&p, &by_token, PAGES_MAX);
	assert_int_equal(take(&p, page), PAGING_MORE);
	expect_shown(&p, "cursor", "\x01\x1b[2J\r\n\xff%00 link:page:7 size:3");
	buf_init(&b, 100);
	assert_int_equal(paging_cursor(&p, &b), ERR_OK);
	assert_int_equal(paging_resume(&p, buf_str(&b)), ERR_OK);
	expect_shown(&p, "cursor", "\x01\x1b[2J\r\n\xff%00 link:page:7 size:3");
	buf_fini(&b);
	/* no room for it */
	buf_init(&b, 10);
	assert_int_equal(paging_cursor(&p, &b), ERR_LIMIT);
	buf_fini(&b);
	paging_fini(&p);
	free(large);
}

static void a_value_without_room_is_none(void **state)
{
	char scratch[3];
	struct str text = STR_EMPTY;
	struct paging p;

	(void)state;
	paging_init(&p, &by_number, PAGES_MAX);
	assert_int_equal(paging_resume(&p, STR_LIT("page:100")), ERR_OK);
	assert_false(paging_lookup(&p, STR_LIT("page"), scratch, sizeof(scratch), &text));
	paging_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_followed_until_there_is_none),
		cmocka_unit_test(tokens_become_the_cursor),
		cmocka_unit_test(a_next_that_is_the_present_one_is_an_error),
		cmocka_unit_test(links_without_end_stop_at_the_limit),
		cmocka_unit_test(the_same_page_twice_is_an_error),
		cmocka_unit_test(two_empty_pages_are_not_the_same_page),
		cmocka_unit_test(numbers_count_up_to_the_empty_page),
		cmocka_unit_test(a_short_page_is_the_last_where_the_profile_says_so),
		cmocka_unit_test(the_vendor_says_which_page_is_the_last),
		cmocka_unit_test(the_vendor_says_whether_there_is_more),
		cmocka_unit_test(offsets_count_rows),
		cmocka_unit_test(one_page_is_all_where_there_is_no_paging),
		cmocka_unit_test(paging_goes_on_at_every_cursor),
		cmocka_unit_test(page_numbers_go_past_31_bits),
		cmocka_unit_test(a_cursor_that_is_not_ours_begins_anew),
		cmocka_unit_test(a_hostile_next_is_an_error),
		cmocka_unit_test(a_value_without_room_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

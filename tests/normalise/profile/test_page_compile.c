/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                                      \
	"profile: t\nbase: https://a\nmaps: {m: {status: {is: sent}}}\nreports:\n  r:\n    map: " \
	"m\n"
#define PLAIN  "    request: {path: /x}\n"
#define PAGED  "    request: {path: /x, query: {p: \"${page}\"}}\n"
#define OFFSET "    request: {path: /x, query: {p: \"${offset}\"}}\n"
#define CURSOR "    request: {path: /x, query: {p: \"${cursor}\"}}\n"

static const struct refused_case pages[] = {
	{"    page: link\n", 1, "expected keys"},
	{"    page: {}\n", 1, "\"kind\" is missing"},
	{"    page: {kind: cursor}\n", 1, "expected link, number, offset or token"},
	{"    page: {kind: nubmer}\n", 1, "did you mean \"number\""},
	{"    page: {kind: link}\n", 1, "\"next\" is missing: pointer to the next link"},
	{"    page: {kind: token}\n", 1, "\"next\" is missing: pointer to the next token"},
	{"    page: {kind: link, next: next}\n", 1, "no JSON Pointer"},
	{"    page: {kind: link, next: /a/*}\n", 1, "no JSON Pointer"},
	{"    page: {kind: link, next: \"\"}\n", 1, "a JSON Pointer"},
	{"    page: {kind: link, next: /n, start: 1}\n", 1, "for kind: number or offset"},
	{"    page: {kind: link, next: /n, last: /l}\n", 1, "for kind: number"},
	{"    page: {kind: number, next: /n}\n", 1, "for kind: link or token"},
	{"    page: {kind: offset, last: /n}\n", 1, "for kind: number"},
	{"    page: {kind: number, start: -1}\n", 1, "expected a number"},
	{"    page: {kind: number, last: last}\n", 1, "no JSON Pointer"},
	{"    page: {kind: number, more: [/a]}\n", 1, "a JSON Pointer"},
	{"    page: {kind: number, same: a}\n", 1, "no JSON Pointer"},
	{"    page: {kind: number, size: 0}\n", 1, "expected a number"},
	{"    page: {kind: number, size: {default: 1}}\n", 1, "at: /page_size"},
	{"    page: {kind: number, size: {at: /a, default: x}}\n", 1, "expected a number"},
	{"    page: {kind: number, stop: full}\n", 1, "expected empty or short"},
	{"    page: {kind: number, stop: short}\n", 1, "needs \"size\""},
	{"    page: {kind: number, resolve: base}\n", 1, "unknown key \"resolve\""},
	{"    page: {kind: number}\n", 1, "${page} is not used in the request"},
	{"    page: {kind: offset}\n", 1, "${offset} is not used in the request"},
	{"    page: {kind: token, next: /n}\n", 1, "${cursor} is not used in the request"},
	{"    ok: success\n", 1, "expected keys"},
	{"    ok: {at: /result}\n", 1, "expected {at: /pointer, is: word}"},
	{"    ok: {is: success}\n", 1, "expected {at: /pointer, is: word}"},
	{"    ok: {at: result, is: success}\n", 1, "no JSON Pointer"},
	{"    ok: {at: /result, is: []}\n", 1, "at least one word"},
	{"    ok: {at: /result, is: [[a]]}\n", 1, "a word"},
	{"    ok: {at: /result, is: a, else: /e}\n", 1, "expected keys"},
	{"    ok: {at: /result, is: a, else: {}}\n", 1, "expected {error: /pointer}"},
	{"    ok: {at: /result, is: a, else: {error: e}}\n", 1, "no JSON Pointer"},
};

static void pages_are_checked_with_their_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD PLAIN, "", 7, pages);
}

static const struct profile_report *report_of(const struct profile *p)
{
	return profile_report(p, STR_LIT("r"));
}

static void without_page_and_ok_nothing_is_asked(void **state)
{
	struct profile *p = profile_good(HEAD PLAIN);

	(void)state;
	assert_int_equal(report_of(p)->page.kind, PAGE_NONE);
	assert_null(report_of(p)->ok.at);
	profile_free(p);
}

static void links_are_taken(void **state)
{
	struct profile *p =
		profile_good(HEAD PLAIN "    page: {kind: link, next: /links/next, same: /etag}\n");
	const struct page_spec *page = &report_of(p)->page;

	(void)state;
	assert_int_equal(page->kind, PAGE_LINK);
	assert_int_equal(page->next->count, 2);
	assert_int_equal(page->same->count, 1);
	assert_null(page->last);
	profile_free(p);
}

static void numbers_are_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD PAGED "    page: {kind: number, start: 0, last: /total, more: /more, size: "
			   "{at: /per_page, default: 100}, stop: short}\n");
	const struct page_spec *page = &report_of(p)->page;

	(void)state;
	assert_int_equal(page->kind, PAGE_NUMBER);
	assert_int_equal(page->start, 0);
	assert_non_null(page->last);
	assert_non_null(page->more);
	assert_non_null(page->size_at);
	assert_int_equal(page->size, 100);
	assert_true(page->stop_short);
	profile_free(p);
	p = profile_good(HEAD PAGED "    page: {kind: number, size: 50, stop: empty}\n");
	page = &report_of(p)->page;
	assert_int_equal(page->start, 1);
	assert_null(page->size_at);
	assert_int_equal(page->size, 50);
	assert_false(page->stop_short);
	profile_free(p);
}

static void offsets_and_tokens_are_taken(void **state)
{
	struct profile *p = profile_good(HEAD OFFSET "    page: {kind: offset}\n");

	(void)state;
	assert_int_equal(report_of(p)->page.kind, PAGE_OFFSET);
	assert_int_equal(report_of(p)->page.start, 0);
	profile_free(p);
	p = profile_good(HEAD CURSOR "    page: {kind: token, next: /next, more: /more}\n");
	assert_int_equal(report_of(p)->page.kind, PAGE_TOKEN);
	assert_non_null(report_of(p)->page.next);
	profile_free(p);
}

static void ok_is_taken(void **state)
{
	struct profile *p = profile_good(
		HEAD PLAIN "    ok: {at: /result, is: [success, OK], else: {error: /status}}\n");
	const struct ok_spec *ok = &report_of(p)->ok;

	(void)state;
	assert_int_equal(ok->at->count, 1);
	assert_int_equal(ok->word_count, 2);
	assert_true(str_eq(ok->words[1], STR_LIT("OK")));
	assert_non_null(ok->error);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_checked_with_their_line),
		cmocka_unit_test(without_page_and_ok_nothing_is_asked),
		cmocka_unit_test(links_are_taken),
		cmocka_unit_test(numbers_are_taken),
		cmocka_unit_test(offsets_and_tokens_are_taken),
		cmocka_unit_test(ok_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

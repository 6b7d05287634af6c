/* SPDX-License-Identifier: MIT */
/* Identical rows on two pages of a window that still grows: believed once two reads agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"
#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

/* The vendor: one letter for each row, in pages of three. */
static const char *rows;
static const char *rows_then; /* NULL, or as they are after the first page of a read */
static const char *same;
static size_t fail_at; /* request that fails; 0: none */

static void vendor(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	const size_t page = (size_t)strtoul(r->page, NULL, 10);
	const char *now = page > 1 && rows_then != NULL ? rows_then : rows;
	const size_t len = strlen(now);

	(void)arg;
	if (r->number == fail_at) {
		answer->result.end = VENDOR_FAILED;
		return;
	}
	(void)buf_printf(&answer->body, "{\"last\":%zu,\"same\":\"%s\",\"data\":[", (len + 2) / 3,
	                 same);
	for (size_t i = (page - 1) * 3; i < page * 3 && i < len; i++)
		(void)buf_printf(&answer->body, "%s{\"c\":\"%c\"}", i % 3 > 0 ? "," : "", now[i]);
	(void)buf_append_str(&answer->body, STR_LIT("]}"));
}

static struct profile *profile;
static bool is_on_disk; /* all rows but one of each bag */

/* The windows end at a full hour for the vendor, so the last one is open most of the time. */
static const char yaml[] =
	"profile: acme\nbase: https://api.acme.example\nmaps:\n"
	"  m: {status: {is: clicked}, ordinal: true}\n"
	"reports:\n"
	"  items:\n"
	"    window: {start: -1m, step: 1d, format: \"%Y-%m-%dT%H:00\", tz: UTC}\n"
	"    request: {path: /items, query: {from: \"${from}\", to: \"${to}\", page: "
	"\"${page}\"}}\n"
	"    page: {kind: number, last: /last, same: /same}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    map: m\n"
	"  all:\n"
	"    request: {path: /items, query: {page: \"${page}\"}}\n"
	"    page: {kind: number, last: /last, same: /same}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    map: m\n";

static void open_at(struct scene *s, const char *path)
{
	static char folder[128];

	scene_open(s, path);
	scene_set_now(SCENE_NOW + 60000);
	profile = profile_good(yaml);
	source_unref(s->source);
	s->conf.spec = profile_report_at(profile, 0);
	assert_int_equal(source_new("gw1", "acc", profile, &s->conf.spec->source, NULL, 0, NULL,
	                            &s->source, NULL),
	                 ERR_OK);
	s->conf.source = s->source;
	scene_answer(s, vendor);
	if (!is_on_disk)
		return;
	(void)snprintf(folder, sizeof(folder), "%s.rows", path);
	s->conf.folder = folder;
	s->conf.rows_max = 1;
}

static int setup(void **state)
{
	static struct scene s;

	open_at(&s, place_fresh());
	rows_then = NULL;
	same = "";
	fail_at = 0;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	scene_close(*state);
	profile_free(profile);
	return 0;
}

/** The other report; its spec in the place of the first one's, so that the journal is read. */
static void without_window(struct scene *s)
{
	s->spec = *profile_report_at(profile, 0);
	s->spec.window = profile_report_at(profile, 1)->window;
	s->conf.spec = &s->spec;
	assert_false(s->spec.window.is_given);
}

/** One complete read, and the variables of its pages. */
static void expect_read(struct scene *s, const char *wanted)
{
	char got[512] = "";
	struct buf b;

	(void)scene_take(s, "c");
	assert_int_equal(scene_run(s), REPORT_DONE);
	buf_init(&b, 65536);
	(void)scene_journal(s, &b);
	for (const char *at = buf_cstr(&b); *at != '\0'; at = strchr(at, '\n') + 1) {
		const size_t len = strlen(got);

		(void)snprintf(got + len, sizeof(got) - len, "%.*s;", (int)strcspn(at, " "), at);
	}
	buf_fini(&b);
	assert_string_equal(got, wanted);
}

static bool has_claims(struct scene *s)
{
	return strstr(scene_checkpoint(s), "\nclaims ") != NULL;
}

static void real_rows_are_believed_at_the_second_read(void **state)
{
	struct scene *s = *state;

	rows = "AAAAAB";
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=1:1;");
	assert_non_null(strstr(scene_checkpoint(s), "\nclaims 1725321600000 "));
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3,1:4;");
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3,1:4;");
	rows = "AAAAABA"; /* one more: again two reads */
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3,1:4;;");
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3,1:4;_ordinals=0:5;");
}

static void a_shift_between_two_pages_is_no_row(void **state)
{
	struct scene *s = *state;

	rows = "ABCDEF";
	rows_then = "XABCDEF"; /* C is on page 1 and on page 2 */
	expect_read(s, ";;;");
	assert_true(has_claims(s));
	rows = "XABCDEF";
	rows_then = "YXABCDEF"; /* and now B */
	expect_read(s, ";;;");
	rows = "YXABCDEF";
	rows_then = NULL;
	expect_read(s, ";;;");
	assert_false(has_claims(s));
}

static void a_closed_window_forgets_them(void **state)
{
	struct scene *s = *state;

	rows = "AAAAB";
	expect_read(s, "_ordinals=1:1,2:2;;");
	assert_true(has_claims(s));
	scene_set_now(SCENE_NOW + 24 * HOUR_MS);
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;"
	               "_ordinals=1:1,2:2;_ordinals=0:3;"); /* both end at a full hour */
	assert_false(has_claims(s));
}

static void claims_of_one_window_are_none_of_the_next(void **state)
{
	struct scene *s = *state;

	rows = "AAAAB";
	expect_read(s, "_ordinals=1:1,2:2;;");
	scene_set_now(SCENE_NOW + 24 * HOUR_MS + 60000);
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;_ordinals=1:1,2:2;;");
	assert_non_null(strstr(scene_checkpoint(s), "\nclaims 1725408000000 "));
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;");
}

/* The window of the claims was never read again. */
static void claims_of_a_window_that_was_passed_over_are_none(void **state)
{
	struct scene *s = *state;
	char text[1024];

	rows = "AAAAB";
	expect_read(s, "_ordinals=1:1,2:2;;");
	(void)snprintf(text, sizeof(text), "report 1\nwatermark 1725408000000%s",
	               strstr(scene_checkpoint(s), "\nclaims "));
	scene_set_checkpoint(s, text);
	scene_set_now(SCENE_NOW + 24 * HOUR_MS + 60000);
	expect_read(s, "_ordinals=1:1,2:2;;");
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;");
}

static void a_read_that_was_not_complete_claims_nothing(void **state)
{
	struct scene *s = *state;

	rows = "AAAAABA";
	fail_at = 3;
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_false(has_claims(s));
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=1:1;;");
	fail_at = 9; /* nor does it take from those of the last one */
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_true(has_claims(s));
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3,1:4;_ordinals=0:5;");
}

static void they_outlive_a_kill_between_two_reads(void **state)
{
	struct scene *s = *state;
	char path[64];

	rows = "AAAA";
	(void)snprintf(path, sizeof(path), "%s", place_fresh());
	teardown(state);
	open_at(s, path);
	expect_read(s, "_ordinals=1:1,2:2;;");
	teardown(state);
	open_at(s, path);
	scene_set_now(SCENE_NOW + 120000);
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;");
}

#define MANY 250

/* Two pages with the same rows, the second one in reverse: more than there may be claims. */
static void many(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	const bool is_first = strcmp(r->page, "1") == 0;

	(void)arg;
	(void)buf_append_str(&answer->body, STR_LIT("{\"last\":2,\"same\":\"9\",\"data\":["));
	for (int i = 0; i < MANY; i++) {
		(void)buf_printf(&answer->body, "%s{\"c\":%d}", i > 0 ? "," : "",
		                 is_first ? i : MANY - 1 - i);
	}
	(void)buf_append_str(&answer->body, STR_LIT("]}"));
}

static void rows_beyond_the_limit_are_not_waited_for(void **state)
{
	struct scene *s = *state;

	without_window(s);
	scene_answer(s, many);
	expect_read(s, ";;");
	assert_null(strstr(scene_checkpoint(s), "\nsame "));
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(scene_take(s, "=0:1,1:1,2:1,"), 1);
	assert_non_null(strstr(scene_checkpoint(s), "\nsame 9\n"));
	expect_read(s, "");
}

static void without_a_window_the_total_does_not_hide_the_second_read(void **state)
{
	struct scene *s = *state;

	without_window(s);
	rows = "AAAAB";
	same = "5";
	expect_read(s, "_ordinals=1:1,2:2;;");
	assert_null(strstr(scene_checkpoint(s), "\nsame "));
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;");
	assert_non_null(strstr(scene_checkpoint(s), "\nsame 5\nclaims 0 "));
	expect_read(s, ""); /* nothing is new */
	assert_true(has_claims(s));
	rows = "AAAABC";
	same = "6";
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;");
	assert_non_null(strstr(scene_checkpoint(s), "\nsame 6\n"));
}

static void what_a_person_asks_for_leaves_the_claims(void **state)
{
	struct scene *s = *state;
	char before[1024];

	rows = "AAAA";
	expect_read(s, "_ordinals=1:1,2:2;;");
	(void)snprintf(before, sizeof(before), "%s", scene_checkpoint(s));
	s->conf.from_ms = SCENE_NOW - HOUR_MS;
	s->conf.to_ms = SCENE_NOW;
	expect_read(s, "_ordinals=1:1,2:2;_ordinals=0:3;"); /* closed */
	assert_string_equal(scene_checkpoint(s), before);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(real_rows_are_believed_at_the_second_read),
		TEST(a_shift_between_two_pages_is_no_row),
		TEST(a_closed_window_forgets_them),
		TEST(claims_of_one_window_are_none_of_the_next),
		TEST(claims_of_a_window_that_was_passed_over_are_none),
		TEST(a_read_that_was_not_complete_claims_nothing),
		TEST(they_outlive_a_kill_between_two_reads),
		TEST(rows_beyond_the_limit_are_not_waited_for),
		TEST(without_a_window_the_total_does_not_hide_the_second_read),
		TEST(what_a_person_asks_for_leaves_the_claims),
	};
	int failed = cmocka_run_group_tests_name("run_claims", tests, NULL, NULL);

	is_on_disk = true;
	failed += cmocka_run_group_tests_name("run_claims, on disk", tests, NULL, NULL);
	place_remove();
	return failed;
}

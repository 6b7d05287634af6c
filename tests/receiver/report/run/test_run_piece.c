/* SPDX-License-Identifier: MIT */
/* What goes into the journal: rows that are counted, and what waits for its commit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"
#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

/* Two pages that differ; row A is there three times. */
static void clicks(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	(void)buf_printf(&answer->body, "{\"last\":2,\"data\":[{\"c\":\"A\"},{\"c\":\"%s\"}]}",
	                 strcmp(r->page, "1") == 0 ? "A" : "B");
}

static struct profile *profile;

static const char yaml[] =
	"profile: acme\nbase: https://api.acme.example\nmaps:\n"
	"  m: {status: {is: clicked}, ordinal: true}\n"
	"reports:\n"
	"  items:\n"
	"    window: {start: -2h, step: 1h, format: \"%Y-%m-%dT%H:%M\", tz: UTC}\n"
	"    request: {path: /items, query: {from: \"${from}\", to: \"${to}\", page: "
	"\"${page}\"}}\n"
	"    page: {kind: number, last: /last}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    map: m\n";

static int setup(void **state)
{
	static struct scene s;

	scene_open(&s, place_fresh());
	profile = profile_good(yaml);
	source_unref(s.source);
	s.conf.spec = profile_report_at(profile, 0);
	assert_true(s.conf.spec->has_ordinal);
	assert_int_equal(source_new("gw1", "acc", profile, &s.conf.spec->source, NULL, 0, NULL,
	                            &s.source, NULL),
	                 ERR_OK);
	s.conf.source = s.source;
	scene_answer(&s, clicks);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	scene_close(*state);
	profile_free(profile);
	return 0;
}

#define PAGE_1 "{\"last\":2,\"data\":[{\"c\":\"A\"},{\"c\":\"A\"}]}\n"
#define PAGE_2 "{\"last\":2,\"data\":[{\"c\":\"A\"},{\"c\":\"B\"}]}\n"

static void assert_journal(struct scene *s, const char *wanted)
{
	struct buf b;

	buf_init(&b, 65536);
	(void)scene_journal(s, &b);
	assert_string_equal(buf_cstr(&b), wanted);
	buf_fini(&b);
}

static void rows_of_a_closed_window_are_counted_over_its_pages(void **state)
{
	struct scene *s = *state;

	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_journal(s, "_ordinals=1:1 " PAGE_1 "_ordinals=0:2 " PAGE_2 /* two windows */
	                  "_ordinals=1:1 " PAGE_1 "_ordinals=0:2 " PAGE_2);
}

static void rows_of_an_open_window_are_counted_page_by_page_at_first(void **state)
{
	struct scene *s = *state;

	scene_set_now(SCENE_NOW + 1000); /* the vendor is asked up to the full minute */
	s->conf.start_ms = 500;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(s->vendor.last.from, "2024-09-03T09:00");
	assert_string_equal(s->vendor.last.to, "2024-09-03T09:01");
	assert_journal(s, "_ordinals=1:1 " PAGE_1 " " PAGE_2);
}

static void ordinals_stand_behind_loop_values(void **state)
{
	static const struct report_value value = {"campaign", "c"};
	struct scene *s = *state;

	s->conf.values = &value;
	s->conf.value_count = 1;
	s->conf.start_ms = (uint64_t)HOUR_MS;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_journal(s, "campaign=c&_ordinals=1:1 " PAGE_1 "campaign=c&_ordinals=0:2 " PAGE_2);
}

static void such_a_window_is_begun_again_and_gives_the_same(void **state)
{
	struct scene *s = *state;

	s->conf.start_ms = (uint64_t)HOUR_MS;
	scene_set_checkpoint(s, "report 1\nwindow 1725350400000 1725354000000\npages 1\n"
	                        "cursor page:2\n");
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_journal(s, "_ordinals=1:1 " PAGE_1 "_ordinals=0:2 " PAGE_2);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

/* ---- what waits ---- */

static size_t most_waiting;

/** What was answered and is not committed. */
static void note_waiting(struct scene *s)
{
	const size_t waiting = s->vendor.done - s->progress.pages;

	if (s->run != NULL && waiting > most_waiting)
		most_waiting = waiting;
}

static void at_most_two_pages_wait(void **state)
{
	struct scene *s = *state;

	most_waiting = 0;
	s->conf.spec = &s->spec;
	s->pages = 40;
	s->on_step = note_waiting;
	scene_answer(s, scene_book);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_in_range(most_waiting, 1, 3); /* and the one that was asked for meanwhile */
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_of_a_closed_window_are_counted_over_its_pages),
		TEST(rows_of_an_open_window_are_counted_page_by_page_at_first),
		TEST(ordinals_stand_behind_loop_values),
		TEST(such_a_window_is_begun_again_and_gives_the_same),
		TEST(at_most_two_pages_wait),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}

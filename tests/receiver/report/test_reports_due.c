/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/reports_due.h"

#define MINUTE 60000U
#define HOUR   3600000U
#define WALL   1764000000000
#define MONO   7000000U

static const struct due_clock now = {WALL, MONO};

struct first_case {
	const char *what, *kept;
	uint64_t every_ms, from_ms, to_ms; /* the wait lies between these, both included */
};

/* WALL is 1764000000000. */
static const struct first_case first_cases[] = {
	{"never run", "", HOUR, 0, 10000},
	{"never run, often", "", 5000, 0, 500},
	{"never run, without any pause", "", 0, 0, 0},
	{"half an hour ago", "done begin=1763998200000 done=1763998200500 watermark=0", HOUR,
         30 * MINUTE, 36 * MINUTE},
	{"missed three times", "done begin=1763989200000 done=1763989200500 watermark=7", HOUR, 0,
         10000},
	{"exactly due, or a little later", "done begin=1763996400000 done=1 watermark=0", HOUR, 0,
         6 * MINUTE},
	{"in the future: the clock jumped back", "done begin=1764000000001 done=1 watermark=0",
         HOUR, 0, 10000},
	{"just now", "done begin=1764000000000 done=1764000000000 watermark=0", HOUR, HOUR,
         HOUR + HOUR / 10},
	{"failed just now", "failed begin=1764000000000 done=0 watermark=0", 6 * HOUR, 30000,
         MINUTE},
	{"failed long ago", "failed begin=1763989200000 done=0 watermark=0", 6 * HOUR, 0, 10000},
	{"refused ten minutes ago", "refused begin=1763999400000 done=0 watermark=0", MINUTE,
         20 * MINUTE, 50 * MINUTE},
	{"not readable", "done begin=17639982x0000 done=1 watermark=0", HOUR, 0, 10000},
};

static void what_was_kept_says_when_it_runs_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(first_cases) / sizeof(first_cases[0]); i++) {
		const struct first_case *c = &first_cases[i];

		for (uint64_t seed = 0; seed < 50; seed++) {
			struct due d;

			due_init(&d, seed);
			(void)!due_parse(&d, str_from(c->kept));
			due_first(&d, c->every_ms, now);
			if (d.next_ms < MONO + c->from_ms || d.next_ms > MONO + c->to_ms)
				fail_msg("%s: %lu ms", c->what, (unsigned long)(d.next_ms - MONO));
		}
	}
}

static void starts_are_spread(void **state)
{
	uint64_t low = UINT64_MAX;
	uint64_t high = 0;

	(void)state;
	for (uint64_t seed = 1; seed < 100; seed++) {
		struct due d;

		due_init(&d, seed * 0x9e3779b97f4a7c15U);
		due_first(&d, HOUR, now);
		low = d.next_ms < low ? d.next_ms : low;
		high = d.next_ms > high ? d.next_ms : high;
	}
	assert_true(low < MONO + 1000);
	assert_true(high > MONO + 9000);
}

static void a_complete_run_waits_from_its_begin(void **state)
{
	const struct due_clock begin = {WALL - 600000, MONO - 600000};
	struct due d;

	(void)state;
	due_init(&d, 3);
	due_done(&d, HOUR, begin, now);
	assert_int_equal(d.begin_ms, WALL - 600000);
	assert_int_equal(d.done_ms, WALL);
	assert_in_range(d.next_ms, MONO - 600000 + HOUR, MONO - 600000 + HOUR + HOUR / 10);
}

static void a_run_longer_than_its_period_is_followed_by_one(void **state)
{
	const struct due_clock begin = {WALL - 600000, MONO - 600000};
	struct due d;

	(void)state;
	due_init(&d, 3);
	due_done(&d, MINUTE, begin, now);
	assert_int_equal(d.next_ms, MONO);
}

static uint64_t wait_after(struct due *d, enum due_state state)
{
	due_failed(d, state, now, now);
	return d->next_ms - MONO;
}

static void failures_wait_twice_as_long_up_to_an_hour(void **state)
{
	uint64_t step = MINUTE;
	struct due d;

	(void)state;
	due_init(&d, 3);
	for (unsigned i = 0; i < 20; i++) {
		assert_in_range(wait_after(&d, DUE_FAILED), step / 2, step);
		step = step * 2 > HOUR ? HOUR : step * 2;
	}
	assert_int_equal(d.done_ms, 0);
	due_done(&d, HOUR, now, now);
	assert_in_range(wait_after(&d, DUE_FAILED), MINUTE / 2, MINUTE);
}

static void refusals_wait_from_an_hour_to_a_day(void **state)
{
	uint64_t step = HOUR;
	struct due d;

	(void)state;
	due_init(&d, 3);
	(void)wait_after(&d, DUE_FAILED);
	for (unsigned i = 0; i < 10; i++) {
		assert_in_range(wait_after(&d, DUE_REFUSED), step / 2, step);
		step = step * 2 > 24 * HOUR ? 24 * HOUR : step * 2;
	}
	assert_in_range(wait_after(&d, DUE_FAILED), MINUTE / 2, MINUTE);
}

static void what_is_printed_is_read_again(void **state)
{
	static const enum due_state states[] = {DUE_WAITING, DUE_FAILED, DUE_REFUSED};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct due d;
		struct due again;
		struct buf b;

		due_init(&d, 3);
		d.state = states[i];
		d.begin_ms = INT64_MAX;
		d.done_ms = WALL;
		d.watermark_ms = 12;
		buf_init(&b, 256);
		assert_int_equal(due_print(&d, &b), ERR_OK);
		due_init(&again, 4);
		assert_int_equal(due_parse(&again, buf_str(&b)), ERR_OK);
		assert_int_equal(again.state, states[i]);
		assert_int_equal(again.begin_ms, INT64_MAX);
		assert_int_equal(again.done_ms, WALL);
		assert_int_equal(again.watermark_ms, 12);
		buf_fini(&b);
	}
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"done",
		"done begin=1 done=2",
		"done begin=1 done=2 watermark=3 more",
		"gone begin=1 done=2 watermark=3",
		"done begin=-1 done=2 watermark=3",
		"done begin=9223372036854775808 done=2 watermark=3",
		"done done=1 begin=2 watermark=3",
		"done begin= done=2 watermark=3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct due d;
		struct due before;

		due_init(&d, 3);
		before = d;
		assert_int_equal(due_parse(&d, str_from(texts[i])), ERR_PARSE);
		assert_memory_equal(&d, &before, sizeof(d));
	}
}

static void a_shorter_period_is_not_waited_out_by_the_old_one(void **state)
{
	struct due d;

	(void)state;
	due_init(&d, 3);
	due_done(&d, 24 * HOUR, now, now);
	due_limit(&d, HOUR, MONO);
	assert_int_equal(d.next_ms, MONO + HOUR);
	(void)wait_after(&d, DUE_REFUSED);
	due_limit(&d, MINUTE, MONO);
	assert_true(d.next_ms > MONO + MINUTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_kept_says_when_it_runs_first),
		cmocka_unit_test(starts_are_spread),
		cmocka_unit_test(a_complete_run_waits_from_its_begin),
		cmocka_unit_test(a_run_longer_than_its_period_is_followed_by_one),
		cmocka_unit_test(failures_wait_twice_as_long_up_to_an_hour),
		cmocka_unit_test(refusals_wait_from_an_hour_to_a_day),
		cmocka_unit_test(what_is_printed_is_read_again),
		cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
		cmocka_unit_test(a_shorter_period_is_not_waited_out_by_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

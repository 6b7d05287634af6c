/* SPDX-License-Identifier: MIT */
/* Each state with each event: what is not in the table is ignored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/job/job_case.h"

#define HEAD    "job-ordered 999999999\njob-until 1000500000\njob-orders 1\n"
#define WAITING "job waiting\n" HEAD
#define FETCHED HEAD "job-link https:%2F%2Ff.example%2Fa\njob-file f9\n"

/* States of the machine, with those that are not of the record. */
enum standing {
	IDLE,
	STORING_ORDER,
	REQUESTED,
	ACCEPTED,
	WAITS,
	REORDER,
	READY,
	DOWNLOADING,
	DECODING,
	LAST_SLICE,
	DONE,
	STALE,
	FAILED,
	UNSENT,
	OVER,
	STANDING_COUNT
};

static void event(struct job_case *s, enum job_event ev)
{
	job_event(s->job, ev, JOB_END_LATER, "", s->now_ms);
}

static void stand_ordering(struct job_case *s, enum standing standing)
{
	const struct job_acceptance none = {.is_ready = false};

	job_case_stand(s, "");
	if (standing == IDLE)
		return;
	event(s, JOB_EV_TURN);
	if (standing == STORING_ORDER)
		return;
	job_case_settle(s);
	if (standing == ACCEPTED)
		assert_int_equal(job_accepted(s->job, &none, s->now_ms), ERR_OK);
	if (standing == UNSENT)
		event(s, JOB_EV_NOT_SENT);
}

static void stand_decoding(struct job_case *s, enum standing standing)
{
	job_case_stand(s, "job decoding\n" FETCHED);
	if (standing == LAST_SLICE)
		job_note_last(s->job, s->now_ms);
	if (standing == DONE || standing == OVER)
		event(s, JOB_EV_DECODED);
	if (standing == OVER)
		job_case_settle(s);
}

static void stand(struct job_case *s, enum standing standing)
{
	const struct str link = STR_LIT("https://f.example/a");

	switch (standing) {
	case IDLE:
	case STORING_ORDER:
	case REQUESTED:
	case ACCEPTED:
	case UNSENT:
		stand_ordering(s, standing);
		break;
	case REORDER:
		job_case_stand(s, WAITING "job-unsure 1\n");
		event(s, JOB_EV_TIME);
		break;
	case WAITS:
	case READY:
	case FAILED:
		job_case_stand(s, WAITING);
		if (standing == READY)
			assert_int_equal(job_ready(s->job, &link, 1, false, s->now_ms), ERR_OK);
		if (standing == FAILED)
			event(s, JOB_EV_BUILD_FAILED);
		break;
	case DOWNLOADING:
		job_case_stand(s, "job downloading\n" FETCHED);
		break;
	case DECODING:
	case LAST_SLICE:
	case DONE:
	case OVER:
		stand_decoding(s, standing);
		break;
	case STALE:
	case STANDING_COUNT:
		job_case_stand(s, "job stale\n" HEAD);
		break;
	}
	buf_reset(&s->trace);
}

#define EVENT_COUNT (JOB_EV_BROUGHT + 1)
#define LATER       "unawait finished:later"
#define FAILS       "store:failed unawait finished:failed"
#define IS_DONE     "store:done unawait finished:done"
#define REQUESTS    "store:requested send"
#define NOT_SENT    "store:idle unawait finished:later"

static const char *const answers[STANDING_COUNT][EVENT_COUNT] = {
	[IDLE] = {[JOB_EV_TURN] = REQUESTS,
                  [JOB_EV_NOT_SENT] = LATER,
                  [JOB_EV_HELD] = LATER,
                  [JOB_EV_BROUGHT] = IS_DONE},
	[STORING_ORDER] = {[JOB_EV_UNSURE] = "store:waiting await",
                           [JOB_EV_REFUSED] = "store:failed unawait finished:refused",
                           [JOB_EV_NOT_SENT] = NOT_SENT,
                           [JOB_EV_BROUGHT] = IS_DONE},
	[REQUESTED] = {[JOB_EV_UNSURE] = "store:waiting await",
                       [JOB_EV_REFUSED] = "store:failed unawait finished:refused",
                       [JOB_EV_NOT_SENT] = NOT_SENT,
                       [JOB_EV_BROUGHT] = IS_DONE},
	[ACCEPTED] = {[JOB_EV_BROUGHT] = IS_DONE},
	[WAITS] = {[JOB_EV_BUILD_FAILED] = FAILS,
                   [JOB_EV_TIME] = "store:stale stale",
                   [JOB_EV_HELD] = LATER,
                   [JOB_EV_BROUGHT] = IS_DONE},
	[REORDER] = {[JOB_EV_TURN] = REQUESTS,
                     [JOB_EV_NOT_SENT] = LATER,
                     [JOB_EV_HELD] = LATER,
                     [JOB_EV_BROUGHT] = IS_DONE},
	[READY] = {[JOB_EV_BROUGHT] = IS_DONE},
	[DOWNLOADING] = {[JOB_EV_DOWNLOADED] = "store:decoding decode",
                         [JOB_EV_DEAD_LINK] = FAILS,
                         [JOB_EV_HELD] = LATER,
                         [JOB_EV_HANDED_OVER] = "store:waiting await",
                         [JOB_EV_BROUGHT] = IS_DONE},
	[DECODING] = {[JOB_EV_DEAD_LINK] = FAILS,
                      [JOB_EV_HELD] = LATER,
                      [JOB_EV_HANDED_OVER] = "store:waiting await",
                      [JOB_EV_DECODED] = IS_DONE,
                      [JOB_EV_BROUGHT] = IS_DONE},
	[LAST_SLICE] = {[JOB_EV_DECODED] = "unawait finished:done", [JOB_EV_HELD] = LATER},
	[STALE] = {[JOB_EV_BUILD_FAILED] = FAILS,
                   [JOB_EV_TIME] = FAILS,
                   [JOB_EV_HELD] = LATER,
                   [JOB_EV_BROUGHT] = IS_DONE},
};

/* What it does without the event, once what was being stored is on disk. */
static const char *const goes_on[STANDING_COUNT] = {
	[STORING_ORDER] = "send",
	[ACCEPTED] = "store:waiting await",
	[READY] = "kept unawait store:downloading download",
	[DONE] = "unawait finished:done",
	[FAILED] = "unawait finished:failed",
	[UNSENT] = "unawait finished:later",
};

static void pair(struct job_case *s, enum standing standing, enum job_event ev)
{
	const char *wanted = answers[standing][ev];

	stand(s, standing);
	if (wanted == NULL)
		wanted = goes_on[standing] != NULL ? goes_on[standing] : "";
	event(s, ev);
	job_case_settle(s);
	if (strcmp(buf_cstr(&s->trace), wanted) != 0) {
		fail_msg("standing %d, event %d: \"%s\" and not \"%s\"", (int)standing, (int)ev,
		         buf_cstr(&s->trace), wanted);
	}
}

static void each_event_in_each_state(void **state)
{
	for (int standing = 0; standing < STANDING_COUNT; standing++) {
		for (int ev = 0; ev < EVENT_COUNT; ev++) {
			if (ev != JOB_EV_STORED && ev != JOB_EV_ACCEPTED && ev != JOB_EV_READY)
				pair(*state, (enum standing)standing, (enum job_event)ev);
		}
	}
}

static void links_come_only_while_it_waits(void **state)
{
	const struct str link = STR_LIT("https://f.example/b");
	struct job_case *s = *state;

	for (int standing = 0; standing < STANDING_COUNT; standing++) {
		bool waits = standing == WAITS || standing == STALE;

		stand(s, (enum standing)standing);
		assert_int_equal(job_ready(s->job, &link, 1, true, s->now_ms),
		                 waits ? ERR_OK : ERR_EXISTS);
		job_case_settle(s);
		if (waits)
			job_case_saw(s, "store:ready kept unawait store:downloading download");
	}
}

static void an_acceptance_is_of_an_order_only(void **state)
{
	const struct job_acceptance a = {.id = STR_LIT("7")};
	struct job_case *s = *state;

	for (int standing = 0; standing < STANDING_COUNT; standing++) {
		bool ordered = standing == REQUESTED || standing == STORING_ORDER;

		stand(s, (enum standing)standing);
		assert_int_equal(job_accepted(s->job, &a, s->now_ms), ERR_OK);
		job_case_settle(s);
		assert_int_equal(job_record(s->job)->id != NULL, ordered);
	}
}

#define TAKES           "store:ready unawait store:decoding decode"
#define WAITS_AND_TAKES "store:accepted store:waiting store:ready unawait store:decoding decode"

static void files_are_taken_while_it_is_of_use(void **state)
{
	static const char *const traces[STANDING_COUNT] = {
		[STORING_ORDER] = "store:requested send",
		[REQUESTED] = "store:requested",
		[ACCEPTED] = WAITS_AND_TAKES,
		[WAITS] = TAKES,
		[REORDER] = TAKES,
		[READY] = "store:ready kept unawait store:downloading download",
		[DOWNLOADING] = "store:downloading",
		[DECODING] = "store:decoding",
		[STALE] = TAKES,
	};
	struct job_case *s = *state;

	for (int standing = 0; standing < STANDING_COUNT; standing++) {
		stand(s, (enum standing)standing);
		if (traces[standing] == NULL) {
			assert_int_equal(job_case_hand(s, "h1"), ERR_EXISTS);
			continue;
		}
		assert_int_equal(job_case_hand(s, "h1"), ERR_OK);
		job_case_saw(s, traces[standing]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_in_each_state),
		cmocka_unit_test(links_come_only_while_it_waits),
		cmocka_unit_test(an_acceptance_is_of_an_order_only),
		cmocka_unit_test(files_are_taken_while_it_is_of_use),
	};

	return cmocka_run_group_tests_name("job_pairs", tests, job_case_set_up, job_case_tear_down);
}

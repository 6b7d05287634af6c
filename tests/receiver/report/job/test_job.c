/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/job/job_case.h"

#define ORDERED "job-ordered 999999999\njob-orders 1\n"
#define WAITING "job waiting\njob-until 1000500000\n" ORDERED
#define UNSURE  WAITING "job-unsure 1\n"
#define STALE   "job stale\njob-until 1003000000\n" ORDERED
#define LINK    "https://f.example/a?token=1"
#define STORED  "job-link https:%2F%2Ff.example%2Fa\n"

static void assert_disk(const struct job_case *s, const char *line)
{
	if (strstr(buf_cstr(&s->disk), line) == NULL)
		fail_msg("no \"%s\" in:\n%s", line, buf_cstr(&s->disk));
}

static void assert_not_on_disk(const struct job_case *s, const char *line)
{
	if (strstr(buf_cstr(&s->disk), line) != NULL)
		fail_msg("\"%s\" in:\n%s", line, buf_cstr(&s->disk));
}

/* ---- the way that is meant ---- */

static void each_step_is_stored_before_it_is_taken(void **state)
{
	struct job_case *s = *state;

	job_case_begin(s, "");
	job_case_saw(s, "order");
	job_case_event(s, JOB_EV_TURN);
	job_case_saw(s, "store:requested send");
	assert_disk(s, "job requested\njob-ordered 1000000000\n");
	assert_disk(s, "job-orders 1\n");
	job_case_accept(s, "17");
	job_case_saw(s, "store:accepted store:waiting await");
	assert_disk(s, "job-until 1000600000\n");
	assert_disk(s, "job-id 17\n");
	job_case_ready(s, LINK, false);
	job_case_saw(s, "store:ready kept unawait store:downloading download");
	assert_disk(s, "job-file f1\n");
	assert_int_equal(job_note_file(s->job, STR_LIT("\"e\""), STR_LIT("text/csv"), 5), ERR_OK);
	job_case_settle(s);
	job_case_event(s, JOB_EV_DOWNLOADED);
	job_case_saw(s, "store:downloading store:decoding decode");
	job_case_event(s, JOB_EV_DECODED);
	job_case_saw(s, "store:done unawait finished:done");
	assert_not_on_disk(s, "job-link");
	assert_disk(s, "job-file f1\n");
}

static void nothing_is_done_before_it_is_on_disk(void **state)
{
	const struct str link = STR_LIT(LINK);
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	assert_int_equal(job_ready(s->job, &link, 1, false, s->now_ms), ERR_OK);
	job_case_saw(s, "store:ready"); /* and the mail stays unseen */
	job_case_settle(s);
	job_case_saw(s, "kept unawait store:downloading download");
}

static void an_answer_can_be_the_report(void **state)
{
	const struct job_acceptance a = {.is_ready = true,
	                                 .file = STR_LIT("f7"),
	                                 .media_type = STR_LIT("text/csv"),
	                                 .file_bytes = 12};
	struct job_case *s = *state;

	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	job_case_saw(s, "store:requested send");
	assert_int_equal(job_accepted(s->job, &a, s->now_ms), ERR_OK);
	job_case_settle(s);
	job_case_saw(s, "store:ready unawait store:decoding decode");
	assert_string_equal(job_record(s->job)->file, "f7");
	assert_int_equal(job_record(s->job)->file_bytes, 12);
}

static void an_answer_can_have_the_link(void **state)
{
	const struct str link = STR_LIT(LINK);
	const struct job_acceptance a = {.links = &link, .link_count = 1};
	struct job_case *s = *state;

	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	job_case_saw(s, "store:requested send");
	assert_int_equal(job_accepted(s->job, &a, s->now_ms), ERR_OK);
	job_case_settle(s);
	job_case_saw(s, "store:ready unawait store:downloading download");
}

static void it_can_be_ready_without_a_link(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	assert_int_equal(job_ready(s->job, NULL, 0, false, s->now_ms), ERR_OK);
	job_case_settle(s);
	job_case_event(s, JOB_EV_DOWNLOADED);
	job_case_event(s, JOB_EV_DECODED);
	job_case_saw(s, "store:ready kept unawait store:downloading download store:decoding "
	                "decode store:done unawait finished:done");
}

static void parts_are_fetched_one_behind_the_other(void **state)
{
	const struct str links[] = {STR_LIT("https://f.example/1"), STR_LIT("https://f.example/2")};
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	assert_int_equal(job_ready(s->job, links, 2, false, s->now_ms), ERR_OK);
	job_case_settle(s);
	job_case_event(s, JOB_EV_DOWNLOADED);
	job_note_place(s->job, (struct job_place){90, 3, 2});
	buf_reset(&s->trace);
	job_case_event(s, JOB_EV_DECODED);
	job_case_saw(s, "store:downloading download");
	assert_int_equal(job_record(s->job)->part, 1);
	assert_int_equal(job_record(s->job)->place.rows, 0);
	assert_string_equal(job_record(s->job)->file, "f1");
	assert_not_on_disk(s, "f.example%2F1");
	job_case_begin(s, "job downloading\njob-file f1\njob-link https:%2F%2Ff.example%2F2\n");
	assert_string_equal(job_record(s->job)->links[0], "https://f.example/2");
	job_case_event(s, JOB_EV_DOWNLOADED);
	job_note_last(s->job, s->now_ms);
	assert_int_equal(job_case_state(s), JOB_DONE);
	job_case_event(s, JOB_EV_DECODED);
	job_case_saw(s, "download store:decoding decode unawait finished:done");
}

static void what_came_of_an_order_is_told(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	buf_reset(&s->trace);
	job_case_event_with(s, JOB_EV_REFUSED, JOB_END_DONE, "HTTP 422: no such campaign");
	job_case_saw(s, "store:failed unawait finished:refused");
	assert_disk(s, "job-text HTTP%20422:%20no%20such%20campaign\n");
	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	job_case_event_with(s, JOB_EV_NOT_SENT, JOB_END_UNAUTHORIZED, "HTTP 401");
	job_case_saw(s, "store:requested send store:idle unawait finished:unauthorized");
	assert_int_equal(s->disk.len, 0);
}

/* ---- a restart ---- */

static void a_restart_goes_on_and_orders_nothing(void **state)
{
	static const struct {
		const char *stored;
		const char *trace;
	} cases[] = {
		{"job requested\n" ORDERED, "store:waiting await"},
		{"job accepted\njob-id 7\n" ORDERED, "store:waiting await"},
		{WAITING, "await"},
		{UNSURE, "await"},
		{WAITING "job-handed-file h1\njob-handed-bytes 5\n",
	         "store:ready unawait store:decoding decode"},
		{"job ready\n" ORDERED STORED, "unawait store:downloading download"},
		{"job ready\njob-file f3\njob-file-bytes 6\n" ORDERED STORED,
	         "unawait store:decoding decode"},
		{"job downloading\njob-file f3\n" ORDERED STORED, "download"},
		{"job downloading\njob-file f3\njob-file-bytes 6\n" ORDERED STORED,
	         "store:decoding decode"},
		{"job downloading\n" ORDERED STORED, "store:downloading download"},
		{"job decoding\njob-file f3\n" ORDERED STORED, "decode"},
		{"job decoding\n" ORDERED STORED, "store:downloading download"},
		{"job done\n" ORDERED, "unawait finished:done"},
		{STALE, "await"},
		{STALE "job-handed-file h1\njob-handed-bytes 5\n",
	         "store:ready unawait store:decoding decode"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		job_case_begin(*state, cases[i].stored);
		job_case_settle(*state);
		job_case_saw(*state, cases[i].trace);
	}
}

static void an_order_that_was_under_way_is_unsure(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "job requested\n" ORDERED);
	assert_true(job_record(s->job)->is_unsure);
	assert_disk(s, "job-unsure 1\n");
	assert_disk(s, "job-text stopped%20while%20it%20was%20ordered");
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "unawait order");
}

static void what_failed_is_ordered_anew(void **state)
{
	struct job_case *s = *state;

	job_case_begin(s, "job failed\njob-text gone\njob-file f3\n" ORDERED);
	job_case_saw(s, "order");
	job_case_event(s, JOB_EV_TURN);
	assert_int_equal(job_record(s->job)->orders, 1);
	assert_null(job_record(s->job)->file);
	job_case_begin(s, "job idle\njob-orders 2\n"); /* nobody writes that */
	job_case_event(s, JOB_EV_TURN);
	assert_int_equal(job_record(s->job)->orders, 1);
}

static void a_fallback_goes_on_after_a_restart(void **state)
{
	struct job_case *s = *state;

	s->conf.has_fallback = true;
	job_case_begin(s, "job failed\njob-fallback 1\n" ORDERED);
	job_case_saw(s, "unawait finished:fallback");
	job_case_begin(s, "job stale\njob-fallback 1\n" ORDERED);
	job_case_saw(s, "unawait finished:fallback");
	job_case_begin(s, "job failed\n" ORDERED); /* it was refused */
	job_case_saw(s, "order");
	s->conf.has_fallback = false; /* the profile has lost it */
	job_case_begin(s, "job failed\njob-fallback 1\n" ORDERED);
	job_case_saw(s, "order");
	job_case_begin(s, "job stale\njob-fallback 1\n" ORDERED);
	job_case_saw(s, "await");
	assert_false(job_record(s->job)->is_fallback);
}

static void what_came_meanwhile_is_looked_for(void **state)
{
	struct job_case *s = *state;

	job_case_begin(s, "job waiting\njob-until 5\njob-ordered 4\n");
	assert_int_equal(job_record(s->job)->until_ms, CASE_NOW + JOB_GRACE_MS);
	job_case_begin(s, "job stale\njob-until 5\njob-ordered 4\n");
	assert_int_equal(job_record(s->job)->until_ms, CASE_NOW + JOB_GRACE_MS);
	s->conf.timeout_ms = 1000;
	job_case_begin(s, "job requested\njob-ordered 4\n");
	assert_int_equal(job_record(s->job)->until_ms, CASE_NOW + 1000);
}

static void a_wrong_clock_does_not_make_it_wait_forever(void **state)
{
	struct job_case *s = *state;

	job_case_begin(s, "job waiting\njob-until 99000000000000\njob-ordered 98000000000000\n");
	assert_int_equal(job_record(s->job)->until_ms, CASE_NOW + CASE_TIMEOUT);
	job_case_event(s, JOB_EV_TIME);
	assert_int_equal(job_record(s->job)->until_ms, CASE_NOW + CASE_GIVE_UP);
	s->conf.timeout_ms = UINT64_MAX;
	s->conf.give_up_ms = UINT64_MAX;
	job_case_begin(s, "job waiting\njob-until 253402300799999\n");
	assert_true(job_record(s->job)->until_ms > CASE_NOW);
}

static void an_order_is_as_old_as_before_when_the_clock_is_set(void **state)
{
	static const int64_t by_ms[] = {7200000, -7200000};
	struct job_case *s = *state;

	for (size_t i = 0; i < 2; i++) {
		s->now_ms = CASE_NOW;
		job_case_stand(s, "job waiting\njob-until 1000500000\njob-ordered 999900000\n"
		                  "job-since 999900000\njob-orders 1\n");
		s->now_ms += by_ms[i];
		job_clock_set(s->job, by_ms[i], s->now_ms);
		job_case_settle(s);
		job_case_saw(s, "store:waiting");
		assert_int_equal(job_record(s->job)->until_ms, 1000500000 + by_ms[i]);
		assert_int_equal(job_record(s->job)->since_ms, 999900000 + by_ms[i]);
		assert_int_equal(job_record(s->job)->ordered_ms, 999900000); /* mails are of then */
		assert_int_equal(job_record(s->job)->aged_ms, 999900000 + by_ms[i]);
		s->now_ms += 500000;
		job_case_event(s, JOB_EV_TIME);
		assert_string_equal(job_record(s->job)->text,
		                    "10 min after the order there is no report");
		assert_int_equal(job_record(s->job)->until_ms, 999900000 + by_ms[i] + CASE_GIVE_UP);
	}
}

static void what_does_not_wait_is_not_stored_for_the_clock(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "job decoding\njob-file f3\njob-ordered 4\njob-since 5\n");
	job_clock_set(s->job, 1000, s->now_ms + 1000);
	job_case_saw(s, "");
	assert_int_equal(job_record(s->job)->since_ms, 1005);
	assert_int_equal(job_record(s->job)->until_ms, 0);
	job_case_stand(s, "");
	job_clock_set(s->job, 1000, s->now_ms + 1000);
	job_case_saw(s, "");
	assert_int_equal(job_record(s->job)->aged_ms, 0);
}

static void a_clock_set_before_all_times_is_the_earliest(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "job waiting\njob-until 1000500000\njob-ordered 999900000\n");
	job_clock_set(s->job, -2000000000, 5);
	assert_int_equal(job_record(s->job)->aged_ms, 1);
	job_case_settle(s);
	job_case_stand(s, buf_cstr(&s->disk)); /* it can be read again */
	assert_int_equal(job_case_state(s), JOB_WAITING);
}

static void a_setting_while_it_is_stored_is_stored_next(void **state)
{
	struct job_case *s = *state;

	job_case_begin(s, "job accepted\njob-ordered 999999000\n");
	job_case_saw(s, "store:waiting");
	job_clock_set(s->job, 3600000, s->now_ms += 3600000);
	job_case_saw(s, "");
	job_case_settle(s);
	job_case_saw(s, "store:waiting await");
	assert_disk(s, "job-aged 1003599000\n");
}

/* It came from a clock that was ahead, and has been set right while nobody ran. */
static void one_from_the_future_begins_to_age_when_it_is_adopted(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "job waiting\njob-until 2000600000\njob-ordered 2000000000\n");
	assert_int_equal(job_record(s->job)->aged_ms, CASE_NOW);
	assert_int_equal(job_record(s->job)->until_ms, CASE_NOW + CASE_TIMEOUT);
	s->now_ms += CASE_TIMEOUT;
	job_case_event(s, JOB_EV_TIME);
	assert_int_equal(job_record(s->job)->until_ms, CASE_NOW + CASE_GIVE_UP);
}

/* ---- unsure ---- */

static void an_unsure_order_is_sent_once_more_and_never_again(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	job_case_event_with(s, JOB_EV_UNSURE, JOB_END_DONE, "no answer");
	job_case_saw(s, "store:requested send store:waiting await");
	assert_disk(s, "job-unsure 1\n");
	assert_disk(s, "job-text no%20answer\n");
	s->now_ms += CASE_TIMEOUT;
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "unawait order");
	assert_int_equal(job_record(s->job)->until_ms, 0); /* no timer */
	job_case_event(s, JOB_EV_TURN);
	job_case_event(s, JOB_EV_UNSURE);
	job_case_saw(s, "store:requested send store:waiting await");
	assert_disk(s, "job-orders 2\n");
	s->now_ms += CASE_TIMEOUT;
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "store:stale stale");
	s->now_ms += CASE_GIVE_UP;
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "store:failed unawait finished:failed");
}

static void a_sign_makes_an_order_sure(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, UNSURE);
	job_case_ready(s, LINK, false);
	assert_false(job_record(s->job)->is_unsure);
	job_case_event(s, JOB_EV_HANDED_OVER); /* so ours is still to come */
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "store:ready kept unawait store:downloading download "
	                "store:waiting await store:stale stale");
}

static void a_link_that_may_be_of_another_is_none(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, UNSURE);
	job_case_ready(s, LINK, true);
	assert_true(job_record(s->job)->is_unsure);
	job_case_event(s, JOB_EV_HANDED_OVER); /* and was */
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "store:ready kept unawait store:downloading download "
	                "store:waiting await unawait order");
}

static void a_repeated_order_that_was_not_sent_leaves_the_first(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, UNSURE);
	job_case_event(s, JOB_EV_TIME);
	s->now_ms += 5;
	job_case_event(s, JOB_EV_TURN);
	job_case_event(s, JOB_EV_NOT_SENT);
	job_case_saw(s, "unawait order store:requested send store:waiting unawait finished:later");
	assert_disk(s, "job-ordered 999999999\n");
	assert_disk(s, "job-orders 1\njob-unsure 1\n");
	job_case_begin(s, buf_cstr(&s->disk)); /* the next run looks once, and orders again */
	job_case_saw(s, "await");
	assert_int_equal(job_record(s->job)->until_ms, s->now_ms + JOB_GRACE_MS);
}

static void a_repeated_order_is_not_wanted_when_a_file_is_handed(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, UNSURE);
	job_case_event(s, JOB_EV_TIME);
	assert_int_equal(job_case_hand(s, "h1"), ERR_OK);
	job_case_event(s, JOB_EV_TURN); /* it was on its way */
	job_case_saw(s, "unawait order store:ready unawait store:decoding decode");
}

/* ---- late ---- */

static void a_stale_job_without_fallback_is_waited_for(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	s->now_ms += CASE_TIMEOUT;
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "store:stale stale"); /* still awaited */
	assert_disk(s, "job-text 10%20min%20after%20the%20order%20there%20is%20no%20report\n");
	assert_int_equal(job_record(s->job)->until_ms, 999999999 + CASE_GIVE_UP);
	job_case_ready(s, LINK, false);
	job_case_saw(s, "store:ready kept unawait store:downloading download");
	assert_not_on_disk(s, "job-text");
	job_case_begin(s, STALE "job-text late\n");
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "await store:failed unawait finished:failed");
	assert_disk(s, "job-text late\n");
}

static void a_fallback_takes_the_place_of_a_stale_job(void **state)
{
	struct job_case *s = *state;

	s->conf.has_fallback = true;
	job_case_stand(s, WAITING);
	job_case_event(s, JOB_EV_TIME);
	job_case_saw(s, "store:stale stale unawait finished:fallback");
	assert_disk(s, "job-fallback 1\n");
	job_case_stand(s, WAITING);
	job_case_event_with(s, JOB_EV_BUILD_FAILED, JOB_END_DONE, "cancelled");
	job_case_saw(s, "store:failed unawait finished:fallback");
	job_case_stand(s, "job downloading\njob-file f3\n" ORDERED STORED);
	job_case_event_with(s, JOB_EV_DEAD_LINK, JOB_END_DONE, "HTTP 403");
	job_case_saw(s, "store:failed unawait finished:fallback");
	assert_disk(s, "job-text HTTP%20403\n");
	job_case_stand(s, ""); /* a refused order is no case for it */
	job_case_event(s, JOB_EV_TURN);
	job_case_event(s, JOB_EV_REFUSED);
	job_case_saw(s, "store:requested send store:failed unawait finished:refused");
}

/* ---- dead links ---- */

static void by_poll_what_can_never_be_had_is_not_asked_for_again(void **state)
{
	struct job_case *s = *state;

	s->conf.by = JOB_BY_POLL;
	job_case_stand(s, "job downloading\njob-file f3\n" ORDERED STORED);
	job_case_event_with(s, JOB_EV_DEAD_LINK, JOB_END_REFUSED, "too large");
	assert_disk(s, "job failed\n");
	assert_not_on_disk(s, "job-renewed");
}

static void by_poll_another_link_is_asked_for_once(void **state)
{
	struct job_case *s = *state;

	s->conf.by = JOB_BY_POLL;
	job_case_stand(s, "job downloading\njob-file f3\njob-validator x\n" ORDERED STORED);
	job_case_event(s, JOB_EV_DEAD_LINK);
	job_case_saw(s, "store:waiting await");
	assert_disk(s, "job-renewed 1\n");
	assert_not_on_disk(s, "job-link");
	assert_not_on_disk(s, "job-file");
	assert_not_on_disk(s, "job-validator");
	job_case_begin(s, buf_cstr(&s->disk));
	job_case_ready(s, LINK, false);
	job_case_event(s, JOB_EV_DOWNLOADED);
	buf_reset(&s->trace);
	job_case_event_with(s, JOB_EV_DEAD_LINK, JOB_END_DONE, "no CSV");
	job_case_saw(s, "store:failed unawait finished:failed");
}

static void a_dead_link_that_was_shared_is_nobodys(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	job_case_ready(s, LINK, true);
	assert_disk(s, "job-shared 1\n");
	job_case_event(s, JOB_EV_DEAD_LINK);
	job_case_saw(s, "store:ready kept unawait store:downloading download store:waiting await");
	assert_not_on_disk(s, "job-shared");
	job_case_ready(s, LINK, false); /* the next one is ours alone */
	job_case_event(s, JOB_EV_DEAD_LINK);
	assert_int_equal(job_case_state(s), JOB_FAILED);
}

/* ---- shared links ---- */

static void a_file_of_another_report_is_handed_over(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	job_case_ready(s, LINK, true);
	job_case_event(s, JOB_EV_DOWNLOADED);
	buf_reset(&s->trace);
	job_case_event(s, JOB_EV_HANDED_OVER);
	job_case_saw(s, "store:waiting await");
	assert_null(job_record(s->job)->file);
	assert_int_equal(job_record(s->job)->until_ms, 999999999 + CASE_TIMEOUT);
	job_case_ready(s, LINK, true);
	assert_string_equal(job_record(s->job)->file, "f2"); /* the first is not ours any more */
}

static void a_handed_file_waits_while_there_is_another(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	job_case_ready(s, LINK, true);
	job_case_event(s, JOB_EV_DOWNLOADED);
	buf_reset(&s->trace);
	assert_int_equal(job_case_hand(s, "h1"), ERR_OK);
	job_case_saw(s, "store:decoding"); /* and decoding goes on */
	assert_disk(s, "job-handed-file h1\njob-handed-bytes 77\n");
	assert_int_equal(job_case_hand(s, "h2"), ERR_EXISTS);
	job_case_event(s, JOB_EV_HANDED_OVER); /* both directions at once */
	job_case_saw(s, "store:waiting store:ready unawait store:decoding decode");
	assert_string_equal(job_record(s->job)->file, "h1");
	assert_string_equal(job_record(s->job)->links[0], "https://f.example/handed");
	assert_int_equal(job_case_hand(s, "h2"), ERR_OK);
	job_case_event(s, JOB_EV_DECODED);
	assert_string_equal(job_record(s->job)->handed_file, "h2"); /* for who removes it */
}

static void a_handed_file_stands_in_for_a_dead_link(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "job downloading\njob-file f3\n" ORDERED STORED);
	assert_int_equal(job_case_hand(s, "h1"), ERR_OK);
	job_case_event(s, JOB_EV_DEAD_LINK);
	job_case_saw(s, "store:downloading store:waiting store:ready unawait store:decoding "
	                "decode");
	job_case_event(s, JOB_EV_DEAD_LINK); /* and that one is gone, too */
	job_case_saw(s, "store:waiting await");
}

static void the_mail_of_a_link_is_kept_as_long_as_the_link(void **state)
{
	const struct str link = STR_LIT(LINK);
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	job_note_mail(s->job,
	              (struct job_mail){.uid_validity = 5, .uid = 7, .box = 1, .digest = 2});
	assert_int_equal(job_ready(s->job, &link, 1, true, s->now_ms), ERR_OK);
	job_note_mail(s->job,
	              (struct job_mail){.uid_validity = 5, .uid = 8}); /* none can come now */
	job_case_settle(s);
	assert_disk(s, "job-mail 5:7:1:2\n");
	job_case_event(s, JOB_EV_DEAD_LINK);
	assert_int_equal(job_record(s->job)->state, JOB_WAITING);
	assert_int_equal(job_record(s->job)->mail.uid, 0);
	assert_disk(s, "job-used 2\n"); /* its link is not followed again */
	assert_null(strstr(buf_cstr(&s->disk), "job-mail"));
}

static void the_newest_mails_of_an_order_are_remembered(void **state)
{
	const struct str link = STR_LIT(LINK);
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	for (uint64_t i = 1; i <= JOB_USED_MAX + 2; i++) {
		job_note_mail(s->job, (struct job_mail){.uid = 7, .digest = i});
		assert_int_equal(job_ready(s->job, &link, 1, true, s->now_ms), ERR_OK);
		job_case_settle(s);
		job_case_event(s, JOB_EV_DEAD_LINK);
	}
	assert_int_equal(job_record(s->job)->used_count, JOB_USED_MAX);
	assert_int_equal(job_record(s->job)->used[0], 3);
	assert_int_equal(job_record(s->job)->used[JOB_USED_MAX - 1], JOB_USED_MAX + 2);
}

static void a_file_handed_while_it_is_stored_is_stored_next(void **state)
{
	const struct str link = STR_LIT(LINK);
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	assert_int_equal(job_ready(s->job, &link, 1, true, s->now_ms), ERR_OK);
	assert_int_equal(job_hand(s->job, STR_EMPTY, STR_LIT("h1"), 1, s->now_ms), ERR_OK);
	job_case_saw(s, "store:ready");
	s->is_storing = false;
	job_event(s->job, JOB_EV_STORED, JOB_END_DONE, "", s->now_ms);
	job_case_saw(s, "store:ready"); /* nothing is done with the first one's links yet */
	job_case_settle(s);
	assert_disk(s, "job-handed-file h1\n");
	assert_null(job_record(s->job)->handed_link);
}

static void a_file_that_is_handed_while_an_order_fails_to_be_sent_is_used(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	assert_int_equal(job_case_hand(s, "h1"), ERR_OK);
	job_case_event(s, JOB_EV_NOT_SENT);
	job_case_saw(s, "store:requested send store:requested store:waiting store:ready unawait "
	                "store:decoding decode");
}

static void a_link_that_was_asked_for_is_not_shared(void **state)
{
	struct job_case *s = *state;

	s->conf.by = JOB_BY_POLL;
	job_case_stand(s, "job decoding\njob-renewed 1\njob-file f3\n" ORDERED STORED);
	job_case_event(s, JOB_EV_HANDED_OVER);
	job_case_saw(s, "store:failed unawait finished:failed");
	assert_null(job_record(s->job)->file);
}

/* ---- limits ---- */

static void more_links_than_can_be_stored_fail_the_job(void **state)
{
	static char path[200];
	static struct str links[JOB_LINKS_MAX];
	const struct job_acceptance a = {.links = links, .link_count = JOB_LINKS_MAX};
	struct job_case *s = *state;

	memset(path, 'x', sizeof(path));
	for (size_t i = 0; i < JOB_LINKS_MAX; i++)
		links[i] = (struct str){path, sizeof(path)};
	job_case_stand(s, WAITING);
	assert_int_equal(job_ready(s->job, links, JOB_LINKS_MAX, false, s->now_ms), ERR_OK);
	job_case_settle(s);
	job_case_saw(s, "store:failed unawait finished:failed");
	assert_disk(s, "job-text there%20are%20more%20links%20than%20can%20be%20stored\n");
	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	assert_int_equal(job_accepted(s->job, &a, s->now_ms), ERR_OK);
	job_case_settle(s);
	job_case_saw(s, "store:requested send store:failed unawait finished:failed");
	for (size_t i = 0; i < JOB_LINKS_MAX; i++)
		links[i].len = 10;
	job_case_stand(s, WAITING);
	assert_int_equal(job_ready(s->job, links, JOB_LINKS_MAX, false, s->now_ms), ERR_OK);
	job_case_settle(s);
	assert_int_equal(job_case_state(s), JOB_DOWNLOADING);
	assert_int_equal(job_hand(s->job, (struct str){path, 200}, STR_LIT("h"), 1, s->now_ms),
	                 ERR_OK);
}

static void a_handed_link_that_cannot_be_stored_is_not_taken(void **state)
{
	static char link[JOB_RECORD_MAX];
	struct job_case *s = *state;

	memset(link, 'x', sizeof(link));
	job_case_stand(s, WAITING);
	assert_int_equal(
		job_hand(s->job, (struct str){link, sizeof(link)}, STR_LIT("h"), 1, s->now_ms),
		ERR_EXISTS);
	assert_null(job_record(s->job)->handed_file);
	job_case_saw(s, "");
}

/* ---- by hand, held, notes ---- */

static void what_a_person_brings_ends_the_waiting(void **state)
{
	struct job_case *s = *state;

	s->conf.by = JOB_BY_HAND;
	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	job_case_accept(s, "");
	job_case_event(s, JOB_EV_BROUGHT);
	job_case_saw(s, "store:requested send store:accepted store:waiting await store:done "
	                "unawait finished:done");
	job_case_event(s, JOB_EV_BROUGHT); /* once */
	job_case_saw(s, "");
}

static void what_is_held_stays_as_it_is(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "");
	job_case_event(s, JOB_EV_TURN);
	job_case_accept(s, "");
	job_case_ready(s, LINK, false);
	buf_reset(&s->trace);
	job_case_event_with(s, JOB_EV_HELD, JOB_END_UNAUTHORIZED, "HTTP 401");
	job_case_saw(s, "unawait finished:unauthorized");
	assert_disk(s, "job downloading\n");
	job_case_event(s, JOB_EV_DOWNLOADED); /* it was on its way */
	job_case_saw(s, "");
	assert_int_equal(s->finished, 1);
}

static void it_can_end_while_it_is_stored(void **state)
{
	const struct str link = STR_LIT(LINK);
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	assert_int_equal(job_ready(s->job, &link, 1, false, s->now_ms), ERR_OK);
	job_event(s->job, JOB_EV_BROUGHT, JOB_END_DONE, "", s->now_ms);
	job_case_saw(s, "store:ready");
	job_case_settle(s);
	job_case_saw(s, "store:done unawait finished:done");
	job_case_stand(s, WAITING);
	assert_int_equal(job_hand(s->job, STR_EMPTY, STR_LIT("h1"), 1, s->now_ms), ERR_OK);
	job_case_settle(s);
	buf_reset(&s->trace);
	assert_int_equal(job_hand(s->job, STR_EMPTY, STR_LIT("h2"), 1, s->now_ms), ERR_OK);
	job_event(s->job, JOB_EV_HELD, JOB_END_LATER, "", s->now_ms);
	job_case_settle(s);
	job_case_saw(s, "store:decoding unawait finished:later");
}

static void a_new_validator_is_stored_at_once(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, "job downloading\njob-file f3\n" ORDERED STORED);
	assert_int_equal(job_note_file(s->job, STR_LIT("\"a\""), STR_EMPTY, 0), ERR_OK);
	job_case_settle(s);
	job_case_saw(s, "store:downloading");
	assert_disk(s, "job-validator %22a%22\n");
	assert_int_equal(job_note_file(s->job, STR_LIT("\"a\""), STR_EMPTY, 9), ERR_OK);
	job_case_saw(s, "");
	job_case_event(s, JOB_EV_DOWNLOADED);
	assert_disk(s, "job-file-bytes 9\n");
	assert_int_equal(job_note_file(s->job, STR_LIT("b"), STR_EMPTY, 0), ERR_OK); /* too late */
	assert_int_equal(job_record(s->job)->file_bytes, 9);
	job_note_place(s->job, (struct job_place){5, 2, 1});
	assert_int_equal(job_case_hand(s, "h1"), ERR_OK);
	assert_disk(s, "job-place 5 2 1\n");
}

static void notes_outside_of_their_states_are_ignored(void **state)
{
	struct job_case *s = *state;

	job_case_stand(s, WAITING);
	job_note_place(s->job, (struct job_place){5, 2, 1});
	job_note_last(s->job, s->now_ms);
	assert_int_equal(job_case_state(s), JOB_WAITING);
	assert_int_equal(job_record(s->job)->place.offset, 0);
	job_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, job_case_set_up, job_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_step_is_stored_before_it_is_taken),
		TEST(nothing_is_done_before_it_is_on_disk),
		TEST(an_answer_can_be_the_report),
		TEST(an_answer_can_have_the_link),
		TEST(it_can_be_ready_without_a_link),
		TEST(parts_are_fetched_one_behind_the_other),
		TEST(what_came_of_an_order_is_told),
		TEST(a_restart_goes_on_and_orders_nothing),
		TEST(an_order_that_was_under_way_is_unsure),
		TEST(what_failed_is_ordered_anew),
		TEST(a_fallback_goes_on_after_a_restart),
		TEST(what_came_meanwhile_is_looked_for),
		TEST(a_wrong_clock_does_not_make_it_wait_forever),
		TEST(an_order_is_as_old_as_before_when_the_clock_is_set),
		TEST(what_does_not_wait_is_not_stored_for_the_clock),
		TEST(a_clock_set_before_all_times_is_the_earliest),
		TEST(a_setting_while_it_is_stored_is_stored_next),
		TEST(one_from_the_future_begins_to_age_when_it_is_adopted),
		TEST(an_unsure_order_is_sent_once_more_and_never_again),
		TEST(a_sign_makes_an_order_sure),
		TEST(a_link_that_may_be_of_another_is_none),
		TEST(a_repeated_order_that_was_not_sent_leaves_the_first),
		TEST(a_repeated_order_is_not_wanted_when_a_file_is_handed),
		TEST(a_stale_job_without_fallback_is_waited_for),
		TEST(a_fallback_takes_the_place_of_a_stale_job),
		TEST(by_poll_what_can_never_be_had_is_not_asked_for_again),
		TEST(by_poll_another_link_is_asked_for_once),
		TEST(a_dead_link_that_was_shared_is_nobodys),
		TEST(a_file_of_another_report_is_handed_over),
		TEST(a_handed_file_waits_while_there_is_another),
		TEST(a_handed_file_stands_in_for_a_dead_link),
		TEST(the_mail_of_a_link_is_kept_as_long_as_the_link),
		TEST(the_newest_mails_of_an_order_are_remembered),
		TEST(a_file_handed_while_it_is_stored_is_stored_next),
		TEST(a_file_that_is_handed_while_an_order_fails_to_be_sent_is_used),
		TEST(a_link_that_was_asked_for_is_not_shared),
		TEST(more_links_than_can_be_stored_fail_the_job),
		TEST(a_handed_link_that_cannot_be_stored_is_not_taken),
		TEST(what_a_person_brings_ends_the_waiting),
		TEST(what_is_held_stays_as_it_is),
		TEST(it_can_end_while_it_is_stored),
		TEST(a_new_validator_is_stored_at_once),
		TEST(notes_outside_of_their_states_are_ignored),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}

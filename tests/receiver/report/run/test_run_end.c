/* SPDX-License-Identifier: MIT */
/* How a run ends other than well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

static int setup(void **state)
{
	static struct scene s;

	scene_open(&s, place_fresh());
	s.spec.window.step_ms = 0;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	scene_close(*state);
	return 0;
}

/* What the vendor's way to fail becomes; the second page fails. */
static const struct {
	enum vendor_end vendor;
	enum report_end report;
	uint64_t retry_ms;
} ends[] = {
	{VENDOR_REFUSED, REPORT_REFUSED, 0},
	{VENDOR_UNAUTHORIZED, REPORT_UNAUTHORIZED, 0},
	{VENDOR_FAILED, REPORT_FAILED, 0},
	{VENDOR_LATER, REPORT_LATER, 4711},
};

static size_t end_now;

static void fail_at_page_2(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	scene_book(arg, r, answer);
	if (strcmp(r->page, "2") != 0)
		return;
	answer->result.end = ends[end_now].vendor;
	answer->result.retry_ms = ends[end_now].retry_ms;
	(void)snprintf(answer->result.text, sizeof(answer->result.text), "no more of this");
}

static void every_end_of_a_call_has_its_end_of_the_run(void **state)
{
	struct scene *s = *state;

	scene_answer(s, fail_at_page_2);
	for (end_now = 0; end_now < sizeof(ends) / sizeof(ends[0]); end_now++) {
		const struct report_value value = {
			"campaign", ends[end_now].report == REPORT_LATER ? "later" : "other"};

		s->conf.values = &value; /* a checkpoint of its own */
		s->conf.value_count = end_now == 0 || ends[end_now].report == REPORT_LATER;
		scene_set_checkpoint(s, "");
		assert_int_equal(scene_run(s), ends[end_now].report);
		assert_string_equal(s->result.text, "no more of this");
		assert_int_equal(s->result.retry_ms, ends[end_now].retry_ms);
		assert_int_equal(s->result.progress.pages, 1); /* the first one is committed */
		assert_non_null(strstr(scene_checkpoint(s), "cursor page:2"));
		assert_null(strstr(scene_checkpoint(s), "watermark"));
	}
	assert_int_equal(scene_count(s, "\"id\""), 8);
}

static void a_request_that_cannot_be_written_is_refused(void **state)
{
	struct scene *s = *state;

	s->vendor.send_result = ERR_NOENT;
	assert_int_equal(scene_run(s), REPORT_REFUSED);
	assert_non_null(strstr(s->result.text, "no value"));
	s->vendor.send_result = ERR_INVAL;
	assert_int_equal(scene_run(s), REPORT_REFUSED);
	s->vendor.send_result = ERR_NOMEM;
	assert_int_equal(scene_run(s), REPORT_FAILED);
}

static void loop_values_have_a_limit(void **state)
{
	static char text[600];
	const struct report_value value = {"campaign", text};
	struct scene *s = *state;

	memset(text, 'x', sizeof(text) - 1);
	s->conf.values = &value;
	s->conf.value_count = 1;
	assert_int_equal(scene_run(s), REPORT_REFUSED);
	assert_non_null(strstr(s->result.text, "too long"));
	assert_int_equal(s->vendor.sent, 0);
}

/* ---- cancelling ---- */

static void cancelled_at_once_it_asks_nothing(void **state)
{
	struct scene *s = *state;

	scene_start(s);
	report_run_cancel(s->run);
	assert_int_equal(s->done_count, 0); /* not within */
	scene_finish(s);
	assert_int_equal(s->result.end, REPORT_CANCELED);
	assert_int_equal(s->vendor.sent, 0);
}

static void cancelled_during_a_call_it_ends_the_call(void **state)
{
	struct scene *s = *state;

	s->vendor.is_held = true;
	scene_start(s);
	scene_wait(s, &s->vendor.sent, 1);
	report_run_cancel(s->run);
	report_run_cancel(s->run);
	scene_finish(s);
	assert_int_equal(s->result.end, REPORT_CANCELED);
	assert_int_equal(s->vendor.canceled, 1);
}

static size_t steps, cancel_at;

static void cancel_at_step(struct scene *s)
{
	if (++steps == cancel_at && s->run != NULL)
		report_run_cancel(s->run);
}

static void it_can_be_cancelled_at_every_step(void **state)
{
	struct scene *s = *state;
	enum report_end end = REPORT_CANCELED;

	s->spec.window.step_ms = (uint64_t)HOUR_MS;
	s->on_step = cancel_at_step;
	for (cancel_at = 1; end != REPORT_DONE; cancel_at++) {
		const struct report_value value = {"campaign", "c"};
		size_t rows;

		s->conf.values = &value;
		s->conf.value_count = 1;
		steps = 0;
		scene_set_checkpoint(s, "");
		(void)scene_take(s, "\"id\"");
		end = scene_run(s);
		rows = s->result.progress.rows;
		steps = cancel_at; /* no more */
		assert_int_equal(scene_count(s, "\"id\""), rows);
		assert_true(end == REPORT_CANCELED || end == REPORT_DONE);
		assert_in_range(cancel_at, 1, 1000);
	}
	assert_int_equal(s->result.progress.rows, 18);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_end_of_a_call_has_its_end_of_the_run),
		TEST(a_request_that_cannot_be_written_is_refused),
		TEST(loop_values_have_a_limit),
		TEST(cancelled_at_once_it_asks_nothing),
		TEST(cancelled_during_a_call_it_ends_the_call),
		TEST(it_can_be_cancelled_at_every_step),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}

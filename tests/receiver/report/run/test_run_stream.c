/* SPDX-License-Identifier: MIT */
/* Streams: slices, pauses, and streams that break off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

static unsigned values;     /* of a stream */
static size_t value_bytes;  /* padding of each */
static const char *tail;    /* behind them */
static enum vendor_end end; /* of the call */

static void streamed(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	char *padding = calloc(1, value_bytes + 1);

	(void)arg;
	assert_non_null(padding);
	memset(padding, 'x', value_bytes);
	for (unsigned i = 0; i < values; i++) {
		(void)buf_printf(&answer->body, "\x1e{\"id\":\"%s/%u\",\n \"p\":\"%s\"}\n", r->from,
		                 i, padding);
	}
	(void)buf_append_str(&answer->body, str_from(tail));
	answer->result.end = end;
	if (end != VENDOR_OK) {
		(void)snprintf(answer->result.text, sizeof(answer->result.text),
		               "the connection was cut");
	}
	free(padding);
}

static int setup(void **state)
{
	static struct scene s;

	scene_open(&s, place_fresh());
	s.spec.is_stream = true;
	s.spec.window.step_ms = 0;
	s.spec.source.decode = (struct decode_spec){.as = DECODE_JSON_STREAM};
	s.spec.page = (struct page_spec){.kind = PAGE_NONE};
	s.vendor.chunk = 16384;
	scene_answer(&s, streamed);
	values = 1000;
	value_bytes = 2000;
	tail = "";
	end = VENDOR_OK;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	scene_close(*state);
	return 0;
}

static void a_stream_is_committed_slice_by_slice(void **state)
{
	struct scene *s = *state;
	struct buf b;

	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->vendor.sent, 1);
	assert_false(s->vendor.last.has_again); /* slices cannot be taken back */
	assert_int_equal(s->result.progress.rows, 1000);
	assert_int_equal(s->result.progress.pages, 8); /* 2 MB in slices of 256 KiB */
	buf_init(&b, (size_t)1 << 24);
	assert_int_equal(scene_journal(s, &b), 8);
	buf_fini(&b);
	assert_int_equal(scene_count(s, "\"id\""), 1000);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

static size_t held_at;

static void note_held(struct scene *s)
{
	/* Bytes that were given and are not committed: a few slices, not all of the stream. */
	if (s->vendor.resumed > held_at)
		held_at = s->vendor.resumed;
}

static void the_vendor_waits_for_the_disk(void **state)
{
	struct scene *s = *state;

	held_at = 0;
	values = 5000;
	s->on_step = note_held;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_true(held_at > 0);
	assert_int_equal(s->result.progress.rows, 5000);
	assert_int_equal(scene_count(s, "\"id\""), 5000);
}

static void a_short_or_empty_stream_is_whole(void **state)
{
	struct scene *s = *state;

	values = 2;
	value_bytes = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->result.progress.rows, 2);
	assert_int_equal(s->result.progress.pages, 1);
	values = 0;
	scene_set_now(SCENE_NOW + 1000);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->result.progress.rows, 0);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354001000\n");
	assert_int_equal(scene_count(s, "\"id\""), 2);
}

static void an_unfinished_value_is_dropped_and_the_window_asked_again(void **state)
{
	struct scene *s = *state;

	tail = "{\"id\":\"half\",";
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_non_null(strstr(s->result.text, "within a record"));
	assert_int_equal(scene_count(s, "\"id\""), 1000);
	assert_int_equal(scene_count(s, "half"), 0);
	assert_string_equal(scene_checkpoint(s), "");
	tail = "";
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->vendor.sent, 2);
	assert_int_equal(scene_count(s, "\"id\""), 2000);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

static void a_connection_that_was_cut_between_values_is_no_end(void **state)
{
	struct scene *s = *state;

	end = VENDOR_FAILED;
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_string_equal(s->result.text, "the connection was cut");
	assert_int_equal(scene_count(s, "\"id\""), 1000);
	assert_string_equal(scene_checkpoint(s), "");
}

static void what_is_no_stream_fails(void **state)
{
	struct scene *s = *state;

	values = 0;
	tail = "<html>Log in</html>";
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_non_null(strstr(s->result.text, "no stream"));
	assert_int_equal(scene_count(s, "html"), 0);
}

static void a_value_has_a_limit(void **state)
{
	struct scene *s = *state;

	values = 1;
	value_bytes = (size_t)1024 * 1024;
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_non_null(strstr(s->result.text, "too long"));
	assert_int_equal(s->vendor.canceled, 1);
	value_bytes = (size_t)1024 * 1024 - 100;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->result.progress.rows, 1);
}

static void windows_follow_each_other(void **state)
{
	struct scene *s = *state;

	s->spec.window.step_ms = (uint64_t)HOUR_MS;
	values = 3;
	value_bytes = 1;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(s->vendor.sent, 3);
	assert_int_equal(scene_count(s, "\"id\""), 9);
	assert_string_equal(scene_checkpoint(s), "report 1\nwatermark 1725354000000\n");
}

static void cancel_during(struct scene *s)
{
	if (s->progress.pages == 3 && s->run != NULL)
		report_run_cancel(s->run);
}

static void it_can_be_cancelled(void **state)
{
	struct scene *s = *state;

	values = 5000;
	s->on_step = cancel_during;
	assert_int_equal(scene_run(s), REPORT_CANCELED);
	assert_in_range(s->result.progress.pages, 3, 5);
	assert_int_equal(s->vendor.canceled, 1);
	s->on_step = NULL;
	assert_int_equal(scene_count(s, "\"id\""), s->result.progress.rows);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stream_is_committed_slice_by_slice),
		TEST(the_vendor_waits_for_the_disk),
		TEST(a_short_or_empty_stream_is_whole),
		TEST(an_unfinished_value_is_dropped_and_the_window_asked_again),
		TEST(a_connection_that_was_cut_between_values_is_no_end),
		TEST(what_is_no_stream_fails),
		TEST(a_value_has_a_limit),
		TEST(windows_follow_each_other),
		TEST(it_can_be_cancelled),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}

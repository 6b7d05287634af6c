/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/run/run_checkpoint.h"

static char *copy(const char *text)
{
	char *dup = strdup(text);

	assert_non_null(dup);
	return dup;
}

static void assert_text(const struct run_checkpoint *c, const char *wanted)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(run_checkpoint_write(c, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), wanted);
	buf_fini(&b);
}

static void what_is_written_is_read_again(void **state)
{
	static const char text[] =
		"report 1\nwatermark 1725353700000\ndeep 1725350000000\n"
		"same 2%0A50\nwindow 5 1725357300000\nbegun-deep 7\n"
		"first %C3%A4%25\npages 6\ncursor link:https:%2F%2Fv.example%2F%3Fa\n";
	struct run_checkpoint c = {.watermark_ms = 1725353700000,
	                           .deep_ms = 1725350000000,
	                           .has_window = true,
	                           .from_ms = 5,
	                           .to_ms = 1725357300000,
	                           .begun_deep_ms = 7,
	                           .pages = 6};

	(void)state;
	c.same = copy("2\n50");
	c.first = copy("\xc3\xa4%");
	c.cursor = copy("link:https://v.example/?a");
	assert_text(&c, text);
	run_checkpoint_fini(&c);
	assert_int_equal(run_checkpoint_read(str_from(text), &c), ERR_OK);
	assert_text(&c, text);
	assert_string_equal(c.same, "2\n50");
	assert_string_equal(c.cursor, "link:https://v.example/?a");
	run_checkpoint_fini(&c);
}

static void no_text_is_the_very_beginning(void **state)
{
	struct run_checkpoint c = {.watermark_ms = 9};

	(void)state;
	assert_int_equal(run_checkpoint_read(STR_EMPTY, &c), ERR_OK);
	assert_int_equal(c.watermark_ms, 0);
	assert_false(c.has_window);
	assert_text(&c, "report 1\n");
}

static void what_ended_well_has_no_window(void **state)
{
	struct run_checkpoint c = {.has_window = true, .from_ms = 1, .to_ms = 2, .pages = 4};

	(void)state;
	c.cursor = copy("page:5");
	c.first = copy("250");
	c.watermark_ms = 2;
	run_checkpoint_end(&c);
	assert_text(&c, "report 1\nwatermark 2\n");
}

static void a_report_without_windows_keeps_its_page(void **state)
{
	static const char text[] = "report 1\nwindow 0 0\npages 3\ncursor page:4\n";
	struct run_checkpoint c;

	(void)state;
	assert_int_equal(run_checkpoint_read(str_from(text), &c), ERR_OK);
	assert_true(c.has_window);
	assert_int_equal(c.pages, 3);
	assert_text(&c, text);
	run_checkpoint_fini(&c);
}

#define ID_A "000102030405060708090a0b0c0d0e0f"
#define ID_B "ffeeddccbbaa99887766554433221100"

static void claims_are_written_and_read_again(void **state)
{
	static const char text[] = "report 1\nwatermark 9\nsame 2\nclaims 5 " ID_A ":2," ID_B
				   ":4294967295\nwindow 5 17\n";
	struct run_checkpoint c;

	(void)state;
	assert_int_equal(run_checkpoint_read(str_from(text), &c), ERR_OK);
	assert_int_equal(c.claims_from_ms, 5);
	assert_int_equal(c.claims.count, 2);
	assert_int_equal(c.claims.list[0].id[15], 15);
	assert_int_equal(c.claims.list[1].id[0], 255);
	assert_int_equal(c.claims.list[1].count, UINT32_MAX);
	assert_text(&c, text);
	run_checkpoint_end(&c); /* they outlive the run */
	assert_text(&c, "report 1\nwatermark 9\nsame 2\nclaims 5 " ID_A ":2," ID_B ":4294967295\n");
	run_checkpoint_fini(&c);
	assert_text(&c, "report 1\n");
}

static void as_many_claims_are_read_as_are_written(void **state)
{
	struct run_checkpoint c = {.claims = {.count = ORDINALS_CLAIMS_MAX}};
	struct run_checkpoint again;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ORDINALS_CLAIMS_MAX; i++)
		c.claims.list[i].count = UINT32_MAX;
	buf_init(&b, 65536);
	assert_int_equal(run_checkpoint_write(&c, &b), ERR_OK);
	assert_int_equal(run_checkpoint_read(buf_str(&b), &again), ERR_OK);
	assert_int_equal(again.claims.count, ORDINALS_CLAIMS_MAX);
	b.len--; /* one more */
	(void)buf_append_str(&b, STR_LIT("," ID_A ":2\n"));
	assert_int_equal(run_checkpoint_read(buf_str(&b), &again), ERR_PARSE);
	buf_fini(&b);
}

static void the_record_of_a_job_stands_behind_all_others(void **state)
{
	static const char with_window[] =
		"report 1\nwatermark 9\nwindow 5 17\npages 2\ncursor page:3\njob stale\n"
		"job-ordered 6\njob-orders 1\njob-fallback 1\njob-id a%20b\n";
	static const char without[] =
		"report 1\nwatermark 9\njob stale\njob-ordered 6\njob-orders 1\njob-fallback 1\n"
		"job-id a%20b\n";
	static const char done[] = "report 1\nwatermark 9\njob done\njob-ordered 6\njob-since 7\n";
	struct run_checkpoint c;

	(void)state;
	assert_int_equal(run_checkpoint_read(str_from(with_window), &c), ERR_OK);
	assert_int_equal(c.job.state, JOB_STALE);
	assert_string_equal(c.job.id, "a b");
	assert_text(&c, with_window);
	run_checkpoint_end(&c); /* it tells of the order until there is another one */
	assert_text(&c, without);
	run_checkpoint_fini(&c);
	assert_text(&c, "report 1\n");
	assert_int_equal(run_checkpoint_read(str_from(without), &c), ERR_OK);
	assert_text(&c, without);
	run_checkpoint_fini(&c);
	assert_int_equal(run_checkpoint_read(str_from(done), &c), ERR_OK);
	assert_int_equal(c.job.state, JOB_DONE);
	assert_int_equal(c.job.ordered_ms, 6);
	assert_text(&c, done);
	run_checkpoint_fini(&c);
	/* Lines of a later version are passed over. */
	assert_int_equal(run_checkpoint_read(STR_LIT("report 1\njob failed\njob-colour red\n"), &c),
	                 ERR_OK);
	assert_int_equal(c.job.state, JOB_FAILED);
	run_checkpoint_fini(&c);
}

static void damaged_texts_are_refused(void **state)
{
	static const char *const texts[] = {
		"\n",
		"report 2\n",
		"report 1",                     /* cut off */
		"report 1\nwatermark 17253537", /* likewise */
		"report 1\nwatermark -1\n",
		"report 1\nwatermark 1 \n",
		"report 1\nwatermark 253402300800000\n", /* year 10000 */
		"report 1\nwatermark 99999999999999999999999\n",
		"report 1\nwatermark\n",
		"report 1\n\n",
		"report 1\ncolour red\n",
		"report 1\nwatermark 1\nwatermark 1\n",
		"report 1\ndeep 1\nwatermark 1\n", /* another order */
		"report 1\nwindow 1\n",
		"report 1\nwindow 2 1\n",
		"report 1\nwindow 1 2 3\n",
		"report 1\ncursor page:4\n", /* of no window */
		"report 1\nwindow 1 2\npages 4294967296\n",
		"report 1\nwindow 1 2\ncursor a%0\n",
		"report 1\nwindow 1 2\ncursor a%0g\n",
		"report 1\nwindow 1 2\ncursor a%00b\n",
		"report 1\nsame a b\n",
		"report 1\nsame \x01\n",
		"{\"watermark\":1}\n",
		"report 1\nclaims\n",
		"report 1\nclaims 5\n",
		"report 1\nclaims 5 \n",
		"report 1\nclaims " ID_A ":2\n",
		"report 1\nclaims 5 " ID_A "\n",
		"report 1\nclaims 5 " ID_A ":\n",
		"report 1\nclaims 5 " ID_A ":4294967296\n",
		"report 1\nclaims 5 " ID_A ":2,\n",
		"report 1\nclaims 5 " ID_A "0:2\n",
		"report 1\nclaims 5 00" ID_A ":2\n",
		"report 1\nclaims 5 0g0102030405060708090a0b0c0d0e0f:2\n",
		"report 1\nwindow 5 6\nclaims 5 " ID_A ":2\n", /* another order */
		"report 1\nwindow 5 6\njob waiting\npages 2\n",
		"report 1\njob stale\nwindow 5 6\n",
		"report 1\njob waiting\n",
		"report 1\njob hungry\n",
		"report 1\njob waiting\njob-ordered soon\n",
		"report 1\njob\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct run_checkpoint c = {.watermark_ms = 77};

		if (run_checkpoint_read(str_from(texts[i]), &c) != ERR_PARSE)
			fail_msg("it is read: %s", texts[i]);
		assert_int_equal(c.watermark_ms, 77); /* untouched */
	}
}

static void every_cut_of_a_text_is_refused_or_ends_at_a_line(void **state)
{
	static const char text[] = "report 1\nwatermark 17\nsame 2\nwindow 5 17\ncursor page:2\n";

	(void)state;
	for (size_t len = 1; len < sizeof(text) - 1; len++) {
		struct run_checkpoint c = {.watermark_ms = 0};
		enum err err = run_checkpoint_read((struct str){text, len}, &c);

		assert_int_equal(err, text[len - 1] == '\n' ? ERR_OK : ERR_PARSE);
		run_checkpoint_fini(&c);
	}
}

static void texts_that_are_too_long_are_none(void **state)
{
	char long_text[RUN_SAME_MAX + 1];
	char *text = copy("before");

	(void)state;
	memset(long_text, 'a', sizeof(long_text));
	assert_int_equal(
		run_checkpoint_text(&text, (struct str){long_text, RUN_SAME_MAX}, RUN_SAME_MAX),
		ERR_OK);
	assert_int_equal(strlen(text), RUN_SAME_MAX);
	assert_int_equal(
		run_checkpoint_text(&text, (struct str){long_text, RUN_SAME_MAX + 1}, RUN_SAME_MAX),
		ERR_OK);
	assert_null(text);
	assert_int_equal(run_checkpoint_text(&text, STR_LIT("a\0b"), 9), ERR_OK);
	assert_null(text);
}

static void the_longest_texts_fit_the_store(void **state)
{
	static char cursor[RUN_CURSOR_MAX];
	struct run_checkpoint c = {.has_window = true, .claims = {.count = ORDINALS_CLAIMS_MAX}};
	struct buf b;

	(void)state;
	memset(cursor, '/', sizeof(cursor)); /* three bytes each */
	assert_int_equal(run_checkpoint_text(&c.cursor, (struct str){cursor, sizeof(cursor)},
	                                     RUN_CURSOR_MAX),
	                 ERR_OK);
	assert_int_equal(
		run_checkpoint_text(&c.same, (struct str){cursor, RUN_SAME_MAX}, RUN_SAME_MAX),
		ERR_OK);
	assert_int_equal(
		run_checkpoint_text(&c.first, (struct str){cursor, RUN_SAME_MAX}, RUN_SAME_MAX),
		ERR_OK);
	buf_init(&b, (size_t)64 * 1024);
	assert_int_equal(run_checkpoint_write(&c, &b), ERR_OK);
	assert_in_range(b.len - 3 * sizeof(cursor), 0, 12288);
	buf_fini(&b);
	run_checkpoint_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(no_text_is_the_very_beginning),
		cmocka_unit_test(what_ended_well_has_no_window),
		cmocka_unit_test(a_report_without_windows_keeps_its_page),
		cmocka_unit_test(claims_are_written_and_read_again),
		cmocka_unit_test(as_many_claims_are_read_as_are_written),
		cmocka_unit_test(the_record_of_a_job_stands_behind_all_others),
		cmocka_unit_test(damaged_texts_are_refused),
		cmocka_unit_test(every_cut_of_a_text_is_refused_or_ends_at_a_line),
		cmocka_unit_test(texts_that_are_too_long_are_none),
		cmocka_unit_test(the_longest_texts_fit_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

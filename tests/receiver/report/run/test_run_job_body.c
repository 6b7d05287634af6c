/* SPDX-License-Identifier: MIT */
/* Orders that are answered with the report itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/run/order_scene.h"
#include "tests/store/place.h"

static int setup(void **state)
{
	static struct order_scene j;

	*order_world() = (struct order_world){.orders = 0};
	order_scene_open(&j, place_fresh());
	*state = &j;
	return 0;
}

static int teardown(void **state)
{
	order_scene_close(*state);
	return 0;
}

static void one_that_is_small(void **state)
{
	struct order_scene *j = *state;

	j->result = (struct vendor_result){.status = 200, .media_type = STR_LIT("text/csv")};
	j->body = STR_LIT("id\n1\n2\n");
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(j->s.result.progress.rows, 2);
	assert_int_equal(fake_jobs.downloads, 0);
	assert_int_equal(fake_jobs.waits, 0);
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(order_scene_files(j), 0);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n" LAST_DONE);
}

static const char lines[] =
	"1234567,abcdefghijklmnopqrstuvwxyz\n2345678,zyxwvutsrqponmlkjihgfedcba\n";

static void one_that_is_large_goes_to_the_disk_as_it_comes(void **state)
{
	struct order_scene *j = *state;

	j->result = (struct vendor_result){.status = 200, .media_type = STR_LIT("text/csv")};
	j->body = str_from(lines);
	j->body_times = 60000; /* 4 MB, without a header that is ours */
	j->s.vendor.chunk = 16384;
	assert_int_equal(order_scene_run(j), REPORT_FAILED);
	assert_int_equal(order_scene_files(j), 0);
}

static void stopped_while_it_is_cut_it_goes_on_with_the_file(void **state)
{
	struct order_scene *j = *state;
	static char csv[2000000];
	size_t len = (size_t)snprintf(csv, sizeof(csv), "id,x\n");

	for (int i = 0; i < 40000; i++)
		len += (size_t)snprintf(csv + len, sizeof(csv) - len, "%d,%030d\n", i, i);
	j->result = (struct vendor_result){.status = 200, .media_type = STR_LIT("text/csv")};
	j->body = (struct str){csv, len};
	j->s.vendor.chunk = 16384;
	order_scene_start(j);
	scene_wait(&j->s, &j->s.progress.pages, 2);
	report_run_cancel(j->s.run);
	scene_finish(&j->s);
	assert_int_equal(order_scene_files(j), 1);
	assert_non_null(strstr(scene_checkpoint(&j->s), "job decoding\n"));
	assert_non_null(strstr(scene_checkpoint(&j->s), "job-place "));
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_int_equal(scene_count(&j->s, ",0000"), 40000);
	assert_int_equal(order_scene_files(j), 0);
}

static void one_that_cannot_be_written_is_asked_for_later(void **state)
{
	struct order_scene *j = *state;

	j->conf.folder = "/dev/null/downloads";
	j->result = (struct vendor_result){.status = 200};
	j->body = STR_LIT("id\n1\n");
	assert_int_equal(order_scene_run(j), REPORT_LATER);
	assert_non_null(strstr(j->s.result.text, "cannot be written"));
	assert_null(strstr(scene_checkpoint(&j->s), "job"));
	j->conf.folder = j->folder;
	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(scene_count(&j->s, "_csv="), 1);
}

static void one_that_is_empty_is_refused(void **state)
{
	struct order_scene *j = *state;

	j->result = (struct vendor_result){.status = 200};
	assert_int_equal(order_scene_run(j), REPORT_REFUSED);
	assert_int_equal(order_scene_files(j), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_that_is_small),
		TEST(one_that_is_large_goes_to_the_disk_as_it_comes),
		TEST(stopped_while_it_is_cut_it_goes_on_with_the_file),
		TEST(one_that_cannot_be_written_is_asked_for_later),
		TEST(one_that_is_empty_is_refused),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}

/* SPDX-License-Identifier: MIT */
/* Files that an order left behind: only those that are surely nobody's are removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "receiver/report/run/run_checkpoint.h"
#include "tests/receiver/report/reports_scene.h"

#define NAME_OLD   "00000000000000000000000000000001"
#define NAME_YOUNG "00000000000000000000000000000002"
#define NAME_OURS  "00000000000000000000000000000003"
#define NAME_TAKEN "00000000000000000000000000000004"
#define NAME_LINK  "00000000000000000000000000000005"
#define NAME_DIR   "00000000000000000000000000000006"
#define DAY_S      86400

static struct job_spec order;
static char folder[32];

static void path_of(const char *name, char ret_path[128])
{
	(void)snprintf(ret_path, 128, "%s/%s", folder, name);
}

static void touch(const char *name, int64_t age_s)
{
	char path[128];
	const struct timespec time = {.tv_sec = FAKE_WALL_MS / 1000 - age_s};
	const struct timespec times[2] = {time, time};
	FILE *file;

	path_of(name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fclose(file);
	assert_int_equal(utimensat(-1, path, times, 0), 0);
}

static bool is_there(const char *name)
{
	char path[128];
	struct stat st;

	path_of(name, path);
	return lstat(path, &st) == 0;
}

static int setup(void **state)
{
	const struct reports_conf conf = {.folder = folder};
	char path[128];

	if (scene_setup(state) != 0)
		return -1;
	reports_free(scene.reports);
	(void)snprintf(folder, sizeof(folder), "/tmp/campaign2mqtt-XXXXXX");
	if (mkdtemp(folder) == NULL || reports_new(&conf, &scene.reports) != ERR_OK)
		return -1;
	order = (struct job_spec){.by = READY_POLL, .parallel = 1};
	scene_report.job = &order;
	touch(NAME_OLD, 8 * DAY_S);
	touch(NAME_YOUNG, 6 * DAY_S);
	touch(NAME_OURS, 8 * DAY_S);
	touch(NAME_TAKEN, 8 * DAY_S);
	touch("notes.txt", 8 * DAY_S);
	touch("0000000000000000000000000000000G", 8 * DAY_S);
	path_of(NAME_LINK, path);
	assert_int_equal(symlink("notes.txt", path), 0);
	path_of(NAME_DIR, path);
	assert_int_equal(mkdir(path, 0700), 0);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {NAME_OLD,    NAME_YOUNG,
	                                    NAME_OURS,   NAME_TAKEN,
	                                    "notes.txt", "0000000000000000000000000000000G",
	                                    NAME_LINK};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		(void)unlink(path);
	}
	path_of(NAME_DIR, path);
	(void)rmdir(path);
	assert_int_equal(rmdir(folder), 0);
	return scene_teardown(state);
}

static void keep_record(const char *key)
{
	char file[] = NAME_OURS;
	char handed[] = NAME_TAKEN;
	const struct run_checkpoint at = {.has_window = true,
	                                  .from_ms = 1,
	                                  .to_ms = 2,
	                                  .job = {.state = JOB_DECODING,
	                                          .ordered_ms = 1,
	                                          .orders = 1,
	                                          .file = file,
	                                          .handed_file = handed}};
	struct buf text;

	buf_init(&text, 4096);
	assert_int_equal(run_checkpoint_write(&at, &text), ERR_OK);
	fake_keep(key, buf_cstr(&text));
	buf_fini(&text);
}

static void only_old_files_of_nobody_are_removed(void **state)
{
	(void)state;
	keep_record("report/acme/clicks/message=1&type=opens");
	scene_set("acme", 1, "1,2", 1);
	fake_pass(1000);
	assert_true(is_there(NAME_OLD)); /* not before the start */
	reports_start(scene.reports);
	fake_pass(1000);
	assert_false(is_there(NAME_OLD));
	assert_true(is_there(NAME_YOUNG));
	assert_true(is_there(NAME_OURS));
	assert_true(is_there(NAME_TAKEN));
	assert_true(is_there("notes.txt"));
	assert_true(is_there("0000000000000000000000000000000G"));
	assert_true(is_there(NAME_LINK));
	assert_true(is_there(NAME_DIR));
}

static void nothing_is_removed_before_all_orders_are_loaded(void **state)
{
	(void)state;
	fake.holds_store = true;
	scene_set("acme", 1, "1,2", 1);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_true(is_there(NAME_OLD));
	fake_release_store();
	fake.holds_store = false;
	fake_pass(10000);
	assert_false(is_there(NAME_OLD));
}

static void nothing_is_removed_before_a_list_is_known(void **state)
{
	static const char *const one[] = {"1"};
	static const struct list_spec list = {.name = "campaigns", .every_ms = 900000};
	struct report_account account = scene_account("acme", 1, NULL, 0);

	(void)state;
	scene.loops[0][0] =
		(struct report_loop){.name = "campaign", .kind = EACH_LIST, .list = &list};
	scene.plans[0].loops = scene.loops[0];
	scene.plans[0].loop_count = 1;
	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_true(is_there(NAME_OLD));
	fake_list(one, 1);
	fake_pass(10000);
	assert_false(is_there(NAME_OLD));
}

static void what_an_order_that_is_done_has_left_is_removed_at_once(void **state)
{
	char file[] = NAME_YOUNG;
	char handed[] = NAME_TAKEN;
	const struct run_checkpoint at = {.job = {.state = JOB_DONE,
	                                          .ordered_ms = 1,
	                                          .since_ms = 1,
	                                          .file = file,
	                                          .handed_file = handed}};
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	assert_int_equal(run_checkpoint_write(&at, &text), ERR_OK);
	fake_keep("report/acme/clicks/message=1&type=opens", buf_cstr(&text));
	buf_fini(&text);
	scene_set("acme", 1, "1,2", 1);
	reports_start(scene.reports);
	fake_pass(1000);
	assert_false(is_there(NAME_YOUNG));
	assert_false(is_there(NAME_TAKEN));
}

static void a_folder_that_is_not_there_is_no_trouble(void **state)
{
	const struct reports_conf conf = {.folder = "/nowhere/downloads"};

	(void)state;
	reports_free(scene.reports);
	assert_int_equal(reports_new(&conf, &scene.reports), ERR_OK);
	scene_set("acme", 1, NULL, 0);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake.run_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_old_files_of_nobody_are_removed),
		TEST(nothing_is_removed_before_all_orders_are_loaded),
		TEST(nothing_is_removed_before_a_list_is_known),
		TEST(what_an_order_that_is_done_has_left_is_removed_at_once),
		TEST(a_folder_that_is_not_there_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

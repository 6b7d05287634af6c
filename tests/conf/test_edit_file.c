/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "conf/edit.h"
#include "conf_text.h"
#include "tests/folder.h"

#define BEFORE                                                                          \
	"listen: [{address: \"127.0.0.1:8080\"}]\naccounts:\n- vendor: everlytic\n"     \
	"  webhooks:\n  - webhook: sms\n    auth:\n      basic:\n      - username: a\n" \
	"        password_hash: \"${file:secrets/a}\"\n"

static const struct conf_edit edit = {.username = "new", .password_hash = HASH};

static struct stat stat_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st;
}

static void the_file_is_replaced_with_its_mode_and_the_link_stays(void **state)
{
	struct folder folder;
	struct conf *conf = NULL;
	struct err_detail detail = {.line = 0};
	const char *path, *link;
	struct stat st;

	(void)state;
	folder_open(&folder);
	folder_add(&folder, "real");
	path = folder_put(&folder, "real/c.yaml", BEFORE);
	folder_add(&folder, "secrets");
	(void)folder_put(&folder, "secrets/a", HASH);
	assert_int_equal(chmod(path, 0640), 0);
	link = folder_name(&folder, "c.yaml");
	assert_int_equal(symlink("real/c.yaml", link), 0);
	assert_int_equal(conf_edit_file(link, &edit, &detail), ERR_OK);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat_of(path).st_mode & 07777, 0640);
	assert_int_equal(conf_load(link, NULL, NULL, &conf, NULL), ERR_OK);
	assert_int_equal(conf->accounts[0].webhooks[0].basic_count, 2);
	assert_string_equal(conf->accounts[0].webhooks[0].basic[0].username, "new");
	assert_string_equal(conf->accounts[0].webhooks[0].basic[1].username, "a");
	conf_free(conf);
	folder_close(&folder); /* nothing else was left there */
}

static void what_would_be_no_configuration_is_not_written(void **state)
{
	static const struct conf_edit wrong = {.username = "a:b", .password_hash = HASH};
	struct err_detail detail = {.line = 0};
	struct folder folder;
	const char *path;
	struct stat before;

	(void)state;
	folder_open(&folder);
	path = folder_put(&folder, "c.yaml", BEFORE);
	folder_add(&folder, "secrets");
	(void)folder_put(&folder, "secrets/a", HASH);
	before = stat_of(path);
	assert_int_equal(conf_edit_file(path, &wrong, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "cannot hold ':'"));
	assert_int_equal(stat_of(path).st_ino, before.st_ino);
	assert_int_equal(conf_edit_file("/nonexistent/c.yaml", &edit, &detail), ERR_NOENT);
	assert_string_equal(detail.file, "/nonexistent/c.yaml");
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_replaced_with_its_mode_and_the_link_stays),
		cmocka_unit_test(what_would_be_no_configuration_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Pairs of files in tests/conf/edits: NAME.before with its first line "# edit: ACCOUNT WEBHOOK
 * [until]", and NAME.after, or NAME.refused with a part of the complaint. */
#include <dirent.h>

#include "conf/edit.h"
#include "conf_text.h"

#define CASES     "tests/conf/edits"
#define TEXT_SIZE 16384

static size_t read_file(const char *name, const char *kind, char *text)
{
	char path[512];
	FILE *f;
	size_t len;

	(void)snprintf(path, sizeof(path), CASES "/%s.%s", name, kind);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	len = fread(text, 1, TEXT_SIZE - 1, f);
	text[len] = '\0';
	(void)fclose(f);
	return len;
}

static void check_case(const char *name)
{
	char before[TEXT_SIZE] = "", expected[TEXT_SIZE];
	size_t len = read_file(name, "before", before);
	struct conf_edit edit = {.username = "new \"u\"", .password_hash = HASH};
	struct err_detail detail = {.line = 0};
	struct buf after;
	enum err err;

	assert_int_equal(strncmp(before, "# edit: ", 8), 0);
	edit.account = (size_t)(before[8] - '0');
	edit.webhook = (size_t)(before[10] - '0');
	if (strncmp(before + 11, " until", 6) == 0)
		edit.until = "2026-11-22T07:00:00Z";
	buf_init(&after, TEXT_SIZE);
	err = conf_edit_text((struct str){before, len}, name, &edit, &after, &detail);
	if (read_file(name, "refused", expected) > 0) {
		expected[strcspn(expected, "\n")] = '\0';
		if (err != ERR_INVAL && err != ERR_PARSE)
			fail_msg("%s: %s", name, buf_cstr(&after));
		if (strstr(detail.text, expected) == NULL)
			fail_msg("%s: %s", name, detail.text);
	} else {
		if (err != ERR_OK)
			fail_msg("%s: %s", name, detail.text);
		assert_true(read_file(name, "after", expected) > 0);
		assert_string_equal(buf_cstr(&after), expected);
	}
	buf_fini(&after);
}

static void each_pair_of_files_is_what_editing_makes(void **state)
{
	DIR *folder = opendir(CASES);
	struct dirent *entry;
	size_t count = 0;

	(void)state;
	assert_non_null(folder);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	while ((entry = readdir(folder)) != NULL) {
		char name[256];
		char *dot;

		(void)snprintf(name, sizeof(name), "%s", entry->d_name);
		dot = strrchr(name, '.');
		if (dot == NULL || strcmp(dot, ".before") != 0)
			continue;
		*dot = '\0';
		check_case(name);
		count++;
	}
	(void)closedir(folder);
	assert_true(count >= 17);
}

static void lines_of_a_pair_are_quoted(void **state)
{
	static const struct conf_edit edit = {.username = "a\\\"${x}", .password_hash = "h"};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(conf_edit_pair_lines(&edit, 2, STR_LIT("\n"), &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "  - username: \"a\\\\\\\"$${x}\"\n"
	                                  "    password_hash: \"h\"\n");
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pair_of_files_is_what_editing_makes),
		cmocka_unit_test(lines_of_a_pair_are_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

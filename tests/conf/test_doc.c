/* SPDX-License-Identifier: MIT */
#include "conf_text.h"

#define DOC_FILE "docs/config.md"

static void committed_page_is_the_one_made_from_the_table(void **state)
{
	FILE *f = fopen(DOC_FILE, "r");
	char *bytes = calloc(1, 100000);
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_int_equal(conf_write_doc(&b), ERR_OK);
	assert_non_null(f);
	assert_non_null(bytes);
	assert_true(fread(bytes, 1, 99999, f) < 99999);
	(void)fclose(f);
	if (strcmp(bytes, buf_cstr(&b)) != 0) {
		f = fopen("build/config.md", "w");
		if (f != NULL) {
			(void)fputs(buf_cstr(&b), f);
			(void)fclose(f);
		}
		fail_msg("%s is old: copy build/config.md over it", DOC_FILE);
	}
	free(bytes);
	buf_fini(&b);
}

static void page_names_every_key_and_default(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_int_equal(conf_write_doc(&b), ERR_OK);
	assert_non_null(strstr(buf_cstr(&b), "| `auth_failures` |"));
	assert_non_null(strstr(buf_cstr(&b), "that address gets 429"));
	assert_non_null(strstr(buf_cstr(&b), "`10GiB`"));
	assert_non_null(strstr(buf_cstr(&b), "## `accounts[].webhooks[].auth.basic[]`"));
	buf_fini(&b);
	buf_init(&b, 100);
	assert_int_equal(conf_write_doc(&b), ERR_LIMIT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(committed_page_is_the_one_made_from_the_table),
		cmocka_unit_test(page_names_every_key_and_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

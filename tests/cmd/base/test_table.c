/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/base/table.h"

static char *print(const struct table *t, bool has_colours)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	table_print(t, out, has_colours);
	(void)fclose(out);
	return text;
}

static void columns_are_aligned(void **state)
{
	struct table *t;
	char *text;

	(void)state;
	assert_int_equal(table_new(3, &t), ERR_OK);
	table_add(t, "A");
	table_add(t, "B");
	table_add(t, "C");
	table_add(t, "\xc3\xa9\xc3\xa9\xc3\xa9"); /* three characters of two bytes */
	table_add(t, "");
	table_add(t, "x\033[31m\ny");
	text = print(t, false);
	assert_string_equal(text, "A    B  C\n\xc3\xa9\xc3\xa9\xc3\xa9  -  x?[31m?y\n");
	free(text);
	table_free(t);
}

static void a_marked_row_is_red_where_there_are_colours(void **state)
{
	struct table *t;
	char *text;

	(void)state;
	assert_int_equal(table_new(2, &t), ERR_OK);
	table_add(t, "a");
	table_add(t, "b");
	table_add(t, "c");
	table_mark(t);
	table_add(t, "d");
	table_add(t, "e");
	table_add(t, "f");
	text = print(t, true);
	assert_string_equal(text, "a  b\n\033[31mc  d\033[0m\ne  f\n");
	free(text);
	text = print(t, false);
	assert_null(strchr(text, '\033'));
	free(text);
	table_free(t);
}

static void many_rows_are_kept(void **state)
{
	struct table *t;
	char *text;
	size_t lines = 0;

	(void)state;
	assert_int_equal(table_new(1, &t), ERR_OK);
	for (size_t i = 0; i < 2000; i++)
		table_add(t, "row");
	text = print(t, false);
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 2000);
	free(text);
	table_free(t);
	table_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_aligned),
		cmocka_unit_test(a_marked_row_is_red_where_there_are_colours),
		cmocka_unit_test(many_rows_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

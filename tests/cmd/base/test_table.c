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

static const struct table_column three[] = {{"ACCOUNT", 0}, {"STATE", 2}, {"TROUBLE", 1}};

static char *print(const struct table *t, size_t columns, bool has_colours)
{
	const struct terminal terminal = {columns, has_colours};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	table_print(t, &terminal, out);
	(void)fclose(out);
	return text;
}

static struct table *make(const struct table_column *columns, size_t count,
                          const char *const *cells, size_t cell_count)
{
	struct table *t;

	assert_int_equal(table_new(columns, count, &t), ERR_OK);
	for (size_t i = 0; i < cell_count; i++)
		table_add(t, str_from(cells[i]));
	return t;
}

static void columns_are_aligned(void **state)
{
	static const struct table_column columns[] = {{"A", 0}, {"B", 0}, {"C", 0}};
	/* three characters of two bytes, and an empty cell */
	const char *const cells[] = {"\xc3\xa9\xc3\xa9\xc3\xa9", "", "x\033[31m\ny"};
	struct table *t = make(columns, 3, cells, 3);
	char *text;

	(void)state;
	text = print(t, 0, false);
	assert_string_equal(text, "A    B  C\n\xc3\xa9\xc3\xa9\xc3\xa9  -  x?[31m?y\n");
	free(text);
	table_free(t);
}

static void columns_go_below_in_their_turn_until_the_rest_fits(void **state)
{
	static const struct {
		size_t columns;
		const char *expected;
	} rows[] = {
		{0, "ACCOUNT  STATE    TROUBLE\n"
	            "acme     waiting  -\n"
	            "shop     failed   answered 503 again\n"},
		{36, "ACCOUNT  STATE    TROUBLE\n"
	             "acme     waiting  -\n"
	             "shop     failed   answered 503 again\n"},
		{35, "ACCOUNT  STATE\n"
	             "acme     waiting\n"
	             "shop     failed\n"
	             "  TROUBLE answered 503 again\n"},
		{16, "ACCOUNT  STATE\n"
	             "acme     waiting\n"
	             "shop     failed\n"
	             "  TROUBLE\n"
	             "    answered 503\n"
	             "    again\n"},
		{15, "ACCOUNT\n"
	             "acme\n"
	             "  STATE waiting\n"
	             "shop\n"
	             "  STATE failed\n"
	             "  TROUBLE\n"
	             "    answered\n"
	             "    503 again\n"},
	};

	const char *const cells[] = {"acme", "waiting", NULL,
	                             "shop", "failed",  "answered 503 again"};
	struct table *t = make(three, 3, cells, 6);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = print(t, rows[i].columns, false);

		assert_string_equal(text, rows[i].expected);
		free(text);
	}
	table_free(t);
}

/* Rows that differ only in the middle or at the end of a long id stay different. */
static void no_text_is_shortened(void **state)
{
	const char *const cells[] = {"acme-0000000000000000000000000000-1", "a", "b",
	                             "acme-0000000000000000000000000000-2", "a", "b"};
	struct table *t = make(three, 3, cells, 6);
	char *text = print(t, 20, false);

	(void)state;
	assert_string_equal(text, "ACCOUNT\n"
	                          "acme-000000000000000\n"
	                          "  0000000000000-1\n"
	                          "  STATE a\n"
	                          "  TROUBLE b\n"
	                          "acme-000000000000000\n"
	                          "  0000000000000-2\n"
	                          "  STATE a\n"
	                          "  TROUBLE b\n");
	free(text);
	table_free(t);
}

static void a_marked_row_is_red_where_there_are_colours(void **state)
{
	struct table *t = make(three, 3, (const char *const[]){"a", "b", "c", "d"}, 4);
	char *text;

	(void)state;
	table_mark(t);
	table_add(t, STR_LIT("e"));
	table_add(t, STR_LIT("f"));
	for (int i = 0; i < 3; i++)
		table_add(t, STR_LIT("g"));
	text = print(t, 0, true);
	assert_string_equal(text, "ACCOUNT  STATE  TROUBLE\na        b      c\n"
	                          "\033[31md        e      f\033[0m\ng        g      g\n");
	free(text);
	text = print(t, 16, true);
	assert_string_equal(text, "ACCOUNT  STATE\na        b\n  TROUBLE c\n"
	                          "\033[31md        e\n  TROUBLE f\033[0m\ng        g\n"
	                          "  TROUBLE g\n");
	free(text);
	text = print(t, 16, false);
	assert_null(strchr(text, '\033'));
	free(text);
	table_free(t);
}

static void many_rows_are_kept(void **state)
{
	static const struct table_column columns[] = {{"ROW", 0}};
	struct table *t = make(columns, 1, NULL, 0);
	char *text;
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		table_add(t, STR_LIT("row"));
	text = print(t, 0, false);
	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 2001);
	free(text);
	table_free(t);
	table_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_aligned),
		cmocka_unit_test(columns_go_below_in_their_turn_until_the_rest_fits),
		cmocka_unit_test(no_text_is_shortened),
		cmocka_unit_test(a_marked_row_is_red_where_there_are_colours),
		cmocka_unit_test(many_rows_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/field_path.h"
#include "normalise/value/json_reader.h"

static void malformed_pointers_are_refused(void **state)
{
	static const struct {
		const char *text;
		bool allow_any;
		enum err err;
	} cases[] = {
		{"", false, ERR_OK},
		{"/", false, ERR_OK},
		{"/a/b/0", false, ERR_OK},
		{"/~0~1", false, ERR_OK},
		{"/a*", false, ERR_OK},
		{"/a/*", true, ERR_OK},
		{"a", false, ERR_PARSE},
		{"/a/*", false, ERR_PARSE},
		{"/~", false, ERR_PARSE},
		{"/~2", false, ERR_PARSE},
		{"/a~/b", false, ERR_PARSE},
		{"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", false, ERR_OK},
		{"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", false, ERR_LIMIT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct field_path *path = NULL;
		struct err_detail detail = {.line = 0};

		assert_int_equal(
			field_path_new(str_from(cases[i].text), cases[i].allow_any, &path, &detail),
			cases[i].err);
		assert_int_equal(path != NULL, cases[i].err == ERR_OK);
		assert_int_equal(detail.text[0] != '\0', cases[i].err != ERR_OK);
		field_path_free(path);
	}
}

static void pointers_lead_to_values(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: nothing there */
	} cases[] = {
		{"/a", "1"},        {"/a/b", NULL},
		{"/l/0", "x"},      {"/l/1/y", "2"},
		{"/l/2", NULL},     {"/l/01", NULL},
		{"/l/-", NULL},     {"/l/99999999999999999999", NULL},
		{"/0", "zero"},     {"/01", "one"},
		{"/", "empty"},     {"/s~1t", "slash"},
		{"/s~0t", "tilde"}, {"/~01", "both"},
		{"/l/*", NULL},     {"/nothing", NULL},
		{"/ ", NULL},
	};
	struct json_cursor c = json_cursor(STR_LIT(
		"{\"a\":1,\"l\":[\"x\",{\"y\":2}],\"0\":\"zero\",\"01\":\"one\",\"\":\"empty\","
		"\"s/t\":\"slash\",\"s~t\":\"tilde\",\"~1\":\"both\"}"));
	struct arena a;
	struct value *root;

	(void)state;
	arena_init(&a, 1 << 16);
	assert_int_equal(json_read(&c, &a, &root, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct field_path *path = NULL;

		assert_int_equal(field_path_new(str_from(cases[i].path), true, &path, NULL),
		                 ERR_OK);
		struct value *v = field_path_get(path, root);

		assert_int_equal(v != NULL, cases[i].text != NULL);
		if (v != NULL)
			assert_true(str_eq(v->text, str_from(cases[i].text)));
		field_path_free(path);
	}
	arena_fini(&a);
}

static void the_empty_pointer_is_the_whole_record(void **state)
{
	struct value root = {.kind = VALUE_TRUE};
	struct field_path *path = NULL;

	(void)state;
	assert_int_equal(field_path_new(STR_EMPTY, false, &path, NULL), ERR_OK);
	assert_ptr_equal(field_path_get(path, &root), &root);
	field_path_free(path);
	field_path_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_pointers_are_refused),
		cmocka_unit_test(pointers_lead_to_values),
		cmocka_unit_test(the_empty_pointer_is_the_whole_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

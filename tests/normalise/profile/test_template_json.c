/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/template_lookup.h"

/* Render the tree of a YAML text behind "before ". */
static enum err render(const char *yaml, struct buf *b)
{
	struct yaml_doc *doc = NULL;
	enum err err;

	buf_init(b, 1000);
	assert_int_equal(yaml_parse(str_from(yaml), "t.yaml", &doc, NULL), ERR_OK);
	(void)buf_append_str(b, STR_LIT("before "));
	err = template_render_json(yaml_root(doc), lookup_name, NULL, b);
	yaml_free(doc);
	return err;
}

static void a_tree_becomes_json(void **state)
{
	static const struct {
		const char *yaml, *json;
	} rows[] = {
		{"{}", "{}"},
		{"[]", "[]"},
		{"[[], {}, [{}]]", "[[],{},[{}]]"},
		{"a: {b: [1, {c: x}], d: }\ne: 2",
	         "{\"a\":{\"b\":[1,{\"c\":\"x\"}],\"d\":null},\"e\":2}"},
		{"[null, ~, true, false, True, yes]", "[null,null,true,false,\"True\",\"yes\"]"},
		{"['null', \"true\", '1', '']", "[\"null\",\"true\",\"1\",\"\"]"},
		{"[0, -1, 1.5, 1e3, -0.5E-7, 1e+2]", "[0,-1,1.5,1e3,-0.5E-7,1e+2]"},
		{"[00, 01, 1., .5, +1, 1e, 0x1, '1', 1_000, -]",
	         "[\"00\",\"01\",\"1.\",\".5\",\"+1\",\"1e\",\"0x1\",\"1\",\"1_000\",\"-\"]"},
		{"[\"${n:int}\", \"${n}\", \"${minus:int}\", \"x${n:int}\"]",
	         "[42,\"42\",-7,\"x42\"]"},
		{"k: ${n}", "{\"k\":\"42\"}"},
		{"k: ${n:int}", "{\"k\":42}"},
		{"[\"${n:int}${n:int}\", \"$${n:int}\"]", "[\"4242\",\"${n:int}\"]"},
		{"[\"${big:int}\"]", "[18446744073709551616]"},
		{"\"${a}\": \"$$\"", "{\"${a}\":\"$\"}"},
		{"[\"${odd}\", \"${line}\"]",
	         "[\"a/b?c#d%e f\\\"\\\\\xc3\xa4\",\"a\\r\\nX-Evil: b\"]"},
		{"[\"${nul}\"]", "[\"a\\u0000b\"]"},
		{"just text", "\"just text\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		if (render(rows[i].yaml, &b) != ERR_OK)
			fail_msg("%s", rows[i].yaml);
		assert_string_equal(buf_cstr(&b) + strlen("before "), rows[i].json);
		buf_fini(&b);
	}
}

static void what_is_no_number_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		const char *yaml;
		enum err wanted;
	} rows[] = {
		{"{a: \"${zeros:int}\"}", ERR_INVAL},
		{"{a: 1, b: \"${a:int}\"}", ERR_INVAL},
		{"{a: \"${empty:int}\"}", ERR_INVAL},
		{"[1, [2, \"${later}\"]]", ERR_NOENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		assert_int_equal(render(rows[i].yaml, &b), rows[i].wanted);
		assert_string_equal(buf_cstr(&b), "before ");
		buf_fini(&b);
	}
}

static void a_full_buffer_is_a_limit(void **state)
{
	struct yaml_doc *doc = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(yaml_parse(STR_LIT("[aaaa, bbbb]"), "t.yaml", &doc, NULL), ERR_OK);
	buf_init(&b, 10);
	assert_int_equal(template_render_json(yaml_root(doc), lookup_name, NULL, &b), ERR_LIMIT);
	buf_fini(&b);
	yaml_free(doc);
}

static void only_the_given_tree_is_rendered_and_checked(void **state)
{
	struct yaml_doc *doc = NULL;
	struct err_detail detail = {.text = ""};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(yaml_parse(STR_LIT("in: {a: [1]}\nout: [x,\n  \"${b}\"]\nend: \"${c}\"\n"),
	                            "t.yaml", &doc, NULL),
	                 ERR_OK);
	assert_int_equal(
		template_render_json(yaml_get(yaml_root(doc), "in"), lookup_name, NULL, &b),
		ERR_OK);
	assert_string_equal(buf_cstr(&b), "{\"a\":[1]}");
	assert_int_equal(
		template_check_tree(yaml_get(yaml_root(doc), "in"), lookup_is_known, NULL, &detail),
		ERR_OK);
	assert_int_equal(template_check_tree(yaml_root(doc), lookup_is_known, NULL, &detail),
	                 ERR_PARSE);
	assert_string_equal(detail.file, "t.yaml");
	assert_int_equal(detail.line, 3);
	assert_string_equal(detail.key, "out[1]");
	assert_non_null(strstr(detail.text, "\"b\""));
	buf_fini(&b);
	yaml_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_becomes_json),
		cmocka_unit_test(what_is_no_number_is_refused_and_leaves_nothing),
		cmocka_unit_test(a_full_buffer_is_a_limit),
		cmocka_unit_test(only_the_given_tree_is_rendered_and_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

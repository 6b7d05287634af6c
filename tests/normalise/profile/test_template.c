/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/template_lookup.h"

static void syntax_and_names_are_checked(void **state)
{
	static const char *const good[] = {
		"",          "text",   "${a}",     "${n:int}", "$$",          "$${a}",     "a$$$$b",
		"x${a}${a}", "}{${a}", "${later}", "100%",     "${hook.url}", "/${a:path}"};

	static const struct {
		const char *text, *why;
	} bad[] = {
		{"$", "written $$"},          {"a$b", "written $$"},
		{"$$$", "written $$"},        {"${", "expected ${name}"},
		{"${a", "expected ${name}"},  {"${}", "expected ${name}"},
		{"${a }", "expected ${"},     {"${:int}", "expected ${"},
		{"${a:str}", "expected ${"},  {"${a:int", "expected ${"},
		{"${a:intx}", "expected ${"}, {"${a:pathx}", "or ${name:path}"},
		{"${:path}", "expected ${"},  {"${b}", "\"b\""},
		{"${a}${A}", "\"A\""},        {"${${a}}", "expected ${"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct err_detail detail = {.text = ""};

		if (template_check(str_from(good[i]), lookup_is_known, NULL, &detail) != ERR_OK)
			fail_msg("%s: %s", good[i], detail.text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err_detail detail = {.text = ""};

		assert_int_equal(
			template_check(str_from(bad[i].text), lookup_is_known, NULL, &detail),
			ERR_PARSE);
		if (strstr(detail.text, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].text, detail.text);
	}
}

struct row {
	const char *text;
	enum template_encoding encoding;
	const char *wanted;
};

static void names_are_replaced_and_the_rest_stays(void **state)
{
	static const struct row rows[] = {
		{"", TEMPLATE_PLAIN, ""},
		{"no name: %41 \n", TEMPLATE_PATH, "no name: %41 \n"},
		{"<${a}>${a}", TEMPLATE_PLAIN, "<A>A"},
		{"$${a}$$", TEMPLATE_PLAIN, "${a}$"},
		{"${dollar}", TEMPLATE_PLAIN, "${a}$$"},
		{"${empty}", TEMPLATE_QUERY, ""},
		{"${n:int}|${minus:int}|${zeros:int}|${big:int}", TEMPLATE_PLAIN,
	         "42|-7|007|18446744073709551616"},
		{"/x/${odd}/y", TEMPLATE_PATH, "/x/a%2Fb%3Fc%23d%25e%20f%22%5C%C3%A4/y"},
		{"/x/${odd:path}/y", TEMPLATE_PATH, "/x/a/b%3Fc%23d%25e%20f%22%5C%C3%A4/y"},
		{"/${rooted:path}", TEMPLATE_PATH, "/a/b/"},
		{"/${empty:path}", TEMPLATE_PATH, "/"},
		{"${rooted:path}", TEMPLATE_QUERY, "%2F%2Fa%2Fb%2F"},
		{"${rooted:path}", TEMPLATE_PLAIN, "//a/b/"},
		{"${odd}", TEMPLATE_QUERY, "a%2Fb%3Fc%23d%25e%20f%22%5C%C3%A4"},
		{"${odd}", TEMPLATE_PLAIN, "a/b?c#d%e f\"\\\xc3\xa4"},
		{"${time}", TEMPLATE_PATH, "2024-09-03%2009%3A02%3A09%2C5"},
		{"rl:${time}", TEMPLATE_QUERY, "rl:2024-09-03%2009:02:09,5"},
		{"${hook.url}", TEMPLATE_QUERY, "https:%2F%2Fx%2Fy%3Fa%3Db%26c"},
		{"${line}", TEMPLATE_QUERY, "a%0D%0AX-Evil:%20b"},
		{"${nul}", TEMPLATE_PATH, "a%00b"},
		{"/${dots}", TEMPLATE_PATH, "/..."},
		{"/a${up}/${dot}b/${empty}/", TEMPLATE_PATH, "/a../.b//"},
		{"", TEMPLATE_PATH, ""},
		{"${up}", TEMPLATE_QUERY, ".."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 1000);
		(void)buf_append_str(&b, STR_LIT("before "));
		assert_int_equal(template_render(str_from(rows[i].text), rows[i].encoding,
		                                 lookup_name, NULL, &b),
		                 ERR_OK);
		assert_string_equal(buf_cstr(&b) + strlen("before "), rows[i].wanted);
		buf_fini(&b);
	}
}

static void what_cannot_stand_there_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		const char *text;
		enum template_encoding encoding;
		enum err wanted;
	} rows[] = {
		{"x${later}", TEMPLATE_PLAIN, ERR_NOENT},
		{"x${a}${words:int}", TEMPLATE_PLAIN, ERR_INVAL},
		{"${sign:int}", TEMPLATE_PLAIN, ERR_INVAL},
		{"${plus:int}", TEMPLATE_QUERY, ERR_INVAL},
		{"${empty:int}", TEMPLATE_PATH, ERR_INVAL},
		{"/${climbing:path}", TEMPLATE_PATH, ERR_INVAL},
		{"x ${line}", TEMPLATE_PLAIN, ERR_INVAL},
		{"x ${nul}", TEMPLATE_PLAIN, ERR_INVAL},
		{"/m/${dot}", TEMPLATE_PATH, ERR_INVAL},
		{"/m/${up}/x", TEMPLATE_PATH, ERR_INVAL},
		{"/m/${dot}${dot}", TEMPLATE_PATH, ERR_INVAL},
		{"/m/.${dot}/", TEMPLATE_PATH, ERR_INVAL},
		{"${up}", TEMPLATE_PATH, ERR_INVAL},
		{"a$b", TEMPLATE_PLAIN, ERR_INVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 1000);
		(void)buf_append_str(&b, STR_LIT("before"));
		assert_int_equal(template_render(str_from(rows[i].text), rows[i].encoding,
		                                 lookup_name, NULL, &b),
		                 rows[i].wanted);
		assert_string_equal(buf_cstr(&b), "before");
		buf_fini(&b);
	}
}

static void a_full_buffer_is_a_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_int_equal(
		template_render(STR_LIT("12${odd}"), TEMPLATE_QUERY, lookup_name, NULL, &b),
		ERR_LIMIT);
	assert_int_equal(template_render(STR_LIT("1"), TEMPLATE_QUERY, lookup_name, NULL, &b),
	                 ERR_LIMIT);
	buf_fini(&b);
}

static void used_names_are_found(void **state)
{
	(void)state;
	assert_true(template_uses(STR_LIT("x${from},${to}"), STR_LIT("to")));
	assert_true(template_uses(STR_LIT("${page:int}"), STR_LIT("page")));
	assert_false(template_uses(STR_LIT("from $${from} ${fromage}"), STR_LIT("from")));
	assert_false(template_uses(STR_LIT("${from"), STR_LIT("from")));
	assert_false(template_uses(STR_EMPTY, STR_LIT("from")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syntax_and_names_are_checked),
		cmocka_unit_test(names_are_replaced_and_the_rest_stays),
		cmocka_unit_test(what_cannot_stand_there_is_refused_and_leaves_nothing),
		cmocka_unit_test(a_full_buffer_is_a_limit),
		cmocka_unit_test(used_names_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

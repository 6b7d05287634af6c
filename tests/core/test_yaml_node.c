/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/yaml.h"

static struct yaml_doc *parse(const char *text)
{
	struct yaml_doc *doc = NULL;

	assert_int_equal(yaml_parse(str_from(text), "t.yaml", &doc, NULL), ERR_OK);
	return doc;
}

static void failure_names_file_place_and_key_path(void **state)
{
	struct yaml_doc *doc = parse(
		"accounts:\n- webhooks:\n  - webhook: sms\n  - webhook: email\n    auth: x\n");
	struct err_detail detail = {0};
	struct yaml_node *hooks = yaml_get(yaml_get(yaml_root(doc), "accounts")->first, "webhooks");
	struct yaml_node *auth = yaml_get(hooks->first->next, "auth");

	(void)state;
	assert_int_equal(yaml_fail(auth, &detail, "expected %s", "none"), ERR_PARSE);
	assert_string_equal(detail.file, "t.yaml");
	assert_int_equal(detail.line, 5);
	assert_int_equal(detail.col, 11);
	assert_string_equal(detail.key, "accounts[0].webhooks[1].auth");
	assert_string_equal(detail.text, "expected none");
	assert_int_equal(yaml_fail_key(auth, &detail, "k"), ERR_PARSE);
	assert_int_equal(detail.col, 5);
	assert_int_equal(yaml_fail_key(hooks->first, &detail, "k"), ERR_PARSE);
	assert_string_equal(detail.key, "accounts[0].webhooks[0]");
	assert_int_equal(detail.line, 3);
	assert_int_equal(yaml_fail(yaml_root(doc), &detail, "r"), ERR_PARSE);
	assert_string_equal(detail.key, "");
	assert_int_equal(yaml_fail(auth, NULL, "no detail wanted"), ERR_PARSE);
	assert_int_equal(yaml_fail_key(auth, NULL, "no detail wanted"), ERR_PARSE);
	yaml_free(doc);
}

static void failure_stays_one_line_and_in_its_room(void **state)
{
	char text[600];
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;

	(void)state;
	memset(text, 'k', sizeof(text));
	memcpy(text, "\"a\\nb", 5);
	memcpy(text + 500, "\": 1\n", 6);
	doc = parse(text);
	assert_int_equal(yaml_fail(yaml_root(doc)->first, &detail, "x\ny"), ERR_PARSE);
	assert_int_equal(strlen(detail.key), sizeof(detail.key) - 1);
	assert_memory_equal(detail.key, "a bkkk", 6);
	assert_string_equal(detail.text, "x y");
	yaml_free(doc);
}

static void nearest_word_is_found_by_edit_distance(void **state)
{
	static const char *const known[] = {"username", "password_hash", "url", "version", NULL};

	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{"usrname", "username"},
		{"user_name", "username"},
		{"usernmae", "username"},
		{"Username", "username"},
		{"password", NULL},
		{"passwort_hash", "password_hash"},
		{"ulr", "url"},
		{"uri", "url"},
		{"vers", NULL},
		{"versoin", "version"},
		{"", NULL},
		{"x", NULL},
		{"completely-else", NULL},
		{"username", "username"},
		{"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *nearest = yaml_nearest(str_from(cases[i].word), known);

		if (cases[i].nearest == NULL && nearest != NULL)
			fail_msg("%s -> %s", cases[i].word, nearest);
		if (cases[i].nearest != NULL &&
		    (nearest == NULL || strcmp(nearest, cases[i].nearest) != 0))
			fail_msg("%s -> %s", cases[i].word, nearest != NULL ? nearest : "nothing");
	}
}

static void unknown_key_is_refused_with_a_suggestion(void **state)
{
	static const char *const known[] = {"username", "password_hash", NULL};
	struct yaml_doc *doc = parse("basic:\n  username: u\n  passwordhash: x\n");
	struct yaml_node *basic = yaml_root(doc)->first;
	struct err_detail detail = {0};

	(void)state;
	assert_int_equal(yaml_check_keys(basic, known, &detail), ERR_PARSE);
	assert_string_equal(detail.key, "basic.passwordhash");
	assert_int_equal(detail.line, 3);
	assert_int_equal(detail.col, 3);
	assert_string_equal(detail.text,
	                    "unknown key \"passwordhash\"; did you mean \"password_hash\"?");
	yaml_free(doc);

	doc = parse("zzz: 1\n");
	assert_int_equal(yaml_check_keys(yaml_root(doc), known, &detail), ERR_PARSE);
	assert_string_equal(detail.text,
	                    "unknown key \"zzz\"; known here: username, password_hash");
	yaml_free(doc);
}

static void known_keys_pass_and_other_kinds_do_not(void **state)
{
	static const char *const known[] = {"a", "b", NULL};
	struct yaml_doc *doc = parse("a: 1\nb: [x]\n");
	struct err_detail detail = {0};

	(void)state;
	assert_int_equal(yaml_check_keys(yaml_root(doc), known, &detail), ERR_OK);
	assert_int_equal(yaml_check_keys(yaml_get(yaml_root(doc), "a"), known, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "expected keys with values"));
	assert_string_equal(detail.key, "a");
	assert_int_equal(yaml_check_keys(yaml_get(yaml_root(doc), "b"), known, NULL), ERR_PARSE);
	yaml_free(doc);
}

static void documents_are_compared_by_what_they_say(void **state)
{
	static const char *const others[] = {
		"a: 1\nb: [x, {c: e}]\n",    "a: 1\nb: [x, {d: d}]\n",     "a: 1\nb: [x]\n",
		"a: 1\nb: [x, {c: d}, y]\n", "a: '1'\nb: [x, {c: d}]\n",   "a: 1\n",
		"b: [x, {c: d}]\na: 1\n",    "a: 1\nb: [x, {c: d}]\ne:\n",
	};
	struct yaml_doc *doc = parse("a: 1\nb: [x, {c: d}]\n");
	struct yaml_doc *other = parse("# the same\na:   1\nb:\n  - x\n  - c: d\n");

	(void)state;
	assert_true(yaml_same(yaml_root(doc), yaml_root(other)));
	yaml_free(other);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		other = parse(others[i]);
		if (yaml_same(yaml_root(doc), yaml_root(other)) ||
		    yaml_same(yaml_root(other), yaml_root(doc)))
			fail_msg("the same: %s", others[i]);
		yaml_free(other);
	}
	yaml_free(doc);
}

static void one_thing_is_a_list_of_one(void **state)
{
	struct yaml_doc *doc = parse("one: a\nmany: [b, c]\nnone: []\nmapping: {k: 1}\n");
	const struct yaml_node *root = yaml_root(doc);
	const struct yaml_node *first = NULL;

	(void)state;
	assert_int_equal(yaml_items(yaml_get(root, "one"), &first), 1);
	assert_ptr_equal(first, yaml_get(root, "one"));
	assert_int_equal(yaml_items(yaml_get(root, "many"), &first), 2);
	assert_ptr_equal(first, yaml_get(root, "many")->first);
	assert_int_equal(yaml_items(yaml_get(root, "none"), &first), 0);
	assert_null(first);
	assert_int_equal(yaml_items(yaml_get(root, "mapping"), &first), 1);
	assert_ptr_equal(first, yaml_get(root, "mapping"));
	yaml_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failure_names_file_place_and_key_path),
		cmocka_unit_test(failure_stays_one_line_and_in_its_room),
		cmocka_unit_test(nearest_word_is_found_by_edit_distance),
		cmocka_unit_test(unknown_key_is_refused_with_a_suggestion),
		cmocka_unit_test(known_keys_pass_and_other_kinds_do_not),
		cmocka_unit_test(one_thing_is_a_list_of_one),
		cmocka_unit_test(documents_are_compared_by_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

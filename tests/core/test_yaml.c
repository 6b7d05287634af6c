/* SPDX-License-Identifier: MIT */
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

#include "core/buf.h"
#include "core/yaml.h"

static struct yaml_doc *parse(const char *text)
{
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;

	if (yaml_parse(str_from(text), "t.yaml", &doc, &detail) != ERR_OK)
		fail_msg("%u:%u %s", detail.line, detail.col, detail.text);
	return doc;
}

static void assert_text(const struct yaml_node *node, const char *text)
{
	assert_non_null(node);
	assert_int_equal(node->kind, YAML_SCALAR);
	assert_string_equal(node->text.ptr, text);
	assert_int_equal(node->text.len, strlen(text));
}

static void nodes_know_kind_key_line_and_order(void **state)
{
	struct yaml_doc *doc = parse("a: 1\nb:\n  - x\n  - {c: y}\nd: {}\n");
	struct yaml_node *root = yaml_root(doc);
	struct yaml_node *b = yaml_get(root, "b");

	(void)state;
	assert_int_equal(root->kind, YAML_MAPPING);
	assert_int_equal(root->count, 3);
	assert_text(root->first, "1");
	assert_string_equal(root->first->key.ptr, "a");
	assert_int_equal(root->first->line, 1);
	assert_int_equal(root->first->col, 4);
	assert_int_equal(root->first->key_col, 1);
	assert_ptr_equal(root->first->next, b);
	assert_int_equal(b->kind, YAML_SEQUENCE);
	assert_int_equal(b->count, 2);
	assert_int_equal(b->key_line, 2);
	assert_text(b->first, "x");
	assert_int_equal(b->first->key_line, 0);
	assert_text(yaml_get(b->first->next, "c"), "y");
	assert_int_equal(b->first->next->line, 4);
	assert_ptr_equal(b->first->next->parent, b);
	assert_int_equal(yaml_get(root, "d")->count, 0);
	assert_null(yaml_get(root, "e"));
	assert_null(yaml_get(root->first, "e"));
	assert_string_equal(yaml_file(b->first->next->first), "t.yaml");
	yaml_free(doc);
}

static void quoted_scalars_are_told_from_plain_ones(void **state)
{
	struct yaml_doc *doc =
		parse("p: null\nq: \"null\"\ns: '~'\nt: ~\ne:\nb: |\n  null\nn: NULL\nx: nul\n");
	struct yaml_node *root = yaml_root(doc);

	(void)state;
	assert_true(yaml_is_null(yaml_get(root, "p")));
	assert_false(yaml_is_null(yaml_get(root, "q")));
	assert_true(yaml_get(root, "q")->quoted);
	assert_false(yaml_is_null(yaml_get(root, "s")));
	assert_true(yaml_is_null(yaml_get(root, "t")));
	assert_true(yaml_is_null(yaml_get(root, "e")));
	assert_int_equal(yaml_get(root, "e")->line, 5);
	assert_false(yaml_is_null(yaml_get(root, "b")));
	assert_text(yaml_get(root, "b"), "null\n");
	assert_true(yaml_is_null(yaml_get(root, "n")));
	assert_false(yaml_is_null(yaml_get(root, "x")));
	yaml_free(doc);
}

static void bom_crlf_and_utf16_read_like_plain_text(void **state)
{
	static const char utf16[] = "\xff\xfe"
				    "a\0:\0 \0\xe9\0\n\0";
	struct yaml_doc *doc = parse("\xef\xbb\xbf"
	                             "a: 1\r\nb: two\r\n");

	(void)state;
	assert_text(yaml_get(yaml_root(doc), "a"), "1");
	assert_text(yaml_get(yaml_root(doc), "b"), "two");
	assert_int_equal(yaml_get(yaml_root(doc), "b")->line, 2);
	yaml_free(doc);

	assert_int_equal(yaml_parse((struct str){utf16, sizeof(utf16) - 1}, "u", &doc, NULL),
	                 ERR_OK);
	assert_text(yaml_get(yaml_root(doc), "a"), "\xc3\xa9");
	yaml_free(doc);
}

struct broken {
	const char *text;
	unsigned line, col;
	const char *key;
	const char *part; /* of the message */
};

static const struct broken broken[] = {
	{"", 1, 1, "", "the file is empty"},
	{"# nothing but a comment\n", 1, 1, "", "the file is empty"},
	{"---\n", 1, 1, "", "the file is empty"},
	{"~\n", 1, 1, "", "the file is empty"},
	{"a: 1\nb: 2\na: 3\n", 3, 1, "a", "key \"a\" was already given in line 1"},
	{"x:\n- {k: 1, k: 2}\n", 2, 10, "x[0].k", "already given in line 2"},
	{"a: &anchor 1\n", 1, 4, "", "anchors (&name) are not supported"},
	{"a: &anchor {}\n", 1, 4, "", "anchors (&name) are not supported"},
	{"&k a: 1\n", 1, 1, "", "anchors (&name) are not supported"},
	{"a: *b\n", 1, 4, "", "aliases (*name) are not supported"},
	{"a: !secret x\n", 1, 4, "", "tags (!name) are not supported"},
	{"a: !!int 3\n", 1, 4, "", "tags (!name) are not supported"},
	{"a: !x [1]\n", 1, 4, "", "tags (!name) are not supported"},
	{"a: 1\n---\nb: 2\n", 2, 1, "", "a second document begins here"},
	{"a: 1\n...\nb: 2\n", 3, 1, "", ""},
	{"[a, b]: 1\n", 1, 1, "", "a key must be plain text"},
	{"? {a: 1}\n: 2\n", 1, 3, "", "a key must be plain text"},
	{"a: {{NAME}}\n", 1, 5, "", "a key must be plain text"},
	{": 1\n", 1, 1, "", "not YAML: did not find expected key"},
	{"?\n: 1\n", 1, 2, "", "a key is missing before ':'"},
	{"a:\n\tb: 1\n", 2, 1, "", "a tab cannot indent; use blanks"},
	{"a:\n  - x\n \t- y\n", 3, 2, "", "a tab cannot indent; use blanks"},
	{"a: @x\n", 1, 4, "", "cannot begin with '@'"},
	{"a: `x`\n", 1, 4, "", "cannot begin with '@', '`'"},
	{"a: 1\n  b: 2\n", 2, 4, "", "not YAML: mapping values are not allowed"},
	{"a: [1, 2\nb: 3\n", 2, 2, "", "begins in line 1"},
	{"a: \"open\n", 2, 1, "", "not YAML: found unexpected end of stream"},
	{"a: \"\\0\"\n", 1, 4, "", "a NUL character is not allowed"},
	{"a: ok\nb: \xff\n", 2, 4, "", "save the file as UTF-8"},
	{"a: ok\nb: \x01\n", 2, 4, "", "save the file as UTF-8"},
};

static void broken_texts_are_refused_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const struct broken *t = &broken[i];
		struct err_detail detail = {0};
		struct yaml_doc *doc = NULL;

		if (yaml_parse(str_from(t->text), "b.yaml", &doc, &detail) != ERR_PARSE)
			fail_msg("accepted: %s", t->text);
		assert_null(doc);
		if (detail.line != t->line || detail.col != t->col ||
		    strcmp(detail.key, t->key) != 0 || strstr(detail.text, t->part) == NULL)
			fail_msg("%s -> %u:%u [%s] %s", t->text, detail.line, detail.col,
			         detail.key, detail.text);
		assert_string_equal(detail.file, "b.yaml");
		assert_int_equal(yaml_parse(str_from(t->text), "b.yaml", &doc, NULL), ERR_PARSE);
	}
}

static void repeat(struct buf *b, const char *text, size_t count)
{
	buf_init(b, 2 * YAML_BYTES_MAX);
	while (count-- > 0)
		(void)buf_append_str(b, str_from(text));
	assert_int_equal(buf_err(b), ERR_OK);
}

static void depth_is_limited(void **state)
{
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;
	struct buf b;

	(void)state;
	repeat(&b, "- ", YAML_DEPTH_MAX);
	assert_int_equal(yaml_parse(buf_str(&b), "d", &doc, &detail), ERR_OK);
	yaml_free(doc);
	doc = NULL;
	(void)buf_append_str(&b, STR_LIT("- "));
	assert_int_equal(yaml_parse(buf_str(&b), "d", &doc, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "more than 32 levels deep"));
	assert_int_equal(detail.col, 2 * YAML_DEPTH_MAX + 1);
	buf_fini(&b);
}

static void number_of_nodes_is_limited(void **state)
{
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;
	struct buf b;

	(void)state;
	repeat(&b, "- x\n", YAML_NODES_MAX - 1); /* and the sequence itself */
	assert_int_equal(yaml_parse(buf_str(&b), "n", &doc, &detail), ERR_OK);
	assert_int_equal(yaml_root(doc)->count, YAML_NODES_MAX - 1);
	yaml_free(doc);
	doc = NULL;
	(void)buf_append_str(&b, STR_LIT("- x\n"));
	assert_int_equal(yaml_parse(buf_str(&b), "n", &doc, &detail), ERR_PARSE);
	assert_int_equal(detail.line, YAML_NODES_MAX);
	assert_non_null(strstr(detail.text, "more than 100000 values"));
	buf_fini(&b);
}

static void size_of_a_text_is_limited(void **state)
{
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;
	struct buf b;

	(void)state;
	repeat(&b, "# some comment\n", YAML_BYTES_MAX / 15 + 1);
	assert_int_equal(yaml_parse(buf_str(&b), "s", &doc, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "4 MiB"));
	buf_fini(&b);
}

static void equal_keys_of_different_mappings_are_allowed(void **state)
{
	struct yaml_doc *doc = parse("a: {k: 1}\nb: {k: 2}\nk: 3\n");

	(void)state;
	assert_text(yaml_get(yaml_get(yaml_root(doc), "b"), "k"), "2");
	yaml_free(doc);
}

static void files_are_read_and_missing_ones_named(void **state)
{
	char path[] = "/tmp/test_yaml_XXXXXX";
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: 1\n", 5), 5);
	assert_int_equal(yaml_parse_file(path, &doc, &detail), ERR_OK);
	assert_text(yaml_get(yaml_root(doc), "a"), "1");
	assert_string_equal(yaml_file(yaml_root(doc)), path);
	yaml_free(doc);
	doc = NULL;
	assert_int_equal(ftruncate(fd, (off_t)YAML_BYTES_MAX + 1), 0);
	assert_int_equal(yaml_parse_file(path, &doc, &detail), ERR_LIMIT);
	(void)close(fd);
	(void)unlink(path);
	assert_int_equal(yaml_parse_file(path, &doc, &detail), ERR_NOENT);
	assert_string_equal(detail.file, path);
	assert_int_equal(detail.line, 0);
	assert_non_null(strstr(detail.text, "No such file"));
	assert_int_equal(yaml_parse_file("/", &doc, &detail), ERR_IO);
	assert_null(doc);
}

static void unreadable_file_is_told_from_a_missing_one(void **state)
{
	char path[] = "/tmp/test_yaml_XXXXXX";
	struct yaml_doc *doc = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0), 0);
	(void)close(fd);
	/* root may read everything; then the file is merely empty */
	assert_int_equal(yaml_parse_file(path, &doc, NULL), geteuid() == 0 ? ERR_PARSE : ERR_AUTH);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_kind_key_line_and_order),
		cmocka_unit_test(quoted_scalars_are_told_from_plain_ones),
		cmocka_unit_test(bom_crlf_and_utf16_read_like_plain_text),
		cmocka_unit_test(broken_texts_are_refused_with_their_place),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(number_of_nodes_is_limited),
		cmocka_unit_test(size_of_a_text_is_limited),
		cmocka_unit_test(equal_keys_of_different_mappings_are_allowed),
		cmocka_unit_test(files_are_read_and_missing_ones_named),
		cmocka_unit_test(unreadable_file_is_told_from_a_missing_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

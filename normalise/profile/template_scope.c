/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"
#include "normalise/profile/template.h"

/* Names a complaint can suggest: variables, loops and words. */
#define SUGGEST_MAX 96
/* Room for "there are …" before the list is cut. */
#define LIST_TEXT   200

#define NEEDS_WINDOW "needs a report with a window; of a job's requests \"create\" alone has it"

static const struct {
	const char *name;
	enum template_word word;
	const char *missing; /* what it needs */
} words[] = {
	{"from", WORD_FROM, NEEDS_WINDOW},
	{"to", WORD_TO, NEEDS_WINDOW},
	{"page", WORD_PAGE, "needs page: {kind: number}"},
	{"offset", WORD_OFFSET, "needs page: {kind: offset}"},
	{"cursor", WORD_CURSOR, "needs page: {kind: token}"},
	{"hook.url", WORD_HOOK, "is for \"register\" of a webhook"},
	{"hook.user", WORD_HOOK, "is for \"register\" of a webhook"},
	{"hook.pass", WORD_HOOK, "is for \"register\" of a webhook"},
	{"hook.id", WORD_HOOK_ID, "is for \"update\" and \"delete\" of \"register\""},
	{"job.id", WORD_JOB_ID, "is for a job's requests behind \"create\", and needs its \"id\""},
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

/** Number of the word, WORD_COUNT when it is none. */
static size_t word_of(struct str name)
{
	size_t i = 0;

	while (i < WORD_COUNT && !str_eq(name, str_from(words[i].name)))
		i++;
	return i;
}

bool template_word_is_taken(struct str name)
{
	return word_of(name) < WORD_COUNT;
}

unsigned template_words_of(enum page_kind kind)
{
	switch (kind) {
	case PAGE_NONE:
	case PAGE_LINK:
		break;
	case PAGE_NUMBER:
		return WORD_PAGE;
	case PAGE_OFFSET:
		return WORD_OFFSET;
	case PAGE_TOKEN:
		return WORD_CURSOR;
	}
	return 0;
}

static bool is_known(void *arg, struct str name)
{
	struct template_scope *s = arg;
	size_t word = word_of(name);

	if (word < WORD_COUNT && (s->words & words[word].word) != 0) {
		s->used_words |= words[word].word;
		return true;
	}
	for (size_t i = 0; i < s->each_count; i++) {
		if (str_eq(name, str_from(s->each[i].name))) {
			s->used_each |= 1U << i;
			return true;
		}
	}
	if (compile_has_var(s->c, name))
		return true;
	s->not_known = name;
	return false;
}

/** All names that may be used here, ended by NULL. */
static void names_of(const struct template_scope *s, const char *names[SUGGEST_MAX + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < s->c->var_count && count < SUGGEST_MAX; i++)
		names[count++] = s->c->vars[i].name;
	for (size_t i = 0; i < s->each_count && count < SUGGEST_MAX; i++)
		names[count++] = s->each[i].name;
	for (size_t i = 0; i < WORD_COUNT && count < SUGGEST_MAX; i++) {
		if ((s->words & words[i].word) != 0)
			names[count++] = words[i].name;
	}
	names[count] = NULL;
}

/** The detail has the place already; say what is known there. */
static void explain(const struct template_scope *s, struct err_detail *detail)
{
	const char *names[SUGGEST_MAX + 1];
	char list[LIST_TEXT] = "";
	size_t word = word_of(s->not_known);
	const char *nearest;

	names_of(s, names);
	nearest = yaml_nearest(s->not_known, names);
	if (word < WORD_COUNT) {
		err_detail_set(detail, "${%s} %s", words[word].name, words[word].missing);
		return;
	}
	if (nearest != NULL) {
		err_detail_set(detail, "no such name ${%.*s} here; did you mean ${%s}?",
		               STR_FMT(s->not_known), nearest);
		return;
	}
	for (size_t i = 0; names[i] != NULL; i++) {
		size_t len = strlen(list);

		(void)snprintf(list + len, sizeof(list) - len, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	err_detail_set(detail, "no such name ${%.*s} here; there %s%s", STR_FMT(s->not_known),
	               list[0] != '\0' ? "are " : "is none", list);
}

enum err template_tree_check(struct template_scope *s, const struct yaml_node *node)
{
	enum err err;

	s->not_known = STR_EMPTY;
	err = template_check_tree(node, is_known, s, s->c->detail);
	if (err != ERR_OK && s->not_known.len > 0)
		explain(s, s->c->detail);
	return err;
}

enum err template_text_compile(struct template_scope *s, const struct yaml_node *node,
                               struct str *ret_text)
{
	enum err err;

	if (node->kind != YAML_SCALAR || yaml_is_null(node))
		return yaml_fail(node, s->c->detail, "expected a text");
	err = template_tree_check(s, node);
	if (err == ERR_OK)
		*ret_text = node->text;
	return err;
}

enum err template_need_compile(struct template_scope *s, const struct yaml_node *node,
                               const char *expected, struct str *ret_text)
{
	enum err err = compile_need_text(s->c, node, expected);

	return err == ERR_OK ? template_text_compile(s, node, ret_text) : err;
}

static bool has_only(struct str text, const char *refused)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || strchr(refused, text.ptr[i]) != NULL)
			return false;
	}
	return true;
}

static bool has_scheme(struct str text)
{
	return str_has_prefix(text, STR_LIT("https://")) ||
	       str_has_prefix(text, STR_LIT("http://")) || str_has_prefix(text, STR_LIT("${"));
}

enum err base_compile(struct template_scope *s, const struct yaml_node *node, struct str *ret_base)
{
	static const char expected[] = "an address such as https://api.example.com";
	enum err err = template_need_compile(s, node, expected, ret_base);

	if (err != ERR_OK)
		return err;
	if (!has_scheme(node->text) || !has_only(node->text, "?#@") ||
	    node->text.ptr[node->text.len - 1] == '/') {
		return yaml_fail(node, s->c->detail,
		                 "expected %s, without a name, a query or a '/' at its end",
		                 expected);
	}
	return ERR_OK;
}

enum err address_compile(struct template_scope *s, const struct yaml_node *node,
                         struct str *ret_address)
{
	static const char expected[] = "an address such as https://auth.example.com/token";
	enum err err = template_need_compile(s, node, expected, ret_address);

	if (err == ERR_OK && (!has_scheme(node->text) || !has_only(node->text, "#@")))
		err = yaml_fail(node, s->c->detail, "expected %s", expected);
	return err;
}

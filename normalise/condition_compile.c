/* SPDX-License-Identifier: MIT */
#include "normalise/map.h"

static enum err words_compile(struct compiler *c, const struct yaml_node *node,
                              struct condition *cond)
{
	bool is_list = node->kind == YAML_SEQUENCE;
	size_t count = is_list ? node->count : 1;
	const struct yaml_node *at = is_list ? node->first : node;
	void *memory = NULL;
	enum err err;

	if (count == 0)
		return yaml_fail(node, c->detail, "expected at least one word");
	err = compile_alloc(c, count, sizeof(struct str), &memory);

	struct str *words = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		err = compile_need_text(c, at, "a word");
		if (err == ERR_OK)
			err = compile_text(c, at->text, &words[i]);
	}
	cond->words = words;
	cond->word_count = count;
	return err;
}

static enum err exists_compile(struct compiler *c, const struct yaml_node *node,
                               struct condition *cond)
{
	cond->exists = node->kind == YAML_SCALAR && str_eq(node->text, STR_LIT("true"));
	if (!cond->exists && (node->kind != YAML_SCALAR || !str_eq(node->text, STR_LIT("false"))))
		return yaml_fail(node, c->detail, "expected true or false");
	return ERR_OK;
}

static enum err condition_compile(struct compiler *c, const struct yaml_node *node,
                                  struct condition *cond)
{
	static const char *const known[] = {"at", "do", "sep", "is", "is_not", "exists", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err == ERR_OK)
		err = pick_compile(c, node, &cond->pick);
	if (err != ERR_OK)
		return err;

	const struct yaml_node *is = yaml_get(node, "is");
	const struct yaml_node *is_not = yaml_get(node, "is_not");
	const struct yaml_node *exists = yaml_get(node, "exists");

	for (size_t i = 0; i < cond->pick.filter_count; i++) {
		if (cond->pick.filters[i] == FILTER_ZIP)
			return yaml_fail(node, c->detail, "zip gives pairs, which have no word");
	}
	if ((is != NULL) + (is_not != NULL) + (exists != NULL) != 1) {
		return yaml_fail(node, c->detail,
		                 "expected \"is\", \"is_not\" or \"exists\", one of them");
	}
	cond->is_negated = is_not != NULL;
	if (exists != NULL)
		return exists_compile(c, exists, cond);
	return words_compile(c, is != NULL ? is : is_not, cond);
}

enum err conditions_compile(struct compiler *c, const struct yaml_node *node,
                            struct conditions *ret_conditions)
{
	bool is_list = node->kind == YAML_SEQUENCE;
	size_t count = is_list ? node->count : 1;
	const struct yaml_node *at = is_list ? node->first : node;
	void *memory = NULL;
	enum err err = compile_alloc(c, count, sizeof(struct condition), &memory);
	struct condition *list = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next)
		err = condition_compile(c, at, &list[i]);
	if (err == ERR_OK)
		*ret_conditions = (struct conditions){list, count};
	return err;
}

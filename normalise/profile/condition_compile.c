/* SPDX-License-Identifier: MIT */
#include "normalise/profile/map.h"
#include "normalise/profile/scalar_compile.h"

static enum err exists_compile(struct compiler *c, const struct yaml_node *node,
                               struct condition *cond)
{
	cond->exists = node->kind == YAML_SCALAR && str_eq(node->text, STR_LIT("true"));
	if (!cond->exists && (node->kind != YAML_SCALAR || !str_eq(node->text, STR_LIT("false"))))
		return yaml_fail(node, c->detail, "expected true or false");
	return ERR_OK;
}

/** `at`, `do`, `sep`, `is`, `is_not` and `exists` of a mapping. */
static enum err parts_compile(struct compiler *c, const struct yaml_node *node,
                              struct condition *cond)
{
	const struct yaml_node *is = yaml_get(node, "is");
	const struct yaml_node *is_not = yaml_get(node, "is_not");
	const struct yaml_node *exists = yaml_get(node, "exists");
	enum err err = pick_compile(c, node, &cond->pick);

	if (err != ERR_OK)
		return err;
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
	return compile_words(c, is != NULL ? is : is_not, &cond->words, &cond->word_count);
}

static enum err condition_compile(struct compiler *c, const struct yaml_node *node,
                                  struct condition *cond)
{
	static const char *const known[] = {"at", "do", "sep", "is", "is_not", "exists", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	return err == ERR_OK ? parts_compile(c, node, cond) : err;
}

enum err conditions_compile(struct compiler *c, const struct yaml_node *node,
                            struct conditions *ret_conditions)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL;
	enum err err = compile_alloc(c, count, sizeof(struct condition), &memory);
	struct condition *list = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next)
		err = condition_compile(c, at, &list[i]);
	if (err == ERR_OK)
		*ret_conditions = (struct conditions){list, count};
	return err;
}

enum err condition_part_compile(struct compiler *c, const struct yaml_node *node,
                                struct conditions *ret_conditions)
{
	void *memory = NULL;
	enum err err = compile_alloc(c, 1, sizeof(struct condition), &memory);
	struct condition *one = memory;

	if (err == ERR_OK)
		err = parts_compile(c, node, one);
	if (err == ERR_OK)
		*ret_conditions = (struct conditions){one, 1};
	return err;
}

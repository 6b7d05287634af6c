/* SPDX-License-Identifier: MIT */
#include "normalise/profile/map.h"

/** What is compiled so far: no more than there are statuses. */
struct counter_rules {
	struct counter_rule *list;
	size_t count;
};

/** Two counters of one status would be one to whoever reads them. */
static enum err add_rule(struct compiler *c, const struct yaml_node *status,
                         struct counter_rule rule, struct counter_rules *rules)
{
	enum err err = status_word_compile(c, status, &rule.status);

	for (size_t i = 0; i < rules->count && err == ERR_OK; i++) {
		if (rules->list[i].status == rule.status) {
			err = yaml_fail(status, c->detail, "\"%s\" has a counter already",
			                status_str(rule.status));
		}
	}
	if (err == ERR_OK)
		rules->list[rules->count++] = rule;
	return err;
}

static enum err members_compile(struct compiler *c, const struct yaml_node *node,
                                const struct field_path *at, struct counter_rules *rules)
{
	enum err err = ERR_OK;

	if (node->kind != YAML_MAPPING || node->count == 0)
		return yaml_fail(node, c->detail, "expected {member: status}");
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next) {
		struct counter_rule rule = {.at = at};

		if (n->key.len == 0)
			return yaml_fail_key(n, c->detail, "expected the name of a member");
		err = compile_text(c, n->key, &rule.word);
		if (err == ERR_OK)
			err = add_rule(c, n, rule, rules);
	}
	return err;
}

/** "" is the whole record, which can hold counters and cannot be one. */
static enum err place_compile(struct compiler *c, const struct yaml_node *node, bool allow_whole,
                              const struct field_path **ret_path)
{
	bool is_text = node->kind == YAML_SCALAR && !yaml_is_null(node);

	if (!is_text || (node->text.len == 0 && !allow_whole))
		return yaml_fail(node, c->detail, "expected a JSON Pointer into the record");
	return path_compile(c, node, node->text, false, ret_path);
}

static enum err rule_compile(struct compiler *c, const struct yaml_node *node,
                             struct counter_rules *rules)
{
	static const char *const known[] = {"at", "map", "status", NULL};
	struct counter_rule rule = {.word = STR_EMPTY};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *at = yaml_get(node, "at");
	const struct yaml_node *map = yaml_get(node, "map");
	const struct yaml_node *status = yaml_get(node, "status");

	if (at == NULL)
		return yaml_fail(node, c->detail, "\"at\" is missing: where the counters are");
	if ((map == NULL) == (status == NULL))
		return yaml_fail(node, c->detail, "expected \"map\" or \"status\", one of them");
	err = place_compile(c, at, map != NULL, &rule.at);
	if (err != ERR_OK)
		return err;
	return map != NULL ? members_compile(c, map, rule.at, rules)
	                   : add_rule(c, status, rule, rules);
}

enum err counters_compile(struct compiler *c, const struct yaml_node *node, struct map *map)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	struct counter_rules rules = {.count = 0};
	void *memory = NULL;
	enum err err;

	if (count == 0)
		return yaml_fail(node, c->detail, "expected at least one counter");
	err = compile_alloc(c, STATUS_COUNT, sizeof(struct counter_rule), &memory);
	rules.list = memory;
	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next)
		err = rule_compile(c, at, &rules);
	map->counters = rules.list;
	map->counter_count = rules.count;
	return err;
}

/* SPDX-License-Identifier: MIT */
#include "normalise/profile/map.h"

/* Enough for every sensible profile; keeps `like` chains short to resolve. */
#define LIKE_MAX 16

/** A map and those it is `like`, nearest first. */
struct lineage {
	const struct yaml_node *maps[LIKE_MAX];
	size_t count;
};

static const char *const map_keys[] = {"like",     "when",    "key", "time", "status",
                                       "counters", "ordinal", "set", NULL};

static enum err check_map_keys(struct compiler *c, const struct yaml_node *node)
{
	return yaml_check_keys(node, map_keys, c->detail);
}

static enum err lineage_of(struct compiler *c, const struct yaml_node *node, struct lineage *l)
{
	l->count = 0;
	for (;;) {
		enum err err = check_map_keys(c, node);

		if (err != ERR_OK)
			return err;
		l->maps[l->count++] = node;

		const struct yaml_node *like = yaml_get(node, "like");

		if (like == NULL)
			return ERR_OK;
		err = compile_need_text(c, like, "the name of a map");
		if (err != ERR_OK)
			return err;
		node = c->maps != NULL ? yaml_get(c->maps, like->text.ptr) : NULL;
		if (node == NULL) {
			return yaml_fail(like, c->detail, "no such map \"%.*s\"",
			                 STR_FMT(like->text));
		}
		for (size_t i = 0; i < l->count; i++) {
			if (l->maps[i] == node)
				return yaml_fail(like, c->detail, "these maps are like each other");
		}
		if (l->count == LIKE_MAX)
			return yaml_fail(like, c->detail, "more than %d maps in a row", LIKE_MAX);
	}
}

/** The nearest map's key; NULL when none has it. */
static const struct yaml_node *inherited(const struct lineage *l, const char *key)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct yaml_node *node = yaml_get(l->maps[i], key);

		if (node != NULL)
			return node;
	}
	return NULL;
}

enum err status_word_compile(struct compiler *c, const struct yaml_node *node,
                             enum status *ret_status)
{
	if (node->kind != YAML_SCALAR || !status_from(node->text, ret_status)) {
		return yaml_fail(node, c->detail, "\"%.*s\" is none of our 18 statuses",
		                 STR_FMT(node->text));
	}
	return ERR_OK;
}

static enum err status_words_compile(struct compiler *c, const struct yaml_node *node,
                                     struct status_rule *rule)
{
	const struct yaml_node *at = node->first;
	void *memory = NULL;
	enum err err;

	if (node->kind != YAML_MAPPING || node->count == 0)
		return yaml_fail(node, c->detail, "expected {vendor's word: status}");
	err = compile_alloc(c, node->count, sizeof(struct status_word), &memory);

	struct status_word *words = memory;

	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next) {
		err = status_word_compile(c, at, &words[i].status);
		if (err == ERR_OK)
			err = compile_text(c, at->key, &words[i].word);
	}
	rule->words = words;
	rule->word_count = node->count;
	rule->has_words = true;
	return err;
}

static enum err status_compile(struct compiler *c, const struct yaml_node *node,
                               struct status_rule *rule)
{
	static const char *const known[] = {"at", "map", "is", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *at = yaml_get(node, "at");
	const struct yaml_node *map = yaml_get(node, "map");
	const struct yaml_node *is = yaml_get(node, "is");

	if (at == NULL && is == NULL)
		return yaml_fail(node, c->detail, "expected \"at\" or \"is\"");
	if (map != NULL && is != NULL)
		return yaml_fail(is, c->detail, "\"is\" and \"map\" exclude each other");
	if (map != NULL && at == NULL)
		return yaml_fail(map, c->detail, "\"map\" needs \"at\"");
	if (at != NULL)
		err = value_compile(c, at, &rule->at);
	if (err == ERR_OK && map != NULL)
		err = status_words_compile(c, map, rule);
	rule->is_fixed = is != NULL;
	if (err == ERR_OK && is != NULL)
		err = status_word_compile(c, is, &rule->fixed);
	return err;
}

/** Nearest map first: a field set twice keeps the nearest. */
static enum err sets_compile(struct compiler *c, const struct lineage *l, struct map *map)
{
	bool is_done[FIELD_COUNT] = {false};
	void *memory = NULL;
	enum err err = compile_alloc(c, FIELD_COUNT + 1, sizeof(struct set_rule), &memory);

	map->set = memory;
	for (size_t i = 0; i < l->count && err == ERR_OK; i++) {
		const struct yaml_node *set = yaml_get(l->maps[i], "set");

		if (set != NULL)
			err = set_compile(c, set, map, is_done);
	}
	return err;
}

/** The nearest map that has one of them counts: its counters replace an inherited status. */
static enum err what_compile(struct compiler *c, const struct lineage *l, struct map *map)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct yaml_node *status = yaml_get(l->maps[i], "status");
		const struct yaml_node *counters = yaml_get(l->maps[i], "counters");

		if (status != NULL && counters != NULL) {
			return yaml_fail_key(counters, c->detail,
			                     "\"counters\" and \"status\" exclude each other");
		}
		if (counters != NULL)
			return counters_compile(c, counters, map);
		if (status != NULL)
			return status_compile(c, status, &map->status);
	}
	return yaml_fail(l->maps[0], c->detail, "\"status\" is missing");
}

static enum err ordinal_compile(struct compiler *c, const struct yaml_node *node, struct map *map)
{
	bool is_text = node->kind == YAML_SCALAR;

	map->has_ordinal = is_text && str_eq(node->text, STR_LIT("true"));
	if (!map->has_ordinal && (!is_text || !str_eq(node->text, STR_LIT("false"))))
		return yaml_fail(node, c->detail, "expected true or false");
	if (map->has_ordinal && map->counter_count > 0) {
		return yaml_fail(node, c->detail,
		                 "counters have no ordinal: equal ones are the same counter");
	}
	return ERR_OK;
}

static enum err key_part_compile(struct compiler *c, const struct lineage *l, struct map *map)
{
	const struct yaml_node *key = inherited(l, "key");

	if (key != NULL)
		return key_compile(c, key, map);
	if (map->counter_count > 0)
		return yaml_fail(l->maps[0], c->detail, "counters need a \"key\": whose they are");
	return ERR_OK;
}

static enum err parts_compile(struct compiler *c, const struct lineage *l, struct map *map)
{
	const struct yaml_node *when = inherited(l, "when");
	const struct yaml_node *time = inherited(l, "time");
	const struct yaml_node *ordinal = inherited(l, "ordinal");
	enum err err = what_compile(c, l, map);

	if (err == ERR_OK && when != NULL)
		err = conditions_compile(c, when, &map->when);
	if (err == ERR_OK && time != NULL)
		err = time_compile(c, time, &map->time);
	if (err == ERR_OK && ordinal != NULL)
		err = ordinal_compile(c, ordinal, map);
	if (err == ERR_OK)
		err = sets_compile(c, l, map);
	if (err == ERR_OK)
		err = key_part_compile(c, l, map);
	return err;
}

enum err map_compile(struct compiler *c, const struct yaml_node *node, struct str name,
                     struct map *ret_map)
{
	struct lineage l;
	struct map map = {.set_count = 0};
	enum err err = lineage_of(c, node, &l);

	c->time_filter = NULL;
	if (err == ERR_OK)
		err = compile_text(c, name, &map.name);
	if (err == ERR_OK)
		err = parts_compile(c, &l, &map);
	if (err == ERR_OK && c->time_filter != NULL && map.time.format_count == 0) {
		err = yaml_fail(c->time_filter, c->detail,
		                "a time needs the map's formats: time: {at: …, as: […]}");
	}
	if (err == ERR_OK)
		*ret_map = map;
	return err;
}

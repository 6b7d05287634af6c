/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "normalise/profile/map.h"

static bool is_class(struct str word)
{
	return str_eq(word, STR_LIT("hard")) || str_eq(word, STR_LIT("soft"));
}

/** Words that a field with a closed list can get are known here; the vendor's own are checked when
 * they come. */
static bool word_fits(enum field field, struct str word)
{
	if (field == FIELD_REASON)
		return reason_is_known(word);
	return field != FIELD_BOUNCE_CLASS || is_class(word);
}

static enum err check_choice_words(struct compiler *c, const struct yaml_node *node,
                                   enum field field, const struct choice *choice)
{
	for (size_t i = 0; i < choice->map_count; i++) {
		if (!word_fits(field, choice->map[i].to)) {
			return yaml_fail(node, c->detail, "\"%.*s\" is no %s",
			                 STR_FMT(choice->map[i].to), field_defs[field].name);
		}
	}
	for (size_t i = 0; i < choice->pick.place_count && !choice->has_map; i++) {
		const struct place *p = &choice->pick.places[i];

		if (p->kind == PLACE_LITERAL && choice->pick.filter_count == 0 &&
		    !word_fits(field, p->literal)) {
			return yaml_fail(node, c->detail, "\"%.*s\" is no %s", STR_FMT(p->literal),
			                 field_defs[field].name);
		}
	}
	return ERR_OK;
}

static bool choice_zips(const struct choice *choice)
{
	return choice->pick.filter_count == 1 && choice->pick.filters[0] == FILTER_ZIP;
}

static enum err check_set(struct compiler *c, const struct yaml_node *node,
                          const struct set_rule *rule)
{
	bool is_pairs = field_defs[rule->field].kind == FIELD_KIND_PAIRS;

	for (size_t i = 0; i < rule->value.count; i++) {
		const struct choice *choice = &rule->value.choices[i];
		enum err err = check_choice_words(c, node, rule->field, choice);

		if (err != ERR_OK)
			return err;
		if (is_pairs && !choice_zips(choice) &&
		    (choice->pick.filter_count > 0 || choice->has_map)) {
			return yaml_fail(node, c->detail,
			                 "pairs take no filter but zip, and no map");
		}
	}
	if (field_defs[rule->field].kind == FIELD_KIND_TIME)
		c->time_filter = node;
	return ERR_OK;
}

static enum err set_one(struct compiler *c, const struct yaml_node *node, struct map *map,
                        bool is_done[FIELD_COUNT])
{
	struct set_rule *rule = &map->set[map->set_count];
	enum err err;

	if (!field_from(node->key, &rule->field))
		return yaml_fail(node, c->detail, "no such field \"%.*s\"", STR_FMT(node->key));
	if (is_done[rule->field])
		return ERR_OK; /* a nearer map has its own */
	is_done[rule->field] = true;
	if (yaml_is_null(node))
		return ERR_OK; /* written out as nothing */
	c->allow_zip = field_defs[rule->field].kind == FIELD_KIND_PAIRS;
	err = value_compile(c, node, &rule->value);
	c->allow_zip = false;
	if (err == ERR_OK)
		err = check_set(c, node, rule);
	if (err == ERR_OK)
		map->set_count++;
	return err;
}

enum err set_compile(struct compiler *c, const struct yaml_node *node, struct map *map,
                     bool is_done[FIELD_COUNT])
{
	enum err err = ERR_OK;

	if (node->kind != YAML_MAPPING)
		return yaml_fail(node, c->detail, "expected {field: value}");
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = set_one(c, n, map, is_done);
	return err;
}

static bool map_sets(const struct map *map, enum field field)
{
	for (size_t i = 0; i < map->set_count; i++) {
		if (map->set[i].field == field)
			return true;
	}
	return false;
}

static enum err key_word(struct compiler *c, const struct yaml_node *node, const struct map *map,
                         struct key_rule *rule)
{
	rule->kind = KEY_TIME;
	if (str_eq(node->text, STR_LIT("time")))
		return ERR_OK;
	rule->kind = KEY_FIELD;
	if (!field_from(node->text, &rule->field))
		return yaml_fail(node, c->detail, "no such field \"%.*s\"", STR_FMT(node->text));
	if (field_defs[rule->field].kind == FIELD_KIND_PAIRS)
		return yaml_fail(node, c->detail, "pairs cannot be part of the key");
	if (!map_sets(map, rule->field)) {
		return yaml_fail(node, c->detail,
		                 "\"%.*s\" is in the key, but the map does not set it",
		                 STR_FMT(node->text));
	}
	return ERR_OK;
}

static enum err key_one(struct compiler *c, const struct yaml_node *node, const struct map *map,
                        struct key_rule *rule)
{
	if (node->kind == YAML_SCALAR && node->text.len > 0 &&
	    strchr("/=@", node->text.ptr[0]) == NULL)
		return key_word(c, node, map, rule);
	rule->kind = KEY_VALUE;
	return value_compile(c, node, &rule->value);
}

enum err key_compile(struct compiler *c, const struct yaml_node *node, struct map *map)
{
	const struct yaml_node *at = node->first;
	void *memory = NULL;
	enum err err;

	if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > FACT_KEY_MAX) {
		return yaml_fail(node, c->detail, "expected a list of 1 to %d values",
		                 FACT_KEY_MAX);
	}
	err = compile_alloc(c, node->count, sizeof(struct key_rule), &memory);

	struct key_rule *list = memory;

	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next)
		err = key_one(c, at, map, &list[i]);
	map->key = list;
	map->key_count = node->count;
	return err;
}

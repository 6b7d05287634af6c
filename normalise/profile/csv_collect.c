/* SPDX-License-Identifier: MIT */
#include "normalise/profile/csv_collect.h"

#include <string.h>

/* More names than this stay as a file writes them. */
#define NAMES_MAX 512

struct collection {
	struct str names[NAMES_MAX];
	size_t count;
};

static void add_name(struct collection *c, struct str name)
{
	for (size_t i = 0; i < c->count; i++) {
		if (str_eq(c->names[i], name))
			return;
	}
	if (name.len > 0 && c->count < NAMES_MAX)
		c->names[c->count++] = name;
}

static void add_path(struct collection *c, const struct field_path *path)
{
	if (path != NULL && path->count > 0)
		add_name(c, path->steps[0].name);
}

static void add_pick(struct collection *c, const struct pick *pick)
{
	for (size_t i = 0; i < pick->place_count; i++) {
		if (pick->places[i].kind == PLACE_RECORD)
			add_path(c, pick->places[i].path);
	}
}

static void add_conditions(struct collection *c, const struct conditions *when)
{
	for (size_t i = 0; i < when->count; i++)
		add_pick(c, &when->list[i].pick);
}

static void add_value(struct collection *c, const struct value_expr *value)
{
	for (size_t i = 0; i < value->count; i++) {
		add_pick(c, &value->choices[i].pick);
		add_conditions(c, &value->choices[i].when);
	}
}

static void add_map(struct collection *c, const struct map *map)
{
	add_conditions(c, &map->when);
	add_value(c, &map->time.at);
	add_value(c, &map->status.at);
	for (size_t i = 0; i < map->counter_count; i++) {
		const struct counter_rule *rule = &map->counters[i];

		add_path(c, rule->at);
		if (rule->at->count == 0)
			add_name(c, rule->word); /* a member of the record itself */
	}
	for (size_t i = 0; i < map->set_count; i++)
		add_value(c, &map->set[i].value);
	for (size_t i = 0; i < map->key_count; i++)
		add_value(c, &map->key[i].value);
}

enum err csv_columns_collect(struct arena *a, const struct map *const *maps, size_t map_count,
                             struct decode_spec *spec)
{
	struct collection c;
	struct str *names;

	c.count = 0;
	for (size_t i = 0; i < map_count; i++)
		add_map(&c, maps[i]);
	names = arena_alloc(a, (c.count + 1) * sizeof(*names));
	if (names == NULL)
		return ERR_NOMEM;
	memcpy(names, c.names, c.count * sizeof(*names));
	spec->columns = names;
	spec->column_count = c.count;
	return ERR_OK;
}

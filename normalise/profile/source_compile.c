/* SPDX-License-Identifier: MIT */
#include "normalise/profile/csv_collect.h"
#include "normalise/profile/profile_parts.h"

static enum err map_named(struct compiler *c, const struct yaml_node *node,
                          const struct map_list *maps, const struct map **ret_map)
{
	enum err err = compile_need_text(c, node, "the name of a map");

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < maps->count; i++) {
		if (str_eq(maps->maps[i].name, node->text)) {
			*ret_map = &maps->maps[i];
			return ERR_OK;
		}
	}
	return yaml_fail(node, c->detail, "no such map \"%.*s\" in maps", STR_FMT(node->text));
}

static enum err maps_compile(struct compiler *c, const struct yaml_node *node,
                             const struct map_list *maps, struct profile_source *w)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL;
	enum err err;

	if (count == 0)
		return yaml_fail(node, c->detail, "expected at least one map");
	err = compile_alloc(c, count, sizeof(struct map *), &memory);

	const struct map **list = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next)
		err = map_named(c, at, maps, &list[i]);
	w->maps = list;
	w->map_count = count;
	return err;
}

static bool is_name(struct str text, bool allow_underscore)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
		    !(allow_underscore && c == '_'))
			return false;
	}
	return text.len > 0;
}

enum err source_name_compile(struct compiler *c, const struct yaml_node *node,
                             enum source_kind kind, struct profile_source *source)
{
	bool is_report = kind == SOURCE_REPORT;
	struct str name = STR_EMPTY;
	enum err err = ERR_OK;

	if (!is_name(node->key, is_report)) {
		return yaml_fail(node, c->detail, "a %s's name has lower-case letters, digits%s",
		                 is_report ? "report" : "webhook",
		                 is_report ? ", '-' and '_'" : " and '-'");
	}
	err = compile_text(c, node->key, &name);
	if (err == ERR_OK)
		source->name = name.ptr;
	return err;
}

enum err source_columns_compile(struct compiler *c, struct profile_source *source)
{
	enum decode_as as = source->decode.as;

	if (as != DECODE_CSV && as != DECODE_AUTO)
		return ERR_OK;
	return csv_columns_collect(&c->pool->arena, source->maps, source->map_count,
	                           &source->decode);
}

enum err source_maps_compile(struct compiler *c, const struct yaml_node *node,
                             const struct map_list *maps, struct profile_source *source)
{
	const struct yaml_node *decode = yaml_get(node, "decode");
	const struct yaml_node *map = yaml_get(node, "map");
	enum err err = ERR_OK;

	if (decode != NULL)
		err = decode_compile(c, decode, &source->decode);
	if (err == ERR_OK && map != NULL)
		err = maps_compile(c, map, maps, source);
	if (err == ERR_OK)
		err = source_columns_compile(c, source);
	return err;
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "normalise/profile/map.h"

#define ARENA_MAX  ((size_t)16 * 1024 * 1024)
#define PLACES_MAX 32

static const struct {
	const char *word;
	enum decode_scope scope;
} scopes[] = {
	{"@up", SCOPE_UP},      {"@env", SCOPE_ENV},     {"@each", SCOPE_EACH},
	{"@hdr", SCOPE_HEADER}, {"@query", SCOPE_QUERY},
};

void map_pool_init(struct map_pool *pool)
{
	*pool = (struct map_pool){.zone_count = 0};
	arena_init(&pool->arena, ARENA_MAX);
}

void map_pool_fini(struct map_pool *pool)
{
	for (struct pool_path *p = pool->paths; p != NULL; p = p->next)
		field_path_free(p->path);
	for (struct pool_format *f = pool->formats; f != NULL; f = f->next)
		timestamp_format_free(f->format);
	arena_fini(&pool->arena);
	*pool = (struct map_pool){.zone_count = 0};
}

enum err compile_alloc(struct compiler *c, size_t count, size_t size, void **ret_memory)
{
	void *p = arena_alloc(&c->pool->arena, (count > 0 ? count : 1) * size);

	if (p == NULL)
		return ERR_NOMEM;
	*ret_memory = p;
	return ERR_OK;
}

enum err compile_text(struct compiler *c, struct str text, struct str *ret_text)
{
	return arena_str_dup(&c->pool->arena, text, ret_text);
}

enum err compile_need_text(struct compiler *c, const struct yaml_node *node, const char *expected)
{
	if (node->kind != YAML_SCALAR || yaml_is_null(node) || node->text.len == 0)
		return yaml_fail(node, c->detail, "expected %s", expected);
	return ERR_OK;
}

enum err path_compile(struct compiler *c, const struct yaml_node *node, struct str text,
                      bool allow_any, const struct field_path **ret_path)
{
	struct pool_path *owner = arena_alloc(&c->pool->arena, sizeof(*owner));
	struct err_detail detail = {.text = ""};

	if (owner == NULL)
		return ERR_NOMEM;

	enum err err = field_path_new(text, allow_any, &owner->path, &detail);

	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		return yaml_fail(node, c->detail, "\"%.*s\" is no JSON Pointer: %s", STR_FMT(text),
		                 detail.text);
	}
	owner->next = c->pool->paths;
	c->pool->paths = owner;
	*ret_path = owner->path;
	return ERR_OK;
}

static enum err scope_compile(struct compiler *c, const struct yaml_node *node, struct place *p)
{
	struct str text = node->text;
	const char *slash = memchr(text.ptr, '/', text.len);
	size_t len = slash != NULL ? (size_t)(slash - text.ptr) : 0;

	if (slash == NULL)
		return yaml_fail(node, c->detail, "expected a pointer behind it, as in @env/id");
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		if (!str_eq((struct str){text.ptr, len}, str_from(scopes[i].word)))
			continue;
		p->kind = PLACE_SCOPE;
		p->scope = scopes[i].scope;
		return path_compile(c, node, (struct str){text.ptr + len, text.len - len}, false,
		                    &p->path);
	}
	return yaml_fail(node, c->detail,
	                 "no such place \"%.*s\"; there are @up, @env, @each, @hdr and @query",
	                 (int)len, text.ptr);
}

static enum err place_compile(struct compiler *c, const struct yaml_node *node, struct place *p)
{
	enum err err = compile_need_text(c, node, "a value: /pointer, =literal or @scope/pointer");

	if (err != ERR_OK)
		return err;
	switch (node->text.ptr[0]) {
	case '=':
		p->kind = PLACE_LITERAL;
		return compile_text(c, (struct str){node->text.ptr + 1, node->text.len - 1},
		                    &p->literal);
	case '@':
		return scope_compile(c, node, p);
	case '/':
		p->kind = PLACE_RECORD;
		return path_compile(c, node, node->text, false, &p->path);
	default:
		return yaml_fail(node, c->detail,
		                 "\"%.*s\" is no value; expected /pointer, =literal or "
		                 "@scope/pointer",
		                 STR_FMT(node->text));
	}
}

/** One place, or a list of them. */
static enum err places_compile(struct compiler *c, const struct yaml_node *node, struct pick *pick)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL;
	enum err err;

	if (count == 0 || count > PLACES_MAX)
		return yaml_fail(node, c->detail, "expected 1 to %d values", PLACES_MAX);
	err = compile_alloc(c, count, sizeof(struct place), &memory);

	struct place *places = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next)
		err = place_compile(c, at, &places[i]);
	pick->places = places;
	pick->place_count = count;
	return err;
}

static enum err filter_compile(struct compiler *c, const struct yaml_node *node,
                               enum filter *ret_filter)
{
	if (node->kind != YAML_SCALAR || !filter_from(node->text, ret_filter)) {
		return yaml_fail(node, c->detail,
		                 "no such filter \"%.*s\"; there are lower, upper, trim, digits, "
		                 "e164, split, join, zip, base64, hex, sha256, urldecode, time and "
		                 "status_word",
		                 STR_FMT(node->text));
	}
	if (*ret_filter == FILTER_TIME)
		c->time_filter = node;
	return ERR_OK;
}

static enum err filters_compile(struct compiler *c, const struct yaml_node *node, struct pick *pick)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL;
	enum err err = ERR_OK;

	if (count > FILTER_COUNT)
		return yaml_fail(node, c->detail, "more than %d filters", (int)FILTER_COUNT);
	err = compile_alloc(c, count, sizeof(enum filter), &memory);

	enum filter *filters = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		err = filter_compile(c, at, &filters[i]);
		pick->is_lossy |= err == ERR_OK && filter_is_lossy(filters[i]);
		if (err == ERR_OK && filters[i] == FILTER_ZIP &&
		    (!c->allow_zip || count > 1 || pick->place_count != 2)) {
			err = yaml_fail(at, c->detail,
			                "zip is for a field of pairs, stands alone and takes two "
			                "lists: fields: {at: [/names, /values], do: [zip]}");
		}
	}
	pick->filters = filters;
	pick->filter_count = count;
	return err;
}

static enum err separator_compile(struct compiler *c, const struct yaml_node *node,
                                  struct pick *pick)
{
	if (node->kind != YAML_SCALAR || node->text.len != 1)
		return yaml_fail(node, c->detail, "expected one character, such as \",\"");
	return compile_text(c, node->text, &pick->separator);
}

enum err pick_compile(struct compiler *c, const struct yaml_node *node, struct pick *pick)
{
	const struct yaml_node *at = yaml_get(node, "at");
	const struct yaml_node *filters = yaml_get(node, "do");
	const struct yaml_node *separator = yaml_get(node, "sep");
	enum err err;

	if (at == NULL)
		return yaml_fail(node, c->detail, "\"at\" is missing: where the value is");
	pick->separator = STR_LIT(",");
	err = places_compile(c, at, pick);
	if (err == ERR_OK && filters != NULL)
		err = filters_compile(c, filters, pick);
	if (err == ERR_OK && separator != NULL)
		err = separator_compile(c, separator, pick);
	return err;
}

static enum err word_map_compile(struct compiler *c, const struct yaml_node *node,
                                 struct choice *choice)
{
	const struct yaml_node *at = node->first;
	void *memory = NULL;
	enum err err;

	if (node->kind != YAML_MAPPING || node->count == 0)
		return yaml_fail(node, c->detail, "expected {vendor's word: ours}");
	err = compile_alloc(c, node->count, sizeof(struct word_pair), &memory);

	struct word_pair *map = memory;

	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next) {
		err = compile_need_text(c, at, "a word");
		if (err == ERR_OK)
			err = compile_text(c, at->key, &map[i].from);
		if (err == ERR_OK)
			err = compile_text(c, at->text, &map[i].to);
	}
	choice->has_map = true;
	choice->map = map;
	choice->map_count = node->count;
	return err;
}

static enum err choice_compile(struct compiler *c, const struct yaml_node *node,
                               struct choice *choice)
{
	static const char *const known[] = {"at", "do", "sep", "map", "when", NULL};
	enum err err;

	if (node->kind != YAML_MAPPING) {
		choice->pick.separator = STR_LIT(",");
		return places_compile(c, node, &choice->pick);
	}
	err = yaml_check_keys(node, known, c->detail);
	if (err == ERR_OK)
		err = pick_compile(c, node, &choice->pick);

	const struct yaml_node *map = yaml_get(node, "map");
	const struct yaml_node *when = yaml_get(node, "when");

	if (err == ERR_OK && map != NULL)
		err = word_map_compile(c, map, choice);
	if (err == ERR_OK && when != NULL)
		err = conditions_compile(c, when, &choice->when);
	return err;
}

enum err value_compile(struct compiler *c, const struct yaml_node *node,
                       struct value_expr *ret_expr)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL;
	enum err err;

	if (count == 0 || count > PLACES_MAX)
		return yaml_fail(node, c->detail, "expected 1 to %d values", PLACES_MAX);
	err = compile_alloc(c, count, sizeof(struct choice), &memory);

	struct choice *choices = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		if (at->kind == YAML_SEQUENCE)
			return yaml_fail(at, c->detail, "a list in a list is no value");
		err = choice_compile(c, at, &choices[i]);
	}
	if (err == ERR_OK)
		*ret_expr = (struct value_expr){choices, count};
	return err;
}

enum err value_member_compile(struct compiler *c, const struct yaml_node *node, const char *key,
                              const struct value_expr **ret_expr)
{
	const struct yaml_node *at = yaml_get(node, key);
	void *memory = NULL;
	enum err err;

	if (at == NULL)
		return ERR_OK;
	err = compile_alloc(c, 1, sizeof(struct value_expr), &memory);

	struct value_expr *expr = memory;

	if (err == ERR_OK)
		err = value_compile(c, at, expr);
	if (err == ERR_OK)
		*ret_expr = expr;
	return err;
}

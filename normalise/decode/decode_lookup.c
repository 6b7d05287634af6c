/* SPDX-License-Identifier: MIT */
#include "normalise/decode/decode.h"
#include "normalise/decode/form.h"
#include "normalise/text/utf8.h"

/*
 * What stands outside of the record is read where it lies, and only the value that is asked for.
 * It is remembered as long as the place is the same: a batch of 20,000 records asks for one
 * @up/name 20,000 times, and finding it may mean to walk over all of them.
 */
struct looked_up {
	struct looked_up *next;
	const struct field_path *path; /* borrowed: a path stands for itself */
	struct value *v;               /* NULL: not there */
};

void lookup_init(struct decoder *d)
{
	arena_init(&d->scopes, d->memory_max);
	arena_init(&d->up_cache.arena, d->memory_max);
	arena_init(&d->env_cache.arena, d->memory_max);
}

void lookup_fini(struct decoder *d)
{
	arena_fini(&d->scopes);
	arena_fini(&d->up_cache.arena);
	arena_fini(&d->env_cache.arena);
}

static struct value *read_at(struct json_cursor c, struct arena *a, const struct field_path *path)
{
	struct value *v = NULL;

	if (!json_seek(&c, path) || json_read(&c, a, &v, NULL) != ERR_OK)
		return NULL;
	return v;
}

/* @p place: before a JSON value */
static struct value *lookup_json(struct lookup_cache *cache, struct json_cursor place,
                                 const struct field_path *path)
{
	struct looked_up *entry;
	struct value *v;

	if (cache->place != place.at) {
		arena_reset(&cache->arena);
		cache->first = NULL;
		cache->place = place.at;
	}
	for (entry = cache->first; entry != NULL; entry = entry->next) {
		if (entry->path == path)
			return entry->v;
	}
	v = read_at(place, &cache->arena, path);
	entry = arena_alloc(&cache->arena, sizeof(*entry));
	if (entry != NULL) {
		*entry = (struct looked_up){.next = cache->first, .path = path, .v = v};
		cache->first = entry;
	}
	return v;
}

static struct value *form_scope(struct decoder *d, struct value **scope, struct str text)
{
	if (*scope == NULL &&
	    form_read(&d->scopes, text, CHARSET_UTF8, DECODE_FIELDS_MAX, scope, NULL) != ERR_OK)
		return NULL;
	return *scope;
}

static enum err add_header(struct arena *a, struct value *headers, struct str line)
{
	struct str name, text;
	struct value *v;

	if (!str_cut(line, ':', &name, &text))
		return ERR_OK;
	if (utf8_repair(a, str_trim(text), &text) != ERR_OK)
		return ERR_NOMEM;
	v = value_new_string(a, text);
	if (v == NULL)
		return ERR_NOMEM;
	value_set(headers, str_trim(name), v);
	return ERR_OK;
}

static struct value *header_scope(struct decoder *d)
{
	struct str line, lines = d->payload->headers;
	struct value *headers = d->header_scope;

	if (headers != NULL)
		return headers;
	headers = value_new(&d->scopes, VALUE_OBJECT);
	if (headers == NULL)
		return NULL;
	while (lines.len > 0) {
		(void)str_cut(lines, '\n', &line, &lines);
		if (add_header(&d->scopes, headers, line) != ERR_OK)
			return NULL;
	}
	return d->header_scope = headers;
}

/* What the report engine tells the normaliser is no loop value. */
static void drop_hidden(struct value *scope)
{
	struct value **link = &scope->first;

	scope->last = NULL;
	scope->count = 0;
	while (*link != NULL) {
		struct value *v = *link;

		if (v->key.len > 0 && v->key.ptr[0] == '_') {
			*link = v->next;
			continue;
		}
		scope->last = v;
		scope->count++;
		link = &v->next;
	}
}

static struct value *each_scope(struct decoder *d)
{
	bool is_new = d->each_scope == NULL;
	struct value *scope = form_scope(d, &d->each_scope, d->payload->vars);

	if (is_new && scope != NULL)
		drop_hidden(scope);
	return scope;
}

static struct value *get(const struct field_path *path, struct value *root)
{
	return root != NULL ? field_path_get(path, root) : NULL;
}

static struct value *lookup_up(struct decoder *d, const struct field_path *path)
{
	const char *up = d->records.up;

	if (up == NULL)
		return NULL;
	return lookup_json(&d->up_cache, (struct json_cursor){up, up, d->records.end}, path);
}

static struct value *lookup_env(struct decoder *d, const struct field_path *path)
{
	if (d->env_form != NULL)
		return field_path_get(path, d->env_form);
	return d->env.at != NULL ? lookup_json(&d->env_cache, d->env, path) : NULL;
}

struct value *decoder_lookup(struct decoder *d, enum decode_scope scope,
                             const struct field_path *path)
{
	switch (scope) {
	case SCOPE_UP:
		return lookup_up(d, path);
	case SCOPE_ENV:
		return lookup_env(d, path);
	case SCOPE_HEADER:
		return get(path, header_scope(d));
	case SCOPE_QUERY:
		return get(path, form_scope(d, &d->query_scope, d->payload->query));
	case SCOPE_EACH:
		return get(path, each_scope(d));
	}
	return NULL;
}

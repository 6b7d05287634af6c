/* SPDX-License-Identifier: MIT */
#include "normalise/source.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "normalise/profile/profile_parts.h"

struct source {
	atomic_uint refs;
	char *instance, *account;      /* owned */
	struct profile *profile;       /* a reference of ours */
	struct profile_source spec;    /* the profile's, with what the configuration gave instead */
	struct map_pool pool;          /* of what the configuration gave */
	struct timestamp_zone **zones; /* owned, as are its members */
	size_t zone_count;
};

struct parts {
	const struct source_var *vars;
	size_t var_count;
	struct err_detail *detail;
};

/** The configuration's value, else the profile's. NULL: nobody gave one. */
static const char *var_value(const struct source *s, const struct parts *p, struct str name)
{
	for (size_t i = 0; i < p->var_count; i++) {
		if (str_eq(name, str_from(p->vars[i].name)))
			return p->vars[i].value;
	}
	for (size_t i = 0; i < profile_var_count(s->profile); i++) {
		const struct profile_var *var = profile_var_at(s->profile, i);

		if (str_eq(name, str_from(var->name)))
			return var->fallback;
	}
	return NULL;
}

static enum err zone_new(const struct source *s, const struct parts *p,
                         const struct pool_zone *zone, struct timestamp_zone **ret_zone)
{
	const char *name = zone->is_var ? var_value(s, p, zone->text) : zone->text.ptr;
	enum err err = name != NULL ? timestamp_zone_new(name, ret_zone) : ERR_NOENT;

	if (err != ERR_NOENT)
		return err;
	if (p->detail != NULL) {
		*p->detail = (struct err_detail){.line = 0};
		if (zone->is_var) {
			(void)snprintf(p->detail->key, sizeof(p->detail->key), "vars.%.*s",
			               STR_FMT(zone->text));
		}
	}
	if (name == NULL) {
		err_detail_set(p->detail, "expected a time zone such as Africa/Johannesburg");
	} else {
		err_detail_set(p->detail,
		               "no such time zone \"%s\"; expected a name such as "
		               "Africa/Johannesburg",
		               name);
	}
	return ERR_PARSE;
}

static enum err zones_new(struct source *s, const struct parts *p, const struct map_pool *pool)
{
	const struct pool_zone *at = pool->zones;
	enum err err = ERR_OK;

	s->zones = calloc(pool->zone_count + 1, sizeof(struct timestamp_zone *));
	if (s->zones == NULL)
		return ERR_NOMEM;
	s->zone_count = pool->zone_count;
	for (size_t i = 0; i < s->zone_count && err == ERR_OK; i++, at = at->next)
		err = zone_new(s, p, at, &s->zones[i]);
	return err;
}

/** One map, or a list of them, written out in the configuration. */
static enum err own_maps(struct source *s, struct compiler *c, const struct yaml_node *node)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL, *list_memory = NULL;
	enum err err;

	if (count == 0)
		return yaml_fail(node, c->detail, "expected a map or a list of maps");
	err = compile_alloc(c, count, sizeof(struct map), &memory);
	if (err == ERR_OK)
		err = compile_alloc(c, count, sizeof(struct map *), &list_memory);

	struct map *maps = memory;
	const struct map **list = list_memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		err = map_compile(c, at, STR_EMPTY, &maps[i]);
		list[i] = &maps[i];
	}
	s->spec.maps = list;
	s->spec.map_count = count;
	return err;
}

static enum err own_parts(struct source *s, const struct parts *p, const struct yaml_node *node)
{
	static const char *const known[] = {"decode", "map", NULL};
	struct compiler c = {.pool = &s->pool,
	                     .maps = profile_maps(s->profile),
	                     .vars = profile_var_at(s->profile, 0),
	                     .var_count = profile_var_count(s->profile),
	                     .detail = p->detail};
	enum err err = yaml_check_keys(node, known, p->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *decode = yaml_get(node, "decode");
	const struct yaml_node *map = yaml_get(node, "map");

	if (!s->spec.takes_map && node->first != NULL) {
		return yaml_fail(node->first, p->detail,
		                 "\"%s\" of %s has its own decoding and map; neither can be given",
		                 s->spec.name, profile_name(s->profile));
	}
	if (decode != NULL)
		err = decode_compile(&c, decode, &s->spec.decode);
	if (err == ERR_OK && decode != NULL && s->spec.methods == 0) /* a report, so a file */
		err = decode_check_file(&c, decode, &s->spec.decode);
	if (err == ERR_OK && map != NULL)
		err = own_maps(s, &c, map);
	if (err == ERR_OK)
		err = source_columns_compile(&c, &s->spec);
	return err;
}

static enum err compile(struct source *s, const struct parts *p, const struct yaml_node *overrides)
{
	const struct map_pool *pool = profile_pool(s->profile);
	enum err err = overrides != NULL ? own_parts(s, p, overrides) : ERR_OK;

	if (err != ERR_OK)
		return err;
	if (overrides != NULL && yaml_get(overrides, "map") != NULL) {
		pool = &s->pool;
	} else if (s->spec.map_required) {
		if (p->detail != NULL)
			*p->detail = (struct err_detail){.key = "map"};
		err_detail_set(p->detail, "\"%s\" needs a map of your own", s->spec.name);
		return ERR_PARSE;
	}
	return zones_new(s, p, pool);
}

enum err source_new(const char *instance, const char *account, const struct profile *profile,
                    const struct profile_source *spec, const struct source_var *vars,
                    size_t var_count, const struct yaml_node *overrides, struct source **ret_source,
                    struct err_detail *reterr_detail)
{
	const struct parts parts = {vars, var_count, reterr_detail};
	struct source *s = calloc(1, sizeof(*s));
	enum err err = ERR_NOMEM;

	if (s == NULL)
		return ERR_NOMEM;
	atomic_init(&s->refs, 1);
	map_pool_init(&s->pool);
	s->profile = profile_ref(profile);
	s->spec = *spec;
	s->instance = str_dup(str_from(instance));
	s->account = str_dup(str_from(account));
	if (s->instance == NULL || s->account == NULL)
		goto out;
	err = compile(s, &parts, overrides);
	if (err != ERR_OK)
		goto out;
	*ret_source = s;
	s = NULL;
out:
	source_unref(s);
	return err;
}

struct source *source_ref(struct source *s)
{
	unsigned before = atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);

	assert(before > 0);
	(void)before;
	return s;
}

void source_unref(struct source *s)
{
	if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < s->zone_count; i++)
		timestamp_zone_free(s->zones[i]);
	free(s->zones);
	map_pool_fini(&s->pool);
	profile_free(s->profile);
	free(s->instance);
	free(s->account);
	free(s);
}

const char *source_account(const struct source *s)
{
	return s->account;
}

const char *source_name(const struct source *s)
{
	return s->spec.name;
}

const char *source_vendor(const struct source *s)
{
	return profile_name(s->profile);
}

const char *source_instance(const struct source *s)
{
	return s->instance;
}

const struct profile_source *source_spec(const struct source *s)
{
	return &s->spec;
}

const struct profile *source_profile(const struct source *s)
{
	return s->profile;
}

const struct timestamp_zone *const *source_zones(const struct source *s)
{
	return (const struct timestamp_zone *const *)s->zones;
}

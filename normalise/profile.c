/* SPDX-License-Identifier: MIT */
#include "normalise/profile.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "normalise/profile_parts.h"

#define MAPS_MAX     256
#define WEBHOOKS_MAX 64
#define VARS_MAX     64

struct profile {
	atomic_uint *refs;    /* owned; a pointer, so that a const profile can be counted */
	struct profile *self; /* for profile_ref() likewise */
	struct yaml_doc *doc; /* owned */
	struct map_pool pool;
	const char *name;
	const char *about;
	const struct yaml_node *maps_node; /* borrowed from doc; NULL for none */
	struct map_list maps;
	struct profile_source *webhooks; /* in the pool, as are the vars */
	size_t webhook_count;
	struct profile_var *vars;
	size_t var_count;
};

/** A mapping of at most @p max members; NULL is an empty one. */
static enum err members(struct compiler *c, const struct yaml_node *node, size_t max, size_t size,
                        void **ret_memory, size_t *ret_count)
{
	size_t count = node != NULL ? node->count : 0;

	if (node != NULL && node->kind != YAML_MAPPING) {
		(void)yaml_fail(node, c->detail, "expected {name: {…}}");
		return ERR_PARSE;
	}
	if (count > max) {
		(void)yaml_fail(node, c->detail, "more than %zu of them", max);
		return ERR_PARSE;
	}
	*ret_count = count;
	return compile_alloc(c, count, size, ret_memory);
}

static bool is_vendor_name(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char ch = text.ptr[i];

		if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9') && ch != '-')
			return false;
	}
	return text.len > 0 && text.len <= 64;
}

static enum err name_compile(struct profile *p, struct compiler *c, const struct yaml_node *root)
{
	const struct yaml_node *name = yaml_get(root, "profile");
	const struct yaml_node *about = yaml_get(root, "about");

	if (name == NULL)
		return yaml_fail(root, c->detail, "\"profile\" is missing: the vendor's name");
	if (name->kind != YAML_SCALAR || !is_vendor_name(name->text)) {
		return yaml_fail(name, c->detail,
		                 "expected a name of at most 64 lower-case letters, digits and "
		                 "'-'");
	}
	if (about != NULL && about->kind != YAML_SCALAR)
		return yaml_fail(about, c->detail, "expected one line of text");
	p->name = name->text.ptr;
	p->about = about != NULL ? about->text.ptr : "";
	return ERR_OK;
}

static enum err var_compile(struct compiler *c, const struct yaml_node *node,
                            struct profile_var *var)
{
	static const char *const known[] = {"default", "secret", NULL};

	var->name = node->key.ptr;
	if (yaml_is_null(node))
		return ERR_OK;

	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *fallback = yaml_get(node, "default");
	const struct yaml_node *secret = yaml_get(node, "secret");

	if (fallback != NULL && fallback->kind != YAML_SCALAR)
		return yaml_fail(fallback, c->detail, "expected a text");
	if (secret != NULL &&
	    (secret->kind != YAML_SCALAR ||
	     (!str_eq(secret->text, STR_LIT("true")) && !str_eq(secret->text, STR_LIT("false")))))
		return yaml_fail(secret, c->detail, "expected true or false");
	var->fallback = fallback != NULL ? fallback->text.ptr : NULL;
	var->secret = secret != NULL && str_eq(secret->text, STR_LIT("true"));
	return ERR_OK;
}

static enum err vars_compile(struct profile *p, struct compiler *c, const struct yaml_node *node)
{
	void *memory = NULL;
	enum err err =
		members(c, node, VARS_MAX, sizeof(struct profile_var), &memory, &p->var_count);
	const struct yaml_node *at = node != NULL ? node->first : NULL;

	if (err != ERR_OK)
		return err;
	assert(memory != NULL);
	p->vars = memory;
	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next)
		err = var_compile(c, at, &p->vars[i]);
	c->vars = p->vars;
	c->var_count = p->var_count;
	return err;
}

static enum err maps_compile(struct profile *p, struct compiler *c, const struct yaml_node *node)
{
	void *memory = NULL;
	enum err err = members(c, node, MAPS_MAX, sizeof(struct map), &memory, &p->maps.count);
	const struct yaml_node *at = node != NULL ? node->first : NULL;
	struct map *maps = memory;

	c->maps = node;
	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next)
		err = map_compile(c, at, at->key, &maps[i]);
	p->maps_node = node;
	p->maps.maps = maps;
	return err;
}

static enum err webhooks_compile(struct profile *p, struct compiler *c,
                                 const struct yaml_node *node)
{
	void *memory = NULL;
	enum err err = members(c, node, WEBHOOKS_MAX, sizeof(struct profile_source), &memory,
	                       &p->webhook_count);
	const struct yaml_node *at = node != NULL ? node->first : NULL;

	p->webhooks = memory;
	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next)
		err = webhook_compile(c, at, &p->maps, &p->webhooks[i]);
	return err;
}

static enum err compile(struct profile *p, struct yaml_doc *doc, struct err_detail *detail)
{
	static const char *const known[] = {"profile", "about", "vars", "maps", "webhooks", NULL};
	const struct yaml_node *root = yaml_root(doc);
	struct compiler c = {.pool = &p->pool, .detail = detail};
	enum err err = yaml_check_keys(root, known, detail);

	if (err == ERR_OK)
		err = name_compile(p, &c, root);
	if (err == ERR_OK)
		err = vars_compile(p, &c, yaml_get(root, "vars"));
	if (err == ERR_OK)
		err = maps_compile(p, &c, yaml_get(root, "maps"));
	if (err == ERR_OK)
		err = webhooks_compile(p, &c, yaml_get(root, "webhooks"));
	return err;
}

enum err profile_new(struct yaml_doc *doc, struct profile **ret_profile,
                     struct err_detail *reterr_detail)
{
	struct profile *p = calloc(1, sizeof(*p));
	enum err err = ERR_NOMEM;

	if (p == NULL)
		goto out;
	map_pool_init(&p->pool);
	p->refs = malloc(sizeof(*p->refs));
	if (p->refs == NULL)
		goto out;
	atomic_init(p->refs, 1);
	p->self = p;
	err = compile(p, doc, reterr_detail);
	if (err != ERR_OK)
		goto out;
	p->doc = doc;
	*ret_profile = p;
	p = NULL;
out:
	profile_free(p);
	return err;
}

void profile_free(struct profile *p)
{
	if (p == NULL)
		return;
	if (p->refs != NULL && atomic_fetch_sub_explicit(p->refs, 1, memory_order_acq_rel) > 1)
		return;
	map_pool_fini(&p->pool);
	yaml_free(p->doc);
	free(p->refs);
	free(p);
}

struct profile *profile_ref(const struct profile *p)
{
	(void)atomic_fetch_add_explicit(p->refs, 1, memory_order_relaxed);
	return p->self;
}

const char *profile_name(const struct profile *p)
{
	return p->name;
}

const char *profile_about(const struct profile *p)
{
	return p->about;
}

const struct profile_source *profile_webhook(const struct profile *p, struct str name)
{
	for (size_t i = 0; i < p->webhook_count; i++) {
		if (str_eq(name, str_from(p->webhooks[i].name)))
			return &p->webhooks[i];
	}
	return NULL;
}

size_t profile_webhook_count(const struct profile *p)
{
	return p->webhook_count;
}

const struct profile_source *profile_webhook_at(const struct profile *p, size_t i)
{
	return i < p->webhook_count ? &p->webhooks[i] : NULL;
}

size_t profile_var_count(const struct profile *p)
{
	return p->var_count;
}

const struct profile_var *profile_var_at(const struct profile *p, size_t i)
{
	return i < p->var_count ? &p->vars[i] : NULL;
}

const struct map_pool *profile_pool(const struct profile *p)
{
	return &p->pool;
}

const struct yaml_node *profile_maps(const struct profile *p)
{
	return p->maps_node;
}

/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "normalise/profile/report_parts.h"

#define MAPS_MAX     256
#define WEBHOOKS_MAX 64
#define REPORTS_MAX  64
#define VARS_MAX     64

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
	if (template_word_is_taken(node->key)) {
		return yaml_fail_key(node, c->detail, "\"%.*s\" is a name that requests use",
		                     STR_FMT(node->key));
	}
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
	void *memory = NULL, *registers = NULL;
	enum err err = members(c, node, WEBHOOKS_MAX, sizeof(struct profile_source), &memory,
	                       &p->webhook_count);
	const struct yaml_node *at = node != NULL ? node->first : NULL;

	if (err == ERR_OK) {
		err = compile_alloc(c, p->webhook_count, sizeof(struct register_spec *),
		                    &registers);
	}
	p->webhooks = memory;
	p->registers = registers;
	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next)
		err = webhook_compile(c, at, &p->maps, &p->webhooks[i], &p->registers[i]);
	return err;
}

static enum err lists_compile(struct profile *p, struct compiler *c, const struct yaml_node *node)
{
	void *memory = NULL;
	enum err err =
		members(c, node, LISTS_MAX, sizeof(struct list_spec), &memory, &p->lists.count);
	const struct yaml_node *at = node != NULL ? node->first : NULL;
	struct list_spec *lists = memory;

	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next)
		err = list_compile(c, at, &lists[i]);
	p->lists.lists = lists;
	return err;
}

static enum err reports_compile(struct profile *p, struct compiler *c, const struct yaml_node *node)
{
	void *memory = NULL;
	enum err err = members(c, node, REPORTS_MAX, sizeof(struct profile_report), &memory,
	                       &p->report_count);
	const struct yaml_node *at = node != NULL ? node->first : NULL;

	p->reports = memory;
	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next) {
		err = report_compile(c, at, &p->maps, &p->lists, &p->reports[i]);
		if (err == ERR_OK && profile_webhook(p, at->key) != NULL) {
			err = yaml_fail_key(at, c->detail, "a webhook has the name \"%.*s\" too",
			                    STR_FMT(at->key));
		}
	}
	if (err == ERR_OK && node != NULL)
		err = each_link_reports(c, node, p->reports, p->report_count);
	if (err == ERR_OK && node != NULL)
		err = job_link_fallbacks(c, node, p->reports, p->report_count);
	return err;
}

/** What stands above all requests. */
static enum err service_compile(struct profile *p, struct compiler *c, const struct yaml_node *root)
{
	const struct yaml_node *base = yaml_get(root, "base");
	const struct yaml_node *auth = yaml_get(root, "auth");
	const struct yaml_node *hosts = yaml_get(root, "hosts");
	struct template_scope s = {.c = c};
	enum err err = ERR_OK;

	c->has_base = base != NULL;
	if (base != NULL)
		err = base_compile(&s, base, &p->base);
	if (err == ERR_OK && auth != NULL)
		err = auth_compile(c, auth, &p->auth);
	if (err == ERR_OK)
		err = limits_compile(c, yaml_get(root, "limits"), &p->limits);
	if (err == ERR_OK && hosts != NULL)
		err = hosts_compile(c, hosts, p->hosts, &p->host_count);
	return err;
}

/** Outside of a map there are no formats that the filter could read with. */
static enum err time_filter_check(struct compiler *c)
{
	if (c->time_filter == NULL)
		return ERR_OK;
	return yaml_fail(c->time_filter, c->detail, "the filter time is for maps");
}

enum err profile_compile(struct profile *p, const struct yaml_node *root, struct err_detail *detail)
{
	static const char *const known[] = {"profile",  "about",  "vars",    "base",
	                                    "auth",     "limits", "hosts",   "maps",
	                                    "webhooks", "lists",  "reports", NULL};
	struct compiler c = {.pool = &p->pool, .detail = detail};
	enum err err = yaml_check_keys(root, known, detail);

	if (err == ERR_OK)
		err = name_compile(p, &c, root);
	if (err == ERR_OK)
		err = vars_compile(p, &c, yaml_get(root, "vars"));
	if (err == ERR_OK)
		err = service_compile(p, &c, root);
	if (err == ERR_OK)
		err = time_filter_check(&c);
	if (err == ERR_OK)
		err = maps_compile(p, &c, yaml_get(root, "maps"));
	c.time_filter = NULL;
	if (err == ERR_OK)
		err = webhooks_compile(p, &c, yaml_get(root, "webhooks"));
	if (err == ERR_OK)
		err = lists_compile(p, &c, yaml_get(root, "lists"));
	if (err == ERR_OK)
		err = reports_compile(p, &c, yaml_get(root, "reports"));
	if (err == ERR_OK)
		err = time_filter_check(&c);
	return err;
}

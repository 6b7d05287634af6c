/* SPDX-License-Identifier: MIT */
#include "normalise/profile/profile.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "normalise/profile/report_parts.h"

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
	err = profile_compile(p, yaml_root(doc), reterr_detail);
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

size_t profile_report_count(const struct profile *p)
{
	return p->report_count;
}

const struct profile_report *profile_report_at(const struct profile *p, size_t i)
{
	return i < p->report_count ? &p->reports[i] : NULL;
}

const struct profile_report *profile_report(const struct profile *p, struct str name)
{
	for (size_t i = 0; i < p->report_count; i++) {
		if (str_eq(name, str_from(p->reports[i].source.name)))
			return &p->reports[i];
	}
	return NULL;
}

const struct profile_source *profile_source(const struct profile *p, struct str name)
{
	const struct profile_report *report = profile_report(p, name);

	return report != NULL ? &report->source : profile_webhook(p, name);
}

const struct list_spec *profile_list(const struct profile *p, struct str name)
{
	for (size_t i = 0; i < p->lists.count; i++) {
		if (str_eq(name, str_from(p->lists.lists[i].name)))
			return &p->lists.lists[i];
	}
	return NULL;
}

size_t profile_list_count(const struct profile *p)
{
	return p->lists.count;
}

const struct list_spec *profile_list_at(const struct profile *p, size_t i)
{
	return i < p->lists.count ? &p->lists.lists[i] : NULL;
}

const struct register_spec *profile_register(const struct profile *p, struct str webhook)
{
	for (size_t i = 0; i < p->webhook_count; i++) {
		if (str_eq(webhook, str_from(p->webhooks[i].name)))
			return p->registers[i];
	}
	return NULL;
}

struct str profile_base(const struct profile *p)
{
	return p->base;
}

const struct auth_spec *profile_auth(const struct profile *p)
{
	return &p->auth;
}

const struct limits_spec *profile_limits(const struct profile *p)
{
	return &p->limits;
}

size_t profile_host_count(const struct profile *p)
{
	return p->host_count;
}

struct str profile_host_at(const struct profile *p, size_t i)
{
	return i < p->host_count ? p->hosts[i] : STR_EMPTY;
}

bool profile_same(const struct profile *a, const struct profile *b)
{
	return a == b || yaml_same(yaml_root(a->doc), yaml_root(b->doc));
}

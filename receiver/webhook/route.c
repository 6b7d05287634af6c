/* SPDX-License-Identifier: MIT */
#include "receiver/webhook/route.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64U

struct route_table {
	unsigned refs;
	struct route **buckets; /* owned */
	size_t bucket_count;    /* a power of two */
	struct route *first;    /* owned */
	size_t count;
};

static const struct {
	const char *name;
	enum profile_method method;
} verbs[] = {
	{"POST", METHOD_POST},   {"GET", METHOD_GET},       {"PUT", METHOD_PUT},
	{"PATCH", METHOD_PATCH}, {"DELETE", METHOD_DELETE},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

enum err route_table_new(struct route_table **ret_table)
{
	struct route_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	t->buckets = calloc(BUCKETS_FIRST, sizeof(struct route *));
	if (t->buckets == NULL) {
		free(t);
		return ERR_NOMEM;
	}
	t->bucket_count = BUCKETS_FIRST;
	t->refs = 1;
	*ret_table = t;
	return ERR_OK;
}

static void route_free(struct route *r)
{
	if (r == NULL)
		return;
	source_unref(r->source);
	credentials_unref(r->credentials);
	free(r->path);
	free(r);
}

struct route_table *route_table_ref(struct route_table *t)
{
	t->refs++;
	return t;
}

void route_table_unref(struct route_table *t)
{
	if (t == NULL || --t->refs > 0)
		return;
	while (t->first != NULL) {
		struct route *next = t->first->next;

		route_free(t->first);
		t->first = next;
	}
	free(t->buckets);
	free(t);
}

size_t route_table_count(const struct route_table *t)
{
	return t->count;
}

/* FNV-1a. The table is fixed by the configuration: requests cannot fill a bucket. */
static size_t hash_path(struct str path)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < path.len; i++)
		h = (h ^ (unsigned char)path.ptr[i]) * 16777619U;
	return h;
}

static struct route **bucket_of(const struct route_table *t, struct str path)
{
	return &t->buckets[hash_path(path) & (t->bucket_count - 1)];
}

struct route *route_table_find(const struct route_table *t, struct str path)
{
	struct route *r = *bucket_of(t, path);

	while (r != NULL && !str_eq(str_from(r->path), path))
		r = r->next_in_bucket;
	return r;
}

static enum err grow(struct route_table *t)
{
	size_t count = t->bucket_count * 2;
	struct route **buckets = calloc(count, sizeof(struct route *));

	if (buckets == NULL)
		return ERR_NOMEM;
	free(t->buckets);
	t->buckets = buckets;
	t->bucket_count = count;
	for (struct route *r = t->first; r != NULL; r = r->next) {
		struct route **bucket = bucket_of(t, str_from(r->path));

		r->next_in_bucket = *bucket;
		*bucket = r;
	}
	return ERR_OK;
}

static char *make_path(const struct source *source)
{
	const char *account = source_account(source);
	const char *name = source_name(source);
	size_t size = sizeof("/hooks//") + strlen(account) + strlen(name);
	char *path = malloc(size);

	if (path != NULL)
		(void)snprintf(path, size, "/hooks/%s/%s", account, name);
	return path;
}

static void write_allow(struct route *r)
{
	size_t len = 0;

	for (size_t i = 0; i < VERB_COUNT; i++) {
		if ((r->spec->methods & (unsigned)verbs[i].method) == 0)
			continue;
		len += (size_t)snprintf(r->allow + len, sizeof(r->allow) - len, "%s%s",
		                        len > 0 ? ", " : "", verbs[i].name);
	}
	assert(len < sizeof(r->allow));
}

static struct route *route_new(struct source *source, struct credentials *credentials)
{
	struct route *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->path = make_path(source);
	if (r->path == NULL) {
		free(r);
		return NULL;
	}
	r->source = source_ref(source);
	r->credentials = credentials != NULL ? credentials_ref(credentials) : NULL;
	r->spec = source_spec(source);
	write_allow(r);
	return r;
}

enum err route_table_add(struct route_table *t, struct source *source,
                         struct credentials *credentials)
{
	struct route *r;
	struct route **bucket;

	if (t->count >= t->bucket_count && grow(t) != ERR_OK)
		return ERR_NOMEM;
	r = route_new(source, credentials);
	if (r == NULL)
		return ERR_NOMEM;
	if (route_table_find(t, str_from(r->path)) != NULL) {
		route_free(r);
		return ERR_EXISTS;
	}
	bucket = bucket_of(t, str_from(r->path));
	r->next_in_bucket = *bucket;
	*bucket = r;
	r->next = t->first;
	t->first = r;
	t->count++;
	return ERR_OK;
}

bool route_takes(const struct route *r, struct str method, bool has_query)
{
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (!str_eq(method, str_from(verbs[i].name)))
			continue;
		return (r->spec->methods & (unsigned)verbs[i].method) != 0 &&
		       (verbs[i].method != METHOD_GET || has_query);
	}
	return false;
}

bool route_is_probe(struct str method)
{
	return str_eq(method, STR_LIT("HEAD")) || str_eq(method, STR_LIT("OPTIONS")) ||
	       str_eq(method, STR_LIT("GET"));
}

static struct metric *find_metric(const struct route *r, unsigned code)
{
	char label[16];

	(void)snprintf(label, sizeof(label), "%u", code);
	return metric_get(METRIC_WEBHOOK_REQUESTS, source_account(r->source),
	                  source_name(r->source), label);
}

void route_count(struct route *r, unsigned code)
{
	struct route_code *slot = r->codes;
	struct route_code *end = r->codes + ROUTE_CODES_MAX;

	while (slot < end && slot->code != code && slot->code != 0)
		slot++;
	if (slot == end) {
		find_metric(r, code)->value++;
		return;
	}
	if (slot->code == 0)
		*slot = (struct route_code){code, find_metric(r, code)};
	slot->metric->value++;
}

/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "receiver/report/reports_parts.h"

struct account *account_find(const struct account_list *list, const char *name)
{
	struct account *a;

	TAILQ_FOREACH(a, list, link) {
		if (strcmp(a->name, name) == 0)
			return a;
	}
	return NULL;
}

void account_free(struct reports *r, struct account *a)
{
	if (a == NULL)
		return;
	while (!TAILQ_EMPTY(&a->runs)) {
		struct running *x = TAILQ_FIRST(&a->runs);

		TAILQ_REMOVE(&a->runs, x, link);
		running_orphan(x);
		TAILQ_INSERT_TAIL(&r->orphans, x, link);
		running_cancel(x);
	}
	while (!TAILQ_EMPTY(&a->plans)) {
		struct plan *p = TAILQ_FIRST(&a->plans);

		TAILQ_REMOVE(&a->plans, p, link);
		plan_free(p);
	}
	queue_fini(&a->queue);
	known_free(a->known);
	client_unref(a->client);
	free(a->name);
	free(a->vendor);
	free(a);
}

static enum err account_plans(struct account *a, struct reports *r,
                              const struct report_account *conf, const struct account *old)
{
	size_t tasks = 0;

	for (size_t i = 0; i < conf->plan_count; i++) {
		const char *name = conf->plans[i].spec->source.name;
		struct plan *p = NULL;
		enum err err = plan_new(a, r, &conf->plans[i],
		                        old != NULL ? account_plan(old, name) : NULL, &p);

		if (err != ERR_OK)
			return err;
		TAILQ_INSERT_TAIL(&a->plans, p, link);
		if (p->job == NULL) {
			tasks += p->task_count;
			continue;
		}
		err = queue_reserve(&p->queue, p->task_count);
		if (err != ERR_OK)
			return err;
	}
	return queue_reserve(&a->queue, tasks);
}

static enum err account_client(struct account *a, struct reports *r,
                               const struct vendor_client_conf *conf, const struct account *old)
{
	if (old != NULL && client_is_of(old->client, conf)) {
		a->client = client_ref(old->client);
		return ERR_OK;
	}
	return client_new(r->loop, r->http, r->store, conf, &a->client);
}

enum err account_new(struct reports *r, const struct report_account *conf,
                     const struct account *old, struct account **ret_account)
{
	const struct limits_spec *limits = profile_limits(conf->client.profile);
	struct account *a = calloc(1, sizeof(*a));
	enum err err = ERR_NOMEM;

	if (a == NULL)
		return ERR_NOMEM;
	TAILQ_INIT(&a->plans);
	TAILQ_INIT(&a->runs);
	a->parallel = limits->parallel > 0 ? limits->parallel : 1;
	a->pages_max = limits->pages_max;
	a->name = strdup(conf->client.account);
	a->vendor = strdup(profile_name(conf->client.profile));
	if (a->name == NULL || a->vendor == NULL)
		goto out;
	err = account_client(a, r, &conf->client, old);
	if (err == ERR_OK) {
		a->hold.vendor = client_vendor(a->client);
		err = known_new(a, &a->known);
	}
	if (err == ERR_OK)
		err = account_plans(a, r, conf, old);
	if (err != ERR_OK)
		goto out;
	*ret_account = a;
	a = NULL;
out:
	account_free(r, a);
	return err;
}

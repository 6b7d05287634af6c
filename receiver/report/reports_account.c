/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "receiver/report/reports_parts.h"
#include "receiver/report/vendor/circuit.h"

/* ---- plans ---- */

static void plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	tasks_free(p->tasks, p->task_count);
	extras_free(p);
	queue_fini(&p->queue);
	job_settings_unref(p->job);
	plan_loops_free(p);
	source_unref(p->source);
	free(p->name);
	free(p->tz);
	free(p);
}

static enum err plan_new(struct account *a, struct reports *r, const struct report_plan *conf,
                         const struct plan *old, struct plan **ret_plan)
{
	struct plan *p = calloc(1, sizeof(*p));
	enum err err = ERR_NOMEM;

	if (p == NULL)
		return ERR_NOMEM;
	p->r = r;
	TAILQ_INIT(&p->extras);
	p->account = a;
	p->source = source_ref(conf->source);
	p->spec = conf->spec;
	p->every_ms = conf->every_ms;
	p->start_ms = conf->start_ms;
	p->is_too_many = old != NULL && old->is_too_many;
	p->name = strdup(conf->spec->source.name);
	p->tz = conf->tz != NULL ? strdup(conf->tz) : NULL;
	if (p->name == NULL || (conf->tz != NULL && p->tz == NULL))
		goto out;
	err = conf->spec->job != NULL ? job_settings_new(r, conf, &p->job) : ERR_OK;
	if (err == ERR_OK)
		err = plan_loops_new(p, conf, old);
	if (err == ERR_OK)
		err = tasks_build(p, &p->tasks, &p->task_count);
	if (err != ERR_OK)
		goto out;
	*ret_plan = p;
	p = NULL;
out:
	plan_free(p);
	return err;
}

/* ---- accounts ---- */

struct account *account_find(const struct account_list *list, const char *name)
{
	struct account *a;

	TAILQ_FOREACH(a, list, link) {
		if (strcmp(a->name, name) == 0)
			return a;
	}
	return NULL;
}

struct plan *account_plan(const struct account *a, const char *name)
{
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		if (strcmp(p->name, name) == 0)
			return p;
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
	account_forget_known(a);
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

/* ---- when the vendor wants a rest ---- */

static bool is_open(const struct account *a)
{
	struct vendor_state state = {.circuit = ""};

	vendor_client_state(client_vendor(a->client), &state);
	return strcmp(state.circuit, "open") == 0;
}

void account_hold(struct account *a, uint64_t wait_ms)
{
	uint64_t until_ms;

	if (wait_ms < LATER_MIN_MS)
		wait_ms = LATER_MIN_MS;
	if (wait_ms > LATER_MAX_MS)
		wait_ms = LATER_MAX_MS;
	until_ms = clock_mono_ms() + wait_ms;
	if (until_ms > a->hold_until_ms)
		a->hold_until_ms = until_ms;
	a->is_hold_circuit = is_open(a);
}

void account_hold_auth(struct account *a, uint64_t wait_ms)
{
	struct vendor_state state = {.circuit = ""};

	vendor_client_state(client_vendor(a->client), &state);
	if (state.open_ms > wait_ms)
		wait_ms = state.open_ms;
	account_hold(a, wait_ms > 0 ? wait_ms : CIRCUIT_AUTH_MIN_MS);
}

uint64_t account_held(struct account *a, uint64_t mono_ms)
{
	if (a->hold_until_ms > mono_ms && a->is_hold_circuit && !is_open(a))
		a->hold_until_ms = 0; /* somebody mended it */
	if (a->hold_until_ms <= mono_ms) {
		a->hold_until_ms = 0;
		a->is_hold_circuit = false;
		return 0;
	}
	return a->hold_until_ms - mono_ms;
}

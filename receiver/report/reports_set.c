/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_parts.h"

/* A run goes over to what has its name now; what has none any more is cancelled by its owner. */
static void move_runs(struct account *to, struct account *from)
{
	struct running *x = TAILQ_FIRST(&from->runs);

	while (x != NULL) {
		struct running *next = TAILQ_NEXT(x, link);

		TAILQ_REMOVE(&from->runs, x, link);
		TAILQ_INSERT_TAIL(&to->runs, x, link);
		x->account = to;
		x->plan = account_plan(to, source_name(x->source));
		if (!x->is_order) {
			to->active++;
		} else if (x->plan != NULL) {
			x->plan->active++;
		}
		x = next;
	}
	from->active = 0;
}

/* With another client the rest of a due run is asked for anew; a person's request is brought to its
 * end. An order goes on in a run with what holds now: it is never made again for that. */
static bool is_outdated(const struct account *a, const struct running *x)
{
	if (x->plan == NULL)
		return true;
	if (!x->is_order)
		return x->client != a->client && !x->is_fetch;
	return x->client != a->client || !job_settings_same(x->job, x->plan->job) ||
	       (x->task == NULL && !x->is_extra);
}

static void cancel_gone(struct account *a)
{
	struct running *x = TAILQ_FIRST(&a->runs);

	while (x != NULL) {
		struct running *next = TAILQ_NEXT(x, link);

		if (is_outdated(a, x))
			running_cancel(x);
		x = next;
	}
}

static void adopt(struct account *a, struct account *old)
{
	struct plan *p;

	if (a->client == old->client)
		a->hold = old->hold;
	known_adopt(a->known, old->known);
	move_runs(a, old);
	TAILQ_FOREACH(p, &a->plans, link) {
		struct plan *was = account_plan(old, p->name);

		if (was == NULL) {
			tasks_adopt(p, NULL, 0);
			continue;
		}
		tasks_adopt(p, was->tasks, was->task_count);
		was->tasks = NULL;
		was->task_count = 0;
		if (p->extras != NULL && was->extras != NULL)
			extras_adopt(p->extras, was->extras);
		if (a->client != old->client)
			tasks_hurry(p);
	}
	cancel_gone(a);
}

static void adopt_new(struct account *a)
{
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link)
		tasks_adopt(p, NULL, 0);
}

static void free_all(struct reports *r, struct account_list *list)
{
	while (!TAILQ_EMPTY(list)) {
		struct account *a = TAILQ_FIRST(list);

		TAILQ_REMOVE(list, a, link);
		account_free(r, a);
	}
}

enum err reports_set(struct reports *r, const struct report_account *accounts, size_t count)
{
	struct account_list next = TAILQ_HEAD_INITIALIZER(next);
	struct account_list before = TAILQ_HEAD_INITIALIZER(before);
	struct account *a;

	for (size_t i = 0; i < count; i++) {
		const struct account *old = account_find(&r->accounts, accounts[i].client.account);
		enum err err = account_new(r, &accounts[i], old, &a);

		if (err != ERR_OK) {
			free_all(r, &next);
			return err;
		}
		TAILQ_INSERT_TAIL(&next, a, link);
	}
	/* Nothing can fail from here on. */
	TAILQ_CONCAT(&before, &r->accounts, link);
	TAILQ_FOREACH(a, &next, link) {
		struct account *old = account_find(&before, a->name);

		if (old != NULL) {
			adopt(a, old);
		} else {
			adopt_new(a);
		}
		known_expect(a->known);
	}
	TAILQ_CONCAT(&r->accounts, &next, link);
	free_all(r, &before);
	reports_wake(r);
	return ERR_OK;
}

struct client *reports_client(const struct reports *r, const char *account)
{
	struct account *a = account_find(&r->accounts, account);

	return a != NULL ? client_ref(a->client) : NULL;
}

void reports_mended(struct reports *r, const char *account)
{
	struct account *a = account_find(&r->accounts, account);

	if (a == NULL)
		return;
	vendor_client_reset(client_vendor(a->client));
	hold_end(&a->hold);
	values_mended(a);
	reports_wake(r);
}

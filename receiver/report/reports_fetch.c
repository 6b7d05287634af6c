/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/clock.h"
#include "receiver/report/reports_fetch_parts.h"

static void fetching_free(struct report_fetching *f)
{
	if (f == NULL)
		return;
	for (size_t i = f->next; i < f->item_count; i++)
		combo_free(f->items[i]);
	free(f->items);
	combo_free(f->given);
	free(f->account);
	free(f->report);
	free(f);
}

/* ---- running them ---- */

static bool is_order(const struct report_fetching *f, const struct plan *p)
{
	return p->job != NULL && !f->is_dry && f->from_ms == 0 && f->to_ms == 0;
}

/* An order that is under way is the one that is asked for. */
static bool may_join(struct report_fetching *f, struct running *x)
{
	return is_order(f, x->plan) && x->is_order && !x->is_ended && !running_has_nothing(x) &&
	       running_join(x, f);
}

static bool may_begin(const struct report_fetching *f, const struct plan *p,
                      const struct running *same)
{
	if (p->job != NULL && !is_order(f, p))
		return true; /* it is refused at once */
	if (same != NULL)
		return false;
	return p->job != NULL ? !plan_is_busy(p) : p->account->active < p->account->parallel;
}

static void run_items(struct report_fetching *f, struct plan *p)
{
	struct account *a = p->account;

	if (!f->is_dry && !reports_store_works(f->r))
		return;
	while (f->next < f->item_count) {
		const struct running_order order = {.plan = p,
		                                    .combo = f->items[f->next],
		                                    .fetching = f,
		                                    .from_ms = f->from_ms,
		                                    .to_ms = f->to_ms,
		                                    .is_dry = f->is_dry};
		struct running *same = runs_find(a, p, order.combo);

		if (same != NULL && may_join(f, same)) {
			combo_free(f->items[f->next++]);
			continue;
		}
		if (!may_begin(f, p, same))
			return; /* the end of one wakes us */
		if (running_begin(&order) != ERR_OK) {
			fetching_fail(f, ERR_NOMEM, err_str(ERR_NOMEM));
			return;
		}
		f->next++;
	}
}

static void fetching_step(struct report_fetching *f)
{
	struct account *a = account_find(&f->r->accounts, f->account);
	struct plan *p = a != NULL ? account_plan(a, f->report) : NULL;

	if (f->r->is_stopping) {
		fetching_fail(f, ERR_CANCELED, err_str(ERR_CANCELED));
	} else if (f->is_planned && p == NULL) {
		if (f->next < f->item_count) /* a reload took it away */
			fetching_fail(f, ERR_CANCELED, "it is not configured any more");
	} else if (a == NULL) {
		fetching_name_accounts(f);
	} else if (p == NULL) {
		fetching_name_reports(f, a);
	} else if (!f->is_planned && fetching_has_lists(f, p)) {
		fetching_plan(f, p);
	}
	if (f->is_planned && p != NULL)
		run_items(f, p);
}

void fetchings_step(struct reports *r)
{
	struct report_fetching *f = TAILQ_FIRST(&r->fetchings);

	while (f != NULL) {
		struct report_fetching *next;

		fetching_step(f);
		if (!f->is_planned || f->next < f->item_count || f->active > 0) {
			f = TAILQ_NEXT(f, link);
			continue;
		}
		if (!f->is_dropped && f->ops.on_done != NULL)
			f->ops.on_done(f->arg, f->err, f->text);
		next = TAILQ_NEXT(f, link);
		TAILQ_REMOVE(&r->fetchings, f, link);
		fetching_free(f);
		f = next;
	}
}

void fetchings_free(struct reports *r)
{
	while (!TAILQ_EMPTY(&r->fetchings)) {
		struct report_fetching *f = TAILQ_FIRST(&r->fetchings);

		TAILQ_REMOVE(&r->fetchings, f, link);
		fetching_free(f);
	}
}

/* ---- asking ---- */

static size_t count_fetchings(const struct reports *r)
{
	const struct report_fetching *f;
	size_t count = 0;

	TAILQ_FOREACH(f, &r->fetchings, link)
		count++;
	return count;
}

enum err reports_fetch(struct reports *r, const struct report_fetch *fetch,
                       const struct report_fetch_ops *ops, void *arg,
                       struct report_fetching **ret_fetching)
{
	struct report_fetching *f;

	if (r->is_stopping)
		return ERR_CANCELED;
	if (count_fetchings(r) >= FETCHINGS_MAX)
		return ERR_LIMIT;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ERR_NOMEM;
	f->r = r;
	f->ops = *ops;
	f->arg = arg;
	f->from_ms = fetch->from_ms;
	f->to_ms = fetch->to_ms;
	f->is_dry = fetch->is_dry;
	f->begin_ms = clock_mono_ms();
	f->account = str_dup(fetch->account);
	f->report = str_dup(fetch->report);
	if (f->account == NULL || f->report == NULL ||
	    combo_sorted(fetch->values, fetch->value_count, &f->given) != ERR_OK) {
		fetching_free(f);
		return ERR_NOMEM;
	}
	TAILQ_INSERT_TAIL(&r->fetchings, f, link);
	reports_wake(r);
	*ret_fetching = f;
	return ERR_OK;
}

static void cancel_all(struct running_list *runs, const struct report_fetching *f)
{
	struct running *x = TAILQ_FIRST(runs);

	while (x != NULL) {
		struct running *next = TAILQ_NEXT(x, link);

		if (x->fetching == f)
			running_cancel(x);
		x = next;
	}
}

/* An order may take days: it does not hold whoever listens no more. */
static void drop_orders(struct running_list *runs, struct report_fetching *f)
{
	struct running *x;

	TAILQ_FOREACH(x, runs, link) {
		if (x->is_order)
			running_drop(x, f);
	}
}

void reports_fetch_drop(struct report_fetching *f)
{
	struct account *a;

	f->is_dropped = true;
	TAILQ_FOREACH(a, &f->r->accounts, link)
		drop_orders(&a->runs, f);
	drop_orders(&f->r->orphans, f);
	reports_wake(f->r);
	if (!f->is_dry)
		return;
	f->is_planned = true;
	fetching_drop_items(f);
	TAILQ_FOREACH(a, &f->r->accounts, link)
		cancel_all(&a->runs, f);
	cancel_all(&f->r->orphans, f);
	reports_wake(f->r);
}

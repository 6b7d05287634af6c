/* SPDX-License-Identifier: MIT */
/* Whose file it is, what a person brought, and who listens to an order. */
#include <string.h>

#include "core/obj.h"
#include "receiver/report/reports_parts.h"

#define TELL_MS 10000

/* ---- files of others, and of people ---- */

/* Its order is under way, or may be, and nobody goes on with it just now. */
static bool is_between_runs(const struct account *a, const char *report, const struct combo *c)
{
	const struct plan *p = account_plan(a, report);
	const struct task *task;

	if (p == NULL || p->job == NULL)
		return false;
	task = tasks_find(p, c);
	if (task == NULL)
		return extras_may_have(p->extras, c);
	return !task->is_loaded || task_is_outstanding(task);
}

/* Of a run: has it not yet read what is kept of its order, or goes another one on with it? */
static bool is_passing(const struct running *x)
{
	return x->is_ended ? running_is_outstanding(x)
	                   : x->is_canceled || x->progress.job.state == NULL;
}

enum report_take running_on_foreign(void *arg, const struct profile_report *of,
                                    const struct report_handed *handed)
{
	struct running *x;
	struct running *other;

	OBJ_FROM(x, arg, RUNNING_MAGIC);
	if (x->account == NULL)
		return REPORT_NOT_TAKEN;
	TAILQ_FOREACH(other, &x->account->runs, link) {
		if (other == x || !other->is_order ||
		    strcmp(source_name(other->source), of->source.name) != 0 ||
		    combo_cmp(other->combo, x->combo) != 0)
			continue;
		if (!other->is_ended && report_run_hand(other->run, handed))
			return REPORT_TAKEN;
		return is_passing(other) ? REPORT_TAKEN_LATER : REPORT_NOT_TAKEN;
	}
	return is_between_runs(x->account, of->source.name, x->combo) ? REPORT_TAKEN_LATER
	                                                              : REPORT_NOT_TAKEN;
}

bool reports_brought(struct reports *r, struct str account, struct str report,
                     const struct report_value *values, size_t value_count)
{
	struct combo *given = NULL;
	struct account *a;
	struct running *x;
	bool is_settled = false;

	if (combo_sorted(values, value_count, &given) != ERR_OK)
		return false;
	TAILQ_FOREACH(a, &r->accounts, link) {
		if (!str_eq(str_from(a->name), account))
			continue;
		TAILQ_FOREACH(x, &a->runs, link) {
			if (x->is_order && !x->is_ended &&
			    str_eq(str_from(source_name(x->source)), report) &&
			    combo_cmp(x->combo, given) == 0)
				is_settled = report_run_brought(x->run) || is_settled;
		}
	}
	combo_free(given);
	return is_settled;
}

/* ---- who listens ---- */

bool running_join(struct running *x, struct report_fetching *f)
{
	if (x->joined_count == FETCHINGS_MAX)
		return false;
	x->joined[x->joined_count++] = f;
	fetching_enter(f);
	fetching_tell(f, x);
	return true;
}

void running_drop(struct running *x, const struct report_fetching *f)
{
	if (x->fetching == f) {
		fetching_leave(x->fetching);
		x->fetching = NULL;
	}
	for (size_t i = x->joined_count; i > 0; i--) {
		if (x->joined[i - 1] != f)
			continue;
		fetching_leave(x->joined[i - 1]);
		x->joined[i - 1] = x->joined[--x->joined_count];
	}
}

static bool tell_all(const struct running_list *runs, bool is_due)
{
	const struct running *x;
	bool has_listener = false;

	TAILQ_FOREACH(x, runs, link) {
		if (!x->is_order || x->is_ended || (x->fetching == NULL && x->joined_count == 0))
			continue;
		has_listener = true;
		if (is_due)
			running_tell(x);
	}
	return has_listener;
}

uint64_t running_tell_again(struct reports *r, uint64_t mono_ms)
{
	const bool is_due = mono_ms >= r->tell_ms;
	bool has_listener = false;
	struct account *a;

	TAILQ_FOREACH(a, &r->accounts, link)
		has_listener = tell_all(&a->runs, is_due) || has_listener;
	if (is_due)
		r->tell_ms = mono_ms + TELL_MS;
	return has_listener ? r->tell_ms : UINT64_MAX;
}

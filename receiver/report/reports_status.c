/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_parts.h"

static int64_t wall_of(uint64_t at_ms, struct due_clock now)
{
	return at_ms > now.mono_ms ? now.wall_ms + (int64_t)(at_ms - now.mono_ms) : now.wall_ms;
}

static const char *state_of(const struct task *task, bool is_paused)
{
	if (task->running != NULL)
		return task->running->progress.is_paused ? "paused" : "running";
	if (task->due.state == DUE_REFUSED)
		return "refused";
	if (is_paused)
		return "paused";
	return task->trouble != NULL ? "failed" : "waiting";
}

static void tell_task(const struct task *task, bool is_paused, report_status_fn on_report,
                      void *arg)
{
	const struct running *x = task->running;
	const struct account *a = task->plan->account;
	struct due_clock now = reports_now();
	uint64_t next_ms = task->is_loaded ? task->due.next_ms : now.mono_ms;
	struct report_status status = {
		.account = a->name,
		.report = task->plan->name,
		.values = task->combo->values,
		.value_count = task->combo->count,
		.state = state_of(task, is_paused),
		.last_begin_ms = x != NULL ? x->begin.wall_ms : task->due.begin_ms,
		.last_done_ms = task->due.done_ms,
		.watermark_ms = task->due.watermark_ms,
		.rows = x != NULL ? x->progress.rows : task->rows,
		.pages = x != NULL ? x->progress.pages : task->pages,
		.trouble = task->trouble != NULL ? task->trouble->text : "",
		.job = task_job(task),
	};

	if (next_ms < a->hold.until_ms)
		next_ms = a->hold.until_ms;
	if (x == NULL)
		status.next_ms = wall_of(next_ms, now);
	on_report(arg, &status);
}

/* Orders of values that no task has. */
static void tell_extras(const struct plan *p, report_status_fn on_report, void *arg)
{
	const struct running *x;

	TAILQ_FOREACH(x, &p->account->runs, link) {
		const struct report_status status = {
			.account = p->account->name,
			.report = p->name,
			.values = x->combo->values,
			.value_count = x->combo->count,
			.state = x->progress.is_paused ? "paused" : "running",
			.last_begin_ms = x->begin.wall_ms,
			.rows = x->progress.rows,
			.pages = x->progress.pages,
			.trouble = "",
			.job = x->progress.job,
		};

		if (x->plan == p && x->is_order && x->task == NULL)
			on_report(arg, &status);
	}
}

/* A report without any values would not be seen else. */
static void tell_empty(const struct plan *p, report_status_fn on_report, void *arg)
{
	struct report_status status = {
		.account = p->account->name,
		.report = p->name,
		.state = "waiting",
		.trouble = "",
	};
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < p->loop_count; i++) {
		const struct loop_values *v = p->loops[i];

		if (!loop_values_is_asked(v))
			continue;
		if (loop_values_trouble(v) != NULL) {
			status.state = "failed";
			status.trouble = loop_values_trouble(v);
		}
		if (loop_values_next(v) < next_ms)
			next_ms = loop_values_next(v);
	}
	if (next_ms != UINT64_MAX)
		status.next_ms = wall_of(next_ms, reports_now());
	on_report(arg, &status);
}

static void tell_account(const struct account *a, bool store_works, account_status_fn on_account,
                         report_status_fn on_report, void *arg)
{
	struct account_status status = {.account = a->name, .vendor = a->vendor};
	bool is_paused = !store_works || a->hold.until_ms > reports_now().mono_ms;
	const struct plan *p;

	vendor_client_state(client_vendor(a->client), &status.client);
	on_account(arg, &status);
	TAILQ_FOREACH(p, &a->plans, link) {
		for (size_t i = 0; i < p->task_count; i++)
			tell_task(p->tasks[i], is_paused, on_report, arg);
		tell_extras(p, on_report, arg);
		if (p->task_count == 0)
			tell_empty(p, on_report, arg);
	}
}

void reports_status(const struct reports *r, account_status_fn on_account,
                    report_status_fn on_report, void *arg)
{
	bool store_works = reports_store_works(r);
	const struct account *a;

	TAILQ_FOREACH(a, &r->accounts, link)
		tell_account(a, store_works, on_account, on_report, arg);
}

/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "receiver/report/reports_fetch.h"
#include "receiver/report/reports_parts.h"

#define JOB_LATER_MIN_MS 5000 /* an order that stands still is gone on with */

/* Its values as a field, or nothing at all. */
static struct log_field values_field(const struct running *x, char *text, size_t size)
{
	if (x->combo->count == 0)
		return LOG_END;
	combo_text(x->combo, text, size);
	return log_str("values", text);
}

static void log_failure(const struct running *x, int64_t failures)
{
	char values[LOG_VALUE_MAX];

	log_warn("report.failed", log_str("account", source_account(x->source)),
	         log_str("report", source_name(x->source)), log_str("error", x->result.text),
	         log_int("failures", failures), values_field(x, values, sizeof(values)));
}

static void log_works(const struct running *x)
{
	char values[LOG_VALUE_MAX];

	log_info("report.works_again", log_str("account", source_account(x->source)),
	         log_str("report", source_name(x->source)),
	         values_field(x, values, sizeof(values)));
}

/* The one that is behind most, among those that ever were complete. */
static void show_last_success(const struct plan *p)
{
	int64_t oldest_ms = 0;

	for (size_t i = 0; i < p->task_count; i++) {
		int64_t done_ms = p->tasks[i]->due.done_ms;

		if (done_ms > 0 && (oldest_ms == 0 || done_ms < oldest_ms))
			oldest_ms = done_ms;
	}
	metric_get(METRIC_REPORT_LAST_SUCCESS_SECONDS, p->account->name, p->name, NULL)->value =
		oldest_ms / 1000;
}

static void task_well(struct task *task, const struct running *x)
{
	if (task->trouble != NULL)
		log_works(x);
	free(task->trouble);
	task->trouble = NULL;
	due_done(&task->due, task->plan->every_ms, x->begin, reports_now());
	task_save(task);
	show_last_success(task->plan);
}

static void task_trouble(struct task *task, const struct running *x)
{
	if (!trouble_note(&task->trouble, x->result.text, reports_now().mono_ms))
		return;
	log_failure(x, task->trouble != NULL ? (int64_t)task->trouble->count : 1);
}

/* An order goes on by itself, not with its account. */
static uint64_t later_ms(const struct running *x)
{
	uint64_t wait_ms = x->result.retry_ms;

	if (wait_ms < JOB_LATER_MIN_MS)
		wait_ms = JOB_LATER_MIN_MS;
	return wait_ms < LATER_MAX_MS ? wait_ms : LATER_MAX_MS;
}

static void task_ended(struct task *task, const struct running *x)
{
	struct due_clock now = reports_now();

	task->is_hasty = false;
	switch (x->result.end) {
	case REPORT_DONE:
		task_well(task, x);
		break;
	case REPORT_REFUSED:
	case REPORT_FAILED:
		task_trouble(task, x);
		due_failed(&task->due, x->result.end == REPORT_FAILED ? DUE_FAILED : DUE_REFUSED,
		           x->begin, now);
		task->is_hasty = !x->is_order || x->progress.job.ordered_ms <= 0;
		if (x->is_order)
			task_not_before(task, x->progress.job.ordered_ms);
		if (task->is_loaded) /* else what is kept says more */
			task_save(task);
		break;
	case REPORT_UNAUTHORIZED:
		task_trouble(task, x);
		task->due.next_ms = now.mono_ms; /* the account is held */
		break;
	case REPORT_LATER:
		if (running_is_outstanding(x) && x->result.text[0] != '\0')
			task_trouble(task, x);
		task->due.next_ms = now.mono_ms; /* likewise */
		if (x->is_order)
			task->due.next_ms += later_ms(x);
		break;
	case REPORT_CANCELED:
		/* It goes on where it was, but not in a circle should the store be closing. */
		task->due.next_ms = now.mono_ms + LATER_MIN_MS;
		break;
	}
}

static void note_task(struct task *task, const struct running *x)
{
	task->running = NULL;
	if (!x->is_dry) {
		task->rows = x->progress.rows;
		task->pages = x->progress.pages;
	}
	if (!x->is_dry && !x->is_window && x->result.end == REPORT_DONE)
		task->due.watermark_ms = x->progress.until_ms;
	/* Whoever has ordered: the next order is due from then on. */
	if (!x->is_fetch || x->is_order) {
		task_ended(task, x);
	} else if (!x->is_dry && task->is_loaded) {
		task_save(task);
	}
	task_wait(task);
}

/* What it says of the vendor as a whole, unless it was asked in a way that is given up. */
static void note_account(struct account *a, const struct running *x)
{
	if (!x->is_order) {
		a->active--;
	} else if (x->plan != NULL) {
		x->plan->active--;
	}
	if (a->client != x->client)
		return;
	/* What keeps an order may be its mailbox or the disk: that is nobody else's. */
	if (x->result.end == REPORT_LATER && !x->is_order)
		hold_for(&a->hold, x->result.retry_ms);
	if (x->result.end == REPORT_UNAUTHORIZED)
		hold_auth(&a->hold, x->result.retry_ms);
}

static bool is_bad(enum report_end end)
{
	return end == REPORT_FAILED || end == REPORT_REFUSED || end == REPORT_UNAUTHORIZED;
}

/* No order was under way: a task that took it over is due when it was. */
static void note_nothing(struct running *x)
{
	if (x->task != NULL) {
		x->task->running = NULL;
		task_wait(x->task);
	}
	extras_on_end(x, 0);
}

static void run_reap(struct running *x)
{
	enum report_end end = x->result.end;

	if (is_bad(end)) {
		metric_add(METRIC_REPORT_FAILURES, source_account(x->source),
		           source_name(x->source), NULL, 1);
	}
	if (x->account != NULL)
		note_account(x->account, x);
	if (end == REPORT_DONE && running_has_nothing(x)) {
		note_nothing(x);
		return;
	}
	running_end_job(x);
	if (x->task != NULL) {
		note_task(x->task, x);
	} else if (x->is_order && !x->is_fetch && is_bad(end)) {
		log_failure(x, 1);
	}
	extras_on_end(x, clock_mono_ms() + later_ms(x));
	if (x->fetching != NULL)
		fetching_on_run(x->fetching, x);
	for (size_t i = 0; i < x->joined_count; i++)
		fetching_on_run(x->joined[i], x);
}

void runs_reap(struct reports *r)
{
	struct running *x;

	while ((x = TAILQ_FIRST(&r->ended)) != NULL) {
		TAILQ_REMOVE(&r->ended, x, ended_link);
		TAILQ_REMOVE(x->account != NULL ? &x->account->runs : &r->orphans, x, link);
		run_reap(x);
		running_free(x);
	}
}

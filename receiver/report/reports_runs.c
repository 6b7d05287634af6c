/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "core/metrics.h"
#include "core/obj.h"
#include "receiver/report/reports_parts.h"

/* ---- what a run tells ---- */

static void count_progress(struct running *x, const struct report_progress *progress)
{
	const char *account = source_account(x->source);
	const char *report = source_name(x->source);
	const bool had_nothing = running_has_nothing(x);

	if (!x->is_dry) {
		metric_add(METRIC_REPORT_ROWS, account, report, NULL,
		           (int64_t)(progress->rows - x->progress.rows));
		metric_add(METRIC_REPORT_PAGES, account, report, NULL,
		           (int64_t)(progress->pages - x->progress.pages));
	}
	x->progress = *progress;
	running_note_job(x, &x->progress.job);
	if (had_nothing && !running_has_nothing(x))
		reports_wake(x->r); /* now one can join it */
}

void running_tell(const struct running *x)
{
	fetching_tell(x->fetching, x);
	for (size_t i = 0; i < x->joined_count; i++)
		fetching_tell(x->joined[i], x);
}

static void run_on_progress(void *arg, const struct report_progress *progress)
{
	struct running *x;

	OBJ_FROM(x, arg, RUNNING_MAGIC);
	count_progress(x, progress);
	running_tell(x);
}

static bool run_on_payload(void *arg, const struct payload *payload)
{
	struct running *x;

	OBJ_FROM(x, arg, RUNNING_MAGIC);
	return fetching_payload(x->fetching, x->source, payload);
}

static void run_end(struct running *x, const struct report_result *result)
{
	if (x->is_ended)
		return;
	count_progress(x, &result->progress);
	x->result = *result;
	x->result.progress.job = x->progress.job; /* its text is ours */
	x->is_ended = true;
	TAILQ_INSERT_TAIL(&x->r->ended, x, ended_link);
	reports_wake(x->r);
}

static void run_on_done(void *arg, const struct report_result *result)
{
	struct running *x;

	OBJ_FROM(x, arg, RUNNING_MAGIC);
	run_end(x, result);
}

/* ---- begin ---- */

static const struct report_run_ops real_ops = {
	.on_progress = run_on_progress, .on_foreign = running_on_foreign, .on_done = run_on_done};
static const struct report_run_ops dry_ops = {
	.on_progress = run_on_progress, .on_payload = run_on_payload, .on_done = run_on_done};

/* @return ERR_OK; else it cannot begin, and @p ret_why may say why */
static enum err run_new(struct running *x, const struct running_order *order, const char **ret_why)
{
	const struct plan *p = order->plan;
	struct report_run_conf conf = {
		.source = p->source,
		.spec = p->spec,
		.values = x->combo->values,
		.value_count = x->combo->count,
		.from_ms = order->from_ms,
		.to_ms = order->to_ms,
		.start_ms = p->start_ms,
		.is_adoption = x->is_adoption,
		.folder = x->r->folder,
		.worker = x->r->worker,
	};
	enum err err = timestamp_zone_new(p->tz != NULL ? p->tz : "UTC", &x->zone);

	if (err != ERR_OK)
		return err;
	conf.zone = x->zone;
	if (x->job != NULL && (conf.job = job_settings_conf(x->job, ret_why)) == NULL)
		return ERR_INVAL;
	return report_run_new(x->r->loop, x->r->ingest, x->r->store, client_vendor(x->client),
	                      &conf, x->is_dry ? &dry_ops : &real_ops, x, &x->run);
}

static struct running *running_new(const struct running_order *order)
{
	struct plan *p = order->plan;
	struct running *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->magic = RUNNING_MAGIC;
	x->r = p->r;
	x->account = p->account;
	x->plan = p;
	x->fetching = order->fetching;
	x->is_fetch = order->fetching != NULL;
	x->is_dry = order->is_dry;
	x->is_window = order->from_ms != 0 || order->to_ms != 0;
	x->is_order = p->job != NULL && !x->is_dry && !x->is_window;
	x->is_adoption = order->is_adoption;
	if (p->job != NULL) {
		x->job = job_settings_ref(p->job);
		x->job_by = job_by(p->spec->job);
	}
	x->combo = order->combo;
	x->source = source_ref(p->source);
	x->client = client_ref(p->account->client);
	x->begin = reports_now();
	/* What a person cannot ask of an order ends at once: it must not be taken for the order. */
	if (p->job == NULL || x->is_order)
		x->task = tasks_find(p, x->combo);
	return x;
}

static void count_run(const struct running *x)
{
	if (x->is_order) {
		x->plan->active++;
	} else {
		x->account->active++;
	}
}

enum err running_begin(const struct running_order *order)
{
	struct running *x = running_new(order);
	struct report_result failed = {.end = REPORT_FAILED};
	struct account *a = order->plan->account;
	const char *why = NULL;
	enum err err;

	if (x == NULL)
		return ERR_NOMEM;
	TAILQ_INSERT_TAIL(&a->runs, x, link);
	count_run(x);
	if (x->fetching != NULL)
		fetching_enter(x->fetching);
	if (x->task != NULL)
		task_begin(x->task, x);
	extras_on_begin(x);
	err = run_new(x, order, &why);
	if (err != ERR_OK) {
		(void)snprintf(failed.text, sizeof(failed.text), "it cannot begin: %s",
		               why != NULL ? why : err_str(err));
		run_end(x, &failed);
	}
	return ERR_OK;
}

void running_cancel(struct running *x)
{
	x->is_canceled = true;
	if (!x->is_ended)
		report_run_cancel(x->run);
}

struct running *runs_find(const struct account *a, const struct plan *p, const struct combo *c)
{
	struct running *x;

	TAILQ_FOREACH(x, &a->runs, link) {
		/* What a person cannot ask of an order ends at once. */
		if (x->plan == p && (x->is_order || x->job == NULL) && combo_cmp(x->combo, c) == 0)
			return x;
	}
	return NULL;
}

void running_orphan(struct running *x)
{
	if (x->task != NULL)
		x->task->running = NULL;
	x->task = NULL;
	x->plan = NULL;
	x->account = NULL;
}

void running_free(struct running *x)
{
	if (x == NULL)
		return;
	report_run_free(x->run);
	timestamp_zone_free(x->zone);
	combo_free(x->combo);
	source_unref(x->source);
	client_unref(x->client);
	job_settings_unref(x->job);
	OBJ_POISON(x);
	free(x);
}

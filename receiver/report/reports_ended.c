/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/log.h"
#include "core/metrics.h"
#include "receiver/report/reports_parts.h"

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

	for (size_t i = 0; i < p->job_count; i++) {
		int64_t done_ms = p->jobs[i]->due.done_ms;

		if (done_ms > 0 && (oldest_ms == 0 || done_ms < oldest_ms))
			oldest_ms = done_ms;
	}
	metric_get(METRIC_REPORT_LAST_SUCCESS_SECONDS, p->account->name, p->name, NULL)->value =
		oldest_ms / 1000;
}

static void job_well(struct job *job, const struct running *x)
{
	if (job->trouble != NULL)
		log_works(x);
	free(job->trouble);
	job->trouble = NULL;
	due_done(&job->due, job->plan->every_ms, x->begin, reports_now());
	job_save(job);
	show_last_success(job->plan);
}

static void job_trouble(struct job *job, const struct running *x)
{
	if (!trouble_note(&job->trouble, x->result.text, reports_now().mono_ms))
		return;
	log_failure(x, job->trouble != NULL ? (int64_t)job->trouble->count : 1);
}

static void job_ended(struct job *job, const struct running *x)
{
	struct due_clock now = reports_now();

	switch (x->result.end) {
	case REPORT_DONE:
		job_well(job, x);
		break;
	case REPORT_REFUSED:
	case REPORT_FAILED:
		job_trouble(job, x);
		due_failed(&job->due, x->result.end == REPORT_FAILED ? DUE_FAILED : DUE_REFUSED,
		           x->begin, now);
		job_save(job);
		break;
	case REPORT_UNAUTHORIZED:
		job_trouble(job, x);
		job->due.next_ms = now.mono_ms; /* the account is held */
		break;
	case REPORT_LATER:
		job->due.next_ms = now.mono_ms; /* likewise */
		break;
	case REPORT_CANCELED:
		/* It goes on where it was, but not in a circle should the store be closing. */
		job->due.next_ms = now.mono_ms + LATER_MIN_MS;
		break;
	}
}

static void note_job(struct job *job, const struct running *x)
{
	bool is_dry = x->is_fetch && x->fetching->is_dry;

	job->running = NULL;
	if (!is_dry) {
		job->rows = x->progress.rows;
		job->pages = x->progress.pages;
	}
	if (!is_dry && !x->is_window && x->result.end == REPORT_DONE)
		job->due.watermark_ms = x->progress.until_ms;
	if (!x->is_fetch) {
		job_ended(job, x);
	} else if (!is_dry && job->is_loaded) {
		job_save(job);
	}
	job_wait(job);
}

/* What it says of the vendor as a whole, unless it was asked in a way that is given up. */
static void note_account(struct account *a, const struct running *x)
{
	a->active--;
	if (a->client != x->client)
		return;
	if (x->result.end == REPORT_LATER)
		account_hold(a, x->result.retry_ms);
	if (x->result.end == REPORT_UNAUTHORIZED)
		account_hold_auth(a, x->result.retry_ms);
}

static void run_reap(struct running *x)
{
	enum report_end end = x->result.end;

	if (end == REPORT_FAILED || end == REPORT_REFUSED || end == REPORT_UNAUTHORIZED) {
		metric_add(METRIC_REPORT_FAILURES, source_account(x->source),
		           source_name(x->source), NULL, 1);
	}
	if (x->account != NULL)
		note_account(x->account, x);
	if (x->job != NULL)
		note_job(x->job, x);
	if (x->fetching != NULL)
		fetching_on_run(x->fetching, x);
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

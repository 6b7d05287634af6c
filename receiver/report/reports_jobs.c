/* SPDX-License-Identifier: MIT */
/* Orders of the runs: what is told of them and counted, while they are under way and after. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/metrics.h"
#include "receiver/report/job/job.h"
#include "receiver/report/reports_parts.h"

const char *job_by(const struct job_spec *spec)
{
	static const char *const words[] = {
		[READY_MAILBOX] = "mailbox", [READY_POLL] = "poll", [READY_HANDOFF] = "handoff"};

	return words[spec->by];
}

/* ---- what is told ---- */

bool job_is_over(const struct report_job_progress *job)
{
	return job->state == NULL || strcmp(job->state, job_state_str(JOB_IDLE)) == 0 ||
	       strcmp(job->state, job_state_str(JOB_DONE)) == 0 ||
	       strcmp(job->state, job_state_str(JOB_FAILED)) == 0;
}

static void count_end(const struct running *x, const char *end)
{
	metric_add(METRIC_REPORT_JOBS_ENDED, source_account(x->source), source_name(x->source), end,
	           1);
}

static bool is_state(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void count_state(struct running *x, const char *state)
{
	const char *account = source_account(x->source);
	const char *report = source_name(x->source);

	if (is_state(state, x->job_state))
		return;
	if (x->job_state != NULL)
		metric_add(METRIC_REPORT_JOBS, account, report, x->job_state, -1);
	if (state != NULL)
		metric_add(METRIC_REPORT_JOBS, account, report, state, 1);
	x->job_state = state;
}

void running_note_job(struct running *x, struct report_job_progress *job)
{
	if (!x->is_order)
		return;
	/* A run has one order for each window. */
	if (x->job_state != NULL && is_state(job->state, job_state_str(JOB_DONE)))
		count_end(x, "done");
	count_state(x, job_is_over(job) ? NULL : job->state);
	if (job->state == NULL)
		return;
	(void)snprintf(x->job_text, sizeof(x->job_text), "%s", job->text != NULL ? job->text : "");
	job->text = x->job_text;
	job->by = x->job_by;
}

bool running_has_nothing(const struct running *x)
{
	return x->is_adoption && x->progress.job.state == NULL;
}

bool running_is_outstanding(const struct running *x)
{
	return x->is_order && x->result.end != REPORT_DONE && x->result.end != REPORT_FAILED &&
	       x->result.end != REPORT_REFUSED && !job_is_over(&x->progress.job);
}

void task_show(struct task *task, const struct report_job_progress *job, bool is_outstanding)
{
	if (task->job == NULL)
		task->job = malloc(sizeof(*task->job));
	if (task->job == NULL)
		return;
	task->job->progress = *job;
	(void)snprintf(task->job->text, sizeof(task->job->text), "%s",
	               job->text != NULL ? job->text : "");
	task->job->progress.text = task->job->text;
	task->job->is_outstanding = is_outstanding;
}

bool task_is_outstanding(const struct task *task)
{
	return task->running == NULL && task->job != NULL && task->job->is_outstanding;
}

static void task_forget_job(struct task *task)
{
	free(task->job);
	task->job = NULL;
}

struct report_job_progress task_job(const struct task *task)
{
	struct report_job_progress none = {.text = ""};
	struct report_job_progress job;

	if (task->running == NULL || task->running->progress.job.state == NULL)
		return task->job != NULL ? task->job->progress : none;
	job = task->running->progress.job;
	/* The last one was not well, and this one is not yet. */
	if (task->job != NULL && task->job->progress.is_stale)
		job.is_stale = true;
	return job;
}

/* Those that were well were counted as they came. */
static void count_bad_end(const struct running *x)
{
	if (x->progress.job.state == NULL)
		return;
	if (x->result.end == REPORT_DONE && x->progress.job.is_stale)
		count_end(x, "fallback");
	if (x->result.end == REPORT_REFUSED)
		count_end(x, "refused");
	if (x->result.end == REPORT_FAILED)
		count_end(x, "failed");
}

void running_end_job(struct running *x)
{
	struct report_job_progress job = x->progress.job;

	count_state(x, NULL);
	if (!x->is_order)
		return;
	count_bad_end(x);
	if (x->task == NULL || x->task->plan->job == NULL)
		return;
	if (x->result.end == REPORT_DONE && !job.is_stale) {
		task_forget_job(x->task);
	} else if (job.state != NULL && !is_state(job.state, job_state_str(JOB_IDLE))) {
		/* Idle: nothing was ordered, and what is told of the one before stays. */
		job.is_stale = task_job(x->task).is_stale || x->result.end == REPORT_FAILED ||
		               x->result.end == REPORT_REFUSED;
		task_show(x->task, &job, running_is_outstanding(x));
	}
}

size_t reports_stale(const struct reports *r)
{
	const struct account *a;
	const struct plan *p;
	const struct running *x;
	size_t count = 0;

	TAILQ_FOREACH(a, &r->accounts, link) {
		TAILQ_FOREACH(x, &a->runs, link)
			count += x->task == NULL && x->is_order && x->progress.job.is_stale;
		TAILQ_FOREACH(p, &a->plans, link) {
			for (size_t i = 0; p->job != NULL && i < p->task_count; i++)
				count += task_job(p->tasks[i]).is_stale;
		}
	}
	return count;
}

void reports_mailboxes(const struct reports *r, mailbox_status_fn fn, void *arg)
{
	mailboxes_status(r->mailboxes, fn, arg);
}

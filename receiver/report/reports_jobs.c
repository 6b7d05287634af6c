/* SPDX-License-Identifier: MIT */
/* Orders of the runs: what is told of them, whose files are whose, what goes on after a restart. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/metrics.h"
#include "core/obj.h"
#include "core/percent.h"
#include "receiver/report/reports_parts.h"
#include "receiver/report/run/run_checkpoint.h"

bool plan_is_busy(const struct plan *p)
{
	return p->active >= (p->spec->job->parallel > 0 ? p->spec->job->parallel : 1);
}

const char *job_by(const struct job_spec *spec)
{
	static const char *const words[] = {
		[READY_MAILBOX] = "mailbox", [READY_POLL] = "poll", [READY_HANDOFF] = "handoff"};

	return words[spec->by];
}

/* ---- what is told ---- */

static bool is_over(const struct report_job_progress *job)
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
	count_state(x, is_over(job) ? NULL : job->state);
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
	       x->result.end != REPORT_REFUSED && !is_over(&x->progress.job);
}

/* What was told before stays when there is no memory for what is told now. */
static void task_show(struct task *task, const struct report_job_progress *job, bool is_outstanding)
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

/* ---- after a restart ---- */

void task_not_before(struct task *task, int64_t ordered_ms)
{
	struct due_clock now = reports_now();
	uint64_t every_ms = task->plan->every_ms;
	uint64_t gone_ms;

	if (ordered_ms <= 0)
		return;
	/* One that lies in the future was written by a clock that was wrong. */
	gone_ms = now.wall_ms > ordered_ms ? (uint64_t)(now.wall_ms - ordered_ms) : 0;
	if (gone_ms < every_ms && task->due.next_ms < now.mono_ms + (every_ms - gone_ms))
		task->due.next_ms = now.mono_ms + (every_ms - gone_ms);
}

static struct report_job_progress progress_of(const struct job_record *record,
                                              const struct job_spec *spec)
{
	return (struct report_job_progress){
		.state = job_state_str(record->state),
		.since_ms = record->since_ms,
		.ordered_ms = record->ordered_ms,
		.until_ms = record->until_ms,
		.file_size = record->file_bytes,
		.text = record->text,
		.is_stale = record->state == JOB_STALE || record->state == JOB_FAILED,
		.by = job_by(spec),
	};
}

void task_print_stale(const struct task *task, struct buf *b)
{
	const struct job_shown *job = task->job;

	if (job == NULL || job->is_outstanding || !job->progress.is_stale)
		return;
	(void)buf_printf(b, " %s %" PRId64 " %" PRId64 " ", job->progress.state,
	                 job->progress.since_ms, job->progress.ordered_ms);
	percent_encode(str_from(job->text), b);
}

/* "stale SINCE ORDERED TEXT" */
static void take_stale(struct task *task, struct str kept, enum job_state state)
{
	struct report_job_progress job = {.state = job_state_str(state), .is_stale = true};
	struct str since;
	struct str ordered;
	uint64_t since_ms = 0;
	uint64_t ordered_ms = 0;
	char *text = NULL;

	(void)str_cut(kept, ' ', &since, &kept);
	(void)str_cut(kept, ' ', &ordered, &kept);
	if (str_to_u64(since, &since_ms) != ERR_OK || since_ms > INT64_MAX ||
	    str_to_u64(ordered, &ordered_ms) != ERR_OK || ordered_ms > INT64_MAX ||
	    percent_decode(kept, &text) != ERR_OK)
		return;
	job.since_ms = (int64_t)since_ms;
	job.ordered_ms = (int64_t)ordered_ms;
	job.by = job_by(task->plan->spec->job);
	job.text = text;
	task_show(task, &job, false);
	free(text);
}

struct str task_parse_stale(struct task *task, struct str kept)
{
	static const enum job_state states[] = {JOB_STALE, JOB_FAILED};
	struct str rest = kept;
	struct str word;

	for (unsigned i = 0; i < 4; i++) /* of due_print() */
		(void)str_cut(rest, ' ', &word, &rest);
	if (rest.len == 0)
		return kept;
	kept.len -= rest.len + 1;
	(void)str_cut(rest, ' ', &word, &rest);
	for (size_t i = 0; i < 2 && task->plan->job != NULL; i++) {
		if (str_eq(word, str_from(job_state_str(states[i]))))
			take_stale(task, rest, states[i]);
	}
	return kept;
}

static void mark_again(const struct plan *p, struct job_mail mail)
{
	struct mailbox *box = plan_mailbox(p);

	if (box != NULL && mail.uid > 0)
		mailbox_mark(box, (struct completion_mail){mail.uid_validity, mail.uid});
}

/* Stopped before the end of its run was kept: what is left of the order tells of it. */
static void take_end(struct task *task, const struct run_checkpoint *at)
{
	if (at->job.state != JOB_DONE || at->has_window || at->job.since_ms <= task->due.done_ms)
		return;
	due_was_done(&task->due, at->job.ordered_ms, at->job.since_ms);
	if (at->watermark_ms > task->due.watermark_ms)
		task->due.watermark_ms = at->watermark_ms;
	due_first(&task->due, task->plan->every_ms, reports_now());
}

void task_take_checkpoint(struct task *task, struct str text)
{
	struct run_checkpoint at = {.watermark_ms = 0};
	struct report_job_progress job;
	bool is_outstanding;
	bool is_reading; /* the fallback's pages */

	if (run_checkpoint_read(text, &at) != ERR_OK)
		return; /* its run says so */
	job = progress_of(&at.job, task->plan->spec->job);
	is_reading = at.job.is_fallback && at.has_window &&
	             (at.job.state != JOB_FAILED || task->plan->spec->job->fallback != NULL);
	is_outstanding = at.job.is_fallback ? is_reading : !is_over(&job);
	reports_note_file(task->plan->r, at.job.file);
	reports_note_file(task->plan->r, at.job.handed_file);
	if (at.job.state == JOB_DONE)
		mark_again(task->plan, at.job.mail); /* else its run does */
	if (is_outstanding || job.is_stale)
		task_show(task, &job, is_outstanding);
	if (is_outstanding) {
		task->due.next_ms = reports_now().mono_ms;
	} else {
		take_end(task, &at);
		task_not_before(task, at.job.ordered_ms);
	}
	run_checkpoint_fini(&at);
}

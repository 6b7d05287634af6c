/* SPDX-License-Identifier: MIT */
/* What is kept of a task's order: in its run's checkpoint, and beside its due once that is gone. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/percent.h"
#include "receiver/report/reports_parts.h"
#include "receiver/report/run/run_checkpoint.h"

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

	if (box != NULL && mail.uid > 0) {
		mailbox_mark(box, (struct completion_mail){.uid_validity = mail.uid_validity,
		                                           .uid = mail.uid,
		                                           .digest = mail.digest,
		                                           .box = mail.box});
	}
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
	is_outstanding = at.job.is_fallback ? is_reading : !job_is_over(&job);
	if (at.job.state == JOB_DONE && !at.has_window) {
		sweep_remove(task->plan->r->folder, at.job.file);
		sweep_remove(task->plan->r->folder, at.job.handed_file);
	} else {
		sweep_note(task->plan->r->sweep, at.job.file);
		sweep_note(task->plan->r->sweep, at.job.handed_file);
	}
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

/* SPDX-License-Identifier: MIT */
/* Files that are another report's, by their header; and what people bring. */
#include <stdio.h>
#include <string.h>

#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

/* ---- ours goes to another ---- */

#define AGAIN_MS 1000

static void refused(struct run_job *rj)
{
	run_file_remove(rj, run_job_record(rj)->file);
	run_job_later(rj, JOB_EV_DEAD_LINK, JOB_END_FAILED,
	              "the file is that of another report, which nobody waits for");
}

/**
 * Who it is of begins anew, as after a restart: the file is kept, but not for ever. The run stays
 * meanwhile, since the other one may have ours, and could not give it to a run that is not there.
 */
static void offer_later(struct run_job *rj)
{
	const int64_t asked_ms = run_job_now(rj) - run_job_record(rj)->since_ms;

	if (asked_ms < 0 || (uint64_t)asked_ms >= run_job_timeout(rj)) {
		refused(rj);
		return;
	}
	loop_timer_start(rj->offer, AGAIN_MS);
}

void run_hand_on_time(void *arg)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	if (rj->job == NULL || rj->run->is_over || rj->is_handing ||
	    run_job_record(rj)->state != JOB_DECODING)
		return;
	run_slices_begin(rj);
}

static void on_handed(void *arg, bool is_taken)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	rj->is_handing = false;
	run_kick(rj->run);
	/* A run that is over keeps its record, and finds the file with its new owner. */
	if (rj->run->is_over || rj->job == NULL)
		return;
	if (is_taken) {
		rj->is_offered = false;
		run_job_later(rj, JOB_EV_HANDED_OVER, JOB_END_DONE, "");
	} else {
		offer_later(rj);
	}
}

void run_hand_over(struct run_job *rj, const struct profile_report *of)
{
	const struct job_record *record = run_job_record(rj);
	const struct report_run_ops *ops = &rj->run->ops;
	const bool has_link = record->part < record->link_count;
	const struct report_handed handed = {
		.link = has_link ? str_from(record->links[record->part]) : STR_EMPTY,
		.file = str_from(record->file),
		.bytes = record->file_bytes,
		.done = on_handed,
		.arg = rj};
	enum report_take take = REPORT_NOT_TAKEN;

	if (!rj->is_offered) {
		run_job_log(rj, LOG_LVL_INFO, "report.file_of_another",
		            log_str("of", of->source.name));
	}
	rj->is_offered = true;
	rj->is_handing = true;
	if (ops->on_foreign != NULL)
		take = ops->on_foreign(rj->run->arg, of, &handed);
	if (take == REPORT_TAKEN)
		return;
	rj->is_handing = false;
	if (take == REPORT_TAKEN_LATER) {
		offer_later(rj);
	} else {
		refused(rj);
	}
}

/* ---- another's comes to us ---- */

static bool is_file(const char *name, struct str file)
{
	return name != NULL && str_eq(str_from(name), file);
}

static void on_kept(struct report_run *run, const struct piece *piece, bool is_committed)
{
	(void)run;
	piece->handed(piece->handed_arg, is_committed);
}

/** @return whether it was ours already, or is from now on */
static bool take(struct run_job *rj, const struct report_handed *handed)
{
	const struct job_record *record = run_job_record(rj);

	if (is_file(record->file, handed->file) || is_file(record->handed_file, handed->file))
		return true;
	if (job_hand(rj->job, handed->link, handed->file, handed->bytes, run_job_now(rj)) != ERR_OK)
		return false;
	run_job_after(rj);
	return true;
}

bool report_run_hand(struct report_run *run, const struct report_handed *handed)
{
	struct run_job *rj;
	struct piece *piece;

	OBJ_CHECK(run, RUN_MAGIC);
	rj = run->job;
	if (rj == NULL || rj->job == NULL || rj->is_fallback || rj->has_end || run->is_over ||
	    !take(rj, handed))
		return false;
	piece = run_job_piece(rj);
	if (piece == NULL)
		return false;
	piece->handed = handed->done;
	piece->handed_arg = handed->arg;
	piece->on_gone = on_kept;
	run_piece_add(run, piece);
	run_kick(run);
	return true;
}

/* ---- by hand ---- */

bool report_run_brought(struct report_run *run)
{
	struct run_job *rj;

	OBJ_CHECK(run, RUN_MAGIC);
	rj = run->job;
	if (rj == NULL || rj->job == NULL || rj->is_fallback || rj->has_end || run->is_over ||
	    run_job_record(rj)->state == JOB_DONE)
		return false;
	/* Nobody knows which time the file is of, and this window is not asked for again. */
	if (run->window_spec.is_given && rj->spec->by != READY_HANDOFF)
		return false;
	run_job_tell(rj, JOB_EV_BROUGHT, JOB_END_DONE, "");
	if (run_job_record(rj)->state != JOB_DONE)
		return false;
	run_job_log(rj, LOG_LVL_INFO, "report.brought", LOG_END);
	return true;
}

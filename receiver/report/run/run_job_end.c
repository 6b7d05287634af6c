/* SPDX-License-Identifier: MIT */
/* How a job ends: well, with the report that takes its place, or not. */
#include <stdlib.h>
#include <string.h>

#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

/* ---- the fallback ---- */

static void use(struct run_job *rj, struct source *source, const struct profile_report *spec,
                const struct window_spec *times)
{
	struct report_run *run = rj->run;

	run->source = source;
	run->spec = spec;
	run->times = times;
	run->ordinals = spec->has_ordinal ? run->bag : NULL;
}

/** The window from its first page on. What is "the same" is so of a whole report only. */
static void use_fallback(struct run_job *rj)
{
	struct report_run *run = rj->run;
	const struct profile_report *spec = rj->spec->fallback;

	rj->is_fallback = true;
	use(rj, rj->fallback, spec, &spec->window);
	if (run->window_spec.is_given)
		run->is_first = false;
	run_print_window(run);
	run_rewind(run);
	run->wants_page = true;
	run_job_after(rj);
}

void run_job_enter(struct report_run *run)
{
	struct run_job *rj = run->job;

	if (rj == NULL || !rj->is_fallback)
		return;
	rj->is_fallback = false;
	use(rj, rj->own_source, rj->own_spec, &run->window_spec);
	job_free(rj->job);
	rj->job = NULL;
}

/** What was not well is so until an order is. */
void run_job_loaded(struct report_run *run)
{
	const enum job_state state = run->at.job.state;

	if (run->job != NULL && (state == JOB_STALE || state == JOB_FAILED))
		run->result.progress.job.is_stale = true;
}

/** Killed before they are removed, the next start does it. Without memory the sweep will. */
static void take_files(const struct run_job *rj, struct job_record *last)
{
	const struct job_record *record = run_job_record(rj);

	if (record->file != NULL && !rj->is_handing) /* else it may be another's by now */
		last->file = strdup(record->file);
	if (record->handed_file != NULL)
		last->handed_file = strdup(record->handed_file);
}

/** When it was and how it ended; its links and the vendor's names are not kept. */
static void take_last(const struct run_job *rj, struct job_record *last)
{
	const struct job_record *record = run_job_record(rj);

	if (record->state != JOB_DONE && !rj->is_fallback)
		return;
	last->state = record->state;
	last->ordered_ms = record->ordered_ms;
	last->since_ms = record->since_ms;
	last->is_fallback = record->is_fallback;
	if (rj->is_fallback) {
		memcpy(last->text, record->text, sizeof(last->text));
	} else {
		take_files(rj, last);
	}
}

void run_job_keep_last(struct report_run *run)
{
	struct job_record last = {.state = JOB_IDLE};

	if (run->job != NULL)
		take_last(run->job, &last);
	job_record_fini(&run->at.job);
	run->at.job = last;
}

bool run_job_can_go_on(const struct report_run *run)
{
	const struct run_checkpoint *at = &run->at;

	if (!at->has_window || run->job == NULL)
		return false;
	return at->job.state != JOB_FAILED || (at->job.is_fallback && run->job->fallback != NULL);
}

bool run_job_resume(struct report_run *run)
{
	struct run_job *rj = run->job;
	const struct job_record *record = &run->at.job;

	if (rj == NULL || rj->fallback == NULL || !record->is_fallback ||
	    (record->state != JOB_STALE && record->state != JOB_FAILED))
		return false;
	use_fallback(rj);
	return true;
}

/* ---- the files ---- */

static void on_removed(void *arg, const struct vendor_result *result)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	rj->remove = NULL;
	if (result->end != VENDOR_OK)
		run_job_log(rj, LOG_LVL_WARN, "report.not_removed", log_str("error", result->text));
	run_kick(rj->run);
}

static bool pass_by(void *arg, struct str bytes)
{
	(void)arg;
	(void)bytes;
	return true;
}

static const struct vendor_ops remove_ops = {.on_body = pass_by, .on_done = on_removed};

/** Once; whether it can be done is not the report's business. */
static void remove_copy(struct run_job *rj)
{
	const struct vendor_request request = {.spec = &rj->spec->remove,
	                                       .lookup = run_job_name,
	                                       .lookup_arg = rj,
	                                       .is_safe = true,
	                                       .is_single = true,
	                                       .timeout_ms = JOB_REMOVE_MS};
	enum err err;

	if (!rj->spec->has_remove)
		return;
	vendor_call_cancel(rj->remove);
	rj->remove = NULL;
	err = vendor_client_send(rj->run->client, &request, &remove_ops, rj, &rj->remove);
	/* Without an id there is nothing to remove. */
	if (err != ERR_OK && err != ERR_NOENT)
		run_job_log(rj, LOG_LVL_WARN, "report.not_removed", log_str("error", err_str(err)));
}

void run_job_remove_files(struct run_job *rj)
{
	if (!rj->is_handing) /* else it may be another's by now */
		run_file_remove(rj, run_job_record(rj)->file);
	run_file_remove(rj, run_job_record(rj)->handed_file);
}

/* ---- the ends ---- */

/** A record that was done before the window had moved. */
static void move_on(struct run_job *rj)
{
	struct piece *piece;

	if (rj->is_moved)
		return;
	rj->is_moved = true;
	run_next_window(rj->run);
	piece = run_job_piece(rj);
	if (piece != NULL)
		run_piece_add(rj->run, piece);
}

/** They are removed: nobody has to look for them. */
static void forget_files(struct run_job *rj)
{
	struct job_record *last = &rj->run->at.job;
	struct piece *piece;

	if (last->file == NULL && last->handed_file == NULL)
		return;
	free(last->file);
	free(last->handed_file);
	last->file = last->handed_file = NULL;
	piece = run_job_piece(rj);
	if (piece != NULL)
		run_piece_add(rj->run, piece);
}

static void well(struct run_job *rj)
{
	move_on(rj);
	run_job_remove_files(rj);
	forget_files(rj);
	remove_copy(rj);
	job_free(rj->job);
	rj->job = NULL;
	run_kick(rj->run);
}

static void fall_back(struct run_job *rj)
{
	run_job_log(rj, LOG_LVL_INFO, "report.fallback", log_str("to", source_name(rj->fallback)));
	run_job_remove_files(rj);
	use_fallback(rj);
}

static void bad(struct run_job *rj, enum report_end end)
{
	const struct job_record *record = run_job_record(rj);
	const bool is_told = record->state == JOB_FAILED && record->text[0] != '\0';

	run_job_remove_files(rj);
	run_end(rj->run, end, is_told ? record->text : rj->text);
}

static void later(struct run_job *rj, enum report_end end)
{
	rj->run->result.retry_ms = rj->retry_ms > 0 ? rj->retry_ms : JOB_RETRY_MS;
	run_end(rj->run, end, rj->text);
}

void run_job_settle(struct run_job *rj)
{
	rj->has_end = false;
	run_job_stop(rj);
	switch (rj->end) {
	case JOB_END_DONE:
		well(rj);
		break;
	case JOB_END_FALLBACK:
		fall_back(rj);
		break;
	case JOB_END_REFUSED:
		bad(rj, REPORT_REFUSED);
		break;
	case JOB_END_FAILED:
		bad(rj, REPORT_FAILED);
		break;
	case JOB_END_LATER:
		later(rj, REPORT_LATER);
		break;
	case JOB_END_UNAUTHORIZED:
		later(rj, REPORT_UNAUTHORIZED);
		break;
	}
}

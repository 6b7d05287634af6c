/* SPDX-License-Identifier: MIT */
#include "receiver/report/run/run.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/run/run_parts.h"

bool run_is_dry(const struct report_run *run)
{
	return run->ops.on_payload != NULL;
}

bool run_is_kept(const struct report_run *run)
{
	return !run_is_dry(run) && run->from_ms == 0 && run->to_ms == 0;
}

void run_kick(struct report_run *run)
{
	loop_timer_start(run->wake, 0);
}

void run_tell(struct report_run *run)
{
	if (run->ops.on_progress != NULL)
		run->ops.on_progress(run->arg, &run->result.progress);
}

/* ---- the end ---- */

void run_end(struct report_run *run, enum report_end end, const char *text)
{
	if (run->is_over && run->result.end != REPORT_DONE)
		return;
	run->is_over = true;
	run->wants_page = false;
	run->result.end = end;
	(void)snprintf(run->result.text, sizeof(run->result.text), "%s", text);
	run_kick(run);
}

void run_abandon(struct report_run *run, enum report_end end, const char *text)
{
	run_end(run, end, text);
	run->is_canceled = true;
	run_kick(run);
}

static bool is_finished(const struct report_run *run)
{
	return run->is_over && run->call == NULL && !run->is_getting && !run->is_putting &&
	       run->piece_count == 0 && !run_job_is_busy(run);
}

static void log_done(const struct report_run *run)
{
	const struct report_progress *p = &run->result.progress;
	const uint64_t ms = clock_mono_ms() - run->begun_mono_ms;
	const enum log_level level = p->rows > 0 ? LOG_LVL_INFO : LOG_LVL_DEBUG;

	if (run->result.end != REPORT_DONE || run_is_dry(run))
		return;
	log_write(level, "report.done", log_str("account", source_account(run->source)),
	          log_str("report", source_name(run->source)), log_int("pages", (int64_t)p->pages),
	          log_int("rows", (int64_t)p->rows), log_int("ms", (int64_t)ms), LOG_END);
}

/* ---- turns ---- */

/** A checkpoint that nobody can read stops nothing: dedupe takes care of what comes again. */
static void take_checkpoint(struct report_run *run, struct str text)
{
	enum err err = run_checkpoint_read(text, &run->at);

	if (err == ERR_NOMEM) {
		run_end(run, REPORT_FAILED, "out of memory");
		return;
	}
	if (err != ERR_OK) {
		log_warn("report.checkpoint_unreadable",
		         log_str("account", source_account(run->source)),
		         log_str("report", source_name(run->source)));
	}
	(void)buf_append_str(&run->committed, text);
	run->is_loaded = true;
	run_begin(run);
}

static void on_checkpoint(void *arg, enum err err, struct str value)
{
	struct report_run *run;

	OBJ_FROM(run, arg, RUN_MAGIC);
	run->is_getting = false;
	if (run->is_over) {
		run_kick(run);
	} else if (err == ERR_OK) {
		run->result.progress.is_paused = false;
		take_checkpoint(run, value);
		run_turn(run);
	} else {
		run->result.progress.is_paused = true;
		loop_timer_start(run->wake, STORE_AGAIN_MS);
	}
}

static void load(struct report_run *run)
{
	enum err err;

	if (run->is_getting)
		return;
	if (run->from_ms != 0) {
		run->is_loaded = true;
		run_begin(run);
		return;
	}
	err = store_checkpoint_get(run->store, buf_str(&run->key), on_checkpoint, run);
	if (err == ERR_OK) {
		run->is_getting = true;
	} else if (err == ERR_CANCELED) {
		run_abandon(run, REPORT_CANCELED, "the store is being closed");
	} else {
		loop_timer_start(run->wake, STORE_AGAIN_MS);
	}
}

/** So that memory does not grow when the disk is slower than the vendor. */
static bool may_ask(const struct report_run *run)
{
	return run->wants_page && run->spec->job == NULL && run->call == NULL &&
	       !run->result.progress.is_paused && run->piece_count < PAGES_WAITING_MAX &&
	       run->piece_bytes < BYTES_WAITING_MAX;
}

void run_turn(struct report_run *run)
{
	if (run->is_over && run->call != NULL) {
		vendor_call_cancel(run->call);
		run->call = NULL;
	}
	if (run->is_canceled)
		run_drop_pieces(run);
	run_job_turn(run);
	run_commit(run);
	if (run->is_over)
		return;
	if (!run->is_loaded)
		load(run);
	if (may_ask(run))
		run_ask(run);
	/* Last, since bytes may come at once. */
	if (run->is_held && run->call != NULL && run->piece_count < SLICES_WAITING_MAX) {
		run->is_held = false;
		vendor_call_resume(run->call);
	}
}

void run_on_wake(void *arg)
{
	struct report_run *run;

	OBJ_FROM(run, arg, RUN_MAGIC);
	if (run->is_told)
		return;
	run_turn(run);
	if (!is_finished(run))
		return;
	run->is_told = true;
	log_done(run);
	/* It may free us. */
	run->ops.on_done(run->arg, &run->result);
}

/* ---- from outside ---- */

void report_run_cancel(struct report_run *run)
{
	OBJ_CHECK(run, RUN_MAGIC);
	run_abandon(run, REPORT_CANCELED, "canceled");
}

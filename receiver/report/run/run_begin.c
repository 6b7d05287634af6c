/* SPDX-License-Identifier: MIT */
/* Where a run begins: in the middle of the unfinished one that its checkpoint tells of, or anew. */
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/report/run/run_parts.h"

/** The page that the checkpoint names. A cursor that is not readable is no cursor. */
static void resume_page(struct report_run *run, struct str cursor, unsigned pages)
{
	if (cursor.len == 0 || run->ordinals != NULL || run->spec->is_stream ||
	    run->spec->job != NULL)
		return;
	if (paging_resume(&run->paging, cursor) != ERR_OK)
		return;
	run->paging.pages = pages;
	run->at.pages = pages;
	if (run_checkpoint_text(&run->at.cursor, cursor, RUN_CURSOR_MAX) != ERR_OK) {
		run_end(run, REPORT_FAILED, "out of memory");
		return;
	}
	run->is_resumed = true;
	run->is_first = false;
	run->result.progress.page = pages;
}

/** The window of an order goes on as it was ordered, whatever is configured by now. */
static bool can_adopt(const struct report_run *run, int64_t now_ms, struct window *ret_window)
{
	const struct run_checkpoint *at = &run->at;
	const bool has_times = run->window_spec.is_given;

	if (has_times != (at->to_ms != 0))
		return false;
	if (has_times && (!window_next(&run->window_spec, run->zone, at->from_ms, at->to_ms, now_ms,
	                               ret_window) ||
	                  ret_window->to_ms != at->to_ms))
		*ret_window = (struct window){.from_ms = at->from_ms, .to_ms = at->to_ms};
	return true;
}

/** Is the checkpoint's unfinished window still one that would be asked for? */
static bool can_resume(const struct report_run *run, int64_t now_ms, struct window *ret_window)
{
	const struct run_checkpoint *at = &run->at;
	int64_t from_ms = at->from_ms;

	if (!at->has_window || run->from_ms != 0 || run->to_ms != 0)
		return false;
	if (run->job != NULL && at->job.state != JOB_IDLE)
		return can_adopt(run, now_ms, ret_window);
	if (!run->window_spec.is_given)
		return at->to_ms == 0;
	return at->to_ms <= run->until_ms && !window_clamp(&run->window_spec, now_ms, &from_ms) &&
	       window_next(&run->window_spec, run->zone, at->from_ms, at->to_ms, now_ms,
	                   ret_window) &&
	       ret_window->to_ms == at->to_ms;
}

/** @return whether it goes on in the middle of an unfinished run */
static bool resume(struct report_run *run, int64_t now_ms)
{
	struct window window = {.is_open = true};
	struct run_checkpoint *at = &run->at;
	unsigned pages = at->pages;
	char *cursor;

	if (!can_resume(run, now_ms, &window))
		return false;
	cursor = at->cursor;
	at->cursor = NULL;
	run->result.progress.begin_ms = window.from_ms;
	run->is_first = at->first == NULL && cursor == NULL;
	run_enter(run, &window);
	if (run_job_resume(run))
		run_rewind(run);
	resume_page(run, str_from(cursor), pages);
	free(cursor);
	return true;
}

/* ---- a new run ---- */

static bool is_deep_due(const struct report_run *run, int64_t now_ms)
{
	const struct window_spec *spec = &run->window_spec;
	const int64_t last_ms = run->at.deep_ms;

	return spec->is_given && spec->deep_every_ms > 0 &&
	       (last_ms == 0 || last_ms > now_ms ||
	        (uint64_t)(now_ms - last_ms) >= spec->deep_every_ms);
}

static void log_lost(const struct report_run *run, int64_t wanted_ms, int64_t from_ms)
{
	if (from_ms <= wanted_ms)
		return;
	log_warn("report.history_lost", log_str("account", source_account(run->source)),
	         log_str("report", source_name(run->source)),
	         log_int("seconds", (from_ms - wanted_ms) / 1000));
}

/** What was looked back for and is gone is no loss; what was never asked for is one. */
static int64_t begin_of(struct report_run *run, int64_t now_ms)
{
	const int64_t watermark_ms = run->at.watermark_ms;
	int64_t from_ms = run->from_ms;
	int64_t wanted_ms;

	if (from_ms == 0) {
		from_ms = window_begin(&run->window_spec, run->zone, watermark_ms, now_ms,
		                       run->at.begun_deep_ms != 0, run->spec->has_ordinal);
	}
	wanted_ms = watermark_ms > from_ms && run->from_ms == 0 ? watermark_ms : from_ms;
	if (window_clamp(&run->window_spec, now_ms, &from_ms))
		log_lost(run, wanted_ms, from_ms);
	return from_ms;
}

static void begin_anew(struct report_run *run, int64_t now_ms)
{
	struct window window = {.is_open = true};
	bool has_window = true;

	run_checkpoint_end(&run->at);
	job_record_fini(&run->at.job);
	if (is_deep_due(run, now_ms))
		run->at.begun_deep_ms = now_ms;
	if (run->window_spec.is_given) {
		const int64_t from_ms = begin_of(run, now_ms);

		run->result.progress.begin_ms = from_ms;
		has_window = window_next(&run->window_spec, run->zone, from_ms, run->until_ms,
		                         now_ms, &window);
	}
	if (has_window) {
		run_enter(run, &window);
	} else {
		run_end(run, REPORT_DONE, "");
	}
}

/** Nothing to go on with: somebody was quicker, or nobody had the time to say that it was done. */
static void adopt(struct report_run *run, int64_t now_ms)
{
	if (!run_job_can_go_on(run) || !resume(run, now_ms))
		run_end(run, REPORT_DONE, "");
}

void run_begin(struct report_run *run)
{
	const int64_t now_ms = clock_now_ms();

	if (run->is_over)
		return;
	run->until_ms = run->to_ms != 0 ? run->to_ms : now_ms - (int64_t)run->window_spec.lag_ms;
	if (run->window_spec.is_given)
		run->result.progress.until_ms = run->until_ms;
	run_job_loaded(run);
	if (run->is_adoption) {
		adopt(run, now_ms);
	} else if (!resume(run, now_ms)) {
		begin_anew(run, now_ms);
	}
}

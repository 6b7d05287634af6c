/* SPDX-License-Identifier: MIT */
/*
 * The checkpoint always says where to go on: a window that is read names the next one, so that a
 * run which is interrupted while it looks back does not begin with its oldest window again.
 */
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/report/run/run_parts.h"

static void set_progress(struct report_run *run)
{
	struct report_progress *p = &run->result.progress;

	p->window_from_ms = run->window.from_ms;
	p->window_to_ms = run->window.to_ms;
	p->page = 0;
	p->last_page = 0;
}

/** A fallback with windows of a report without them reads all of its history. */
static struct window shown_window(const struct report_run *run)
{
	const int64_t now_ms = clock_now_ms();
	struct window window = run->window;

	if (!run->window_spec.is_given && run->times->is_given) {
		window.from_ms = window_begin(run->times, run->zone, 0, now_ms, false, true);
		window.to_ms = now_ms - (int64_t)run->times->lag_ms;
	}
	return window;
}

void run_print_window(struct report_run *run)
{
	const struct window window = shown_window(run);

	buf_reset(&run->from_text);
	buf_reset(&run->to_text);
	if (run->times->is_given &&
	    (window_print_from(run->times, run->zone, &window, &run->from_text) != ERR_OK ||
	     window_print_to(run->times, run->zone, &window, &run->to_text) != ERR_OK))
		run_end(run, REPORT_FAILED, "the window's times cannot be written");
}

void run_enter(struct report_run *run, const struct window *window)
{
	run_job_enter(run);
	run->window = *window;
	run->at.has_window = true;
	run->at.from_ms = window->from_ms;
	run->at.to_ms = window->to_ms;
	run->wants_page = true;
	set_progress(run);
	run_rewind(run);
	run_print_window(run);
}

/** Rows are counted from the first one on. */
static void rewind_ordinals(struct report_run *run)
{
	static const struct ordinals_claims none = {.count = 0};
	const struct run_checkpoint *at = &run->at;

	if (run->ordinals == NULL)
		return;
	/* A file is a whole. */
	if (run->window.is_open && run->spec->job == NULL) {
		ordinals_reset_open(run->ordinals, at->claims_from_ms == run->window.from_ms
		                                           ? &at->claims
		                                           : &none);
	} else {
		ordinals_reset(run->ordinals);
	}
}

void run_rewind(struct report_run *run)
{
	paging_fini(&run->paging);
	paging_init(&run->paging, &run->spec->page, run->limits->pages_max);
	run->at.pages = 0;
	free(run->at.cursor);
	run->at.cursor = NULL;
	run->is_resumed = false;
	run->tries = 0;
	rewind_ordinals(run);
}

/* ---- on and to the end ---- */

static void log_left_out(const struct report_run *run, uint64_t rows)
{
	if (rows == 0)
		return;
	log_warn("report.repeats_left_out", log_str("account", source_account(run->source)),
	         log_str("report", source_name(run->source)), log_int("rows", (int64_t)rows));
}

/**
 * The window was read to its end: what this read claims takes the place of the last one's. Windows
 * that are read again since a run looks back lie before the one that grows, and leave its claims.
 */
static void keep_claims(struct report_run *run)
{
	struct run_checkpoint *at = &run->at;

	if (run->ordinals == NULL || run->spec->job != NULL ||
	    (!run->window.is_open && run->window.from_ms < at->claims_from_ms))
		return;
	at->claims = *ordinals_claims(run->ordinals);
	at->claims_from_ms = run->window.from_ms;
	run->has_doubts = ordinals_unconfirmed(run->ordinals) > 0;
	log_left_out(run, ordinals_left_out(run->ordinals));
}

/** Looking back does not move it back. */
static void move_watermark(struct report_run *run)
{
	if (run->window_spec.is_given && run->window.to_ms > run->at.watermark_ms)
		run->at.watermark_ms = run->window.to_ms;
}

void run_next_window(struct report_run *run)
{
	struct window window;

	keep_claims(run);
	move_watermark(run);
	if (run->window_spec.is_given &&
	    window_next(&run->window_spec, run->zone, run->window.to_ms, run->until_ms,
	                clock_now_ms(), &window)) {
		job_record_fini(&run->at.job);
		run_enter(run, &window);
	} else {
		run_complete(run);
	}
}

void run_complete(struct report_run *run)
{
	free(run->at.same);
	run->at.same = run->has_doubts ? NULL : run->at.first;
	if (run->has_doubts)
		free(run->at.first);
	run->at.first = NULL;
	if (run->at.begun_deep_ms != 0)
		run->at.deep_ms = run->at.begun_deep_ms;
	run_checkpoint_end(&run->at);
	run_job_keep_last(run);
	run_end(run, REPORT_DONE, "");
}

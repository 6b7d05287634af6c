/* SPDX-License-Identifier: MIT */
/* A run that orders its report: its turns, and what happens in the world, told to the job. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

/* ---- what it is told ---- */

int64_t run_job_now(struct run_job *rj)
{
	const int64_t now_ms = clock_now_ms();
	const int64_t by_ms = clock_watch_set_by(&rj->watch, now_ms, clock_passed_ms());

	if (by_ms == 0 || rj->job == NULL || rj->has_end || rj->run->is_over)
		return now_ms;
	run_job_log(rj, LOG_LVL_DEBUG, "report.clock_set", log_int("ms", by_ms));
	job_clock_set(rj->job, by_ms, now_ms);
	return now_ms;
}

void run_job_after(struct run_job *rj)
{
	run_wait_clock(rj);
	run_job_show(rj);
	run_kick(rj->run);
}

void run_job_tell(struct run_job *rj, enum job_event event, enum job_end end, const char *text)
{
	if (rj->job == NULL || rj->has_end)
		return;
	if (text[0] != '\0')
		(void)snprintf(rj->text, sizeof(rj->text), "%s", text);
	job_event(rj->job, event, end, text, run_job_now(rj));
	run_job_after(rj);
}

void run_job_later(struct run_job *rj, enum job_event event, enum job_end end, const char *text)
{
	rj->has_event = true;
	rj->event = event;
	rj->event_end = end;
	(void)snprintf(rj->event_text, sizeof(rj->event_text), "%s", text);
	run_kick(rj->run);
}

/** Each may lead to the other. */
static void tell_what_waits(struct run_job *rj)
{
	char text[JOB_TEXT_SIZE];

	while (rj->has_stored || rj->has_event) {
		if (rj->has_stored) {
			rj->has_stored = false;
			run_job_tell(rj, JOB_EV_STORED, JOB_END_DONE, "");
		} else {
			rj->has_event = false;
			memcpy(text, rj->event_text, sizeof(text));
			run_job_tell(rj, rj->event, rj->event_end, text);
		}
	}
}

/* ---- turns ---- */

uint64_t run_job_timeout(const struct run_job *rj)
{
	return rj->conf.timeout_ms > 0 ? rj->conf.timeout_ms : rj->spec->timeout_ms;
}

uint64_t run_job_give_up(const struct run_job *rj)
{
	const uint64_t twice_ms = 2 * run_job_timeout(rj);

	return rj->conf.every_ms > twice_ms ? rj->conf.every_ms : twice_ms;
}

static struct job_conf job_conf_of(struct run_job *rj)
{
	static const enum job_by ways[] = {[READY_MAILBOX] = JOB_BY_MAILBOX,
	                                   [READY_POLL] = JOB_BY_POLL,
	                                   [READY_HANDOFF] = JOB_BY_HAND};

	return (struct job_conf){.port = &run_job_port,
	                         .arg = rj,
	                         .by = ways[rj->spec->by],
	                         .timeout_ms = run_job_timeout(rj),
	                         .give_up_ms = run_job_give_up(rj),
	                         .has_fallback = rj->fallback != NULL,
	                         .is_counted = rj->own_spec->has_ordinal};
}

static bool may_begin(const struct run_job *rj)
{
	const struct report_run *run = rj->run;

	/* What the last one began, and cannot be ended, is told to nobody else. */
	return rj->job == NULL && rj->syncing == NULL && !rj->is_handing && run->wants_page &&
	       run->spec->job != NULL && !run->is_over && !run->result.progress.is_paused;
}

/** The job of the window: a new one, or the one that the checkpoint has. */
static void begin(struct run_job *rj)
{
	struct report_run *run = rj->run;
	const struct job_conf conf = job_conf_of(rj);
	const int64_t now_ms = clock_now_ms();

	run->wants_page = false;
	rj->is_moved = false;
	if (run->at.job.state == JOB_FAILED && !run->at.job.is_fallback)
		run_job_remove_files(rj); /* it is ordered anew */
	rj->text[0] = '\0';
	run_wait_mark_again(rj);
	if (job_new(&conf, &run->at.job, &rj->job) != ERR_OK) {
		run_end(run, REPORT_FAILED, "out of memory");
		return;
	}
	clock_watch_begin(&rj->watch, now_ms, clock_passed_ms());
	job_begin(rj->job, now_ms);
	run_job_after(rj);
}

static bool must_stop(const struct report_run *run)
{
	return run->is_over && (run->is_canceled || run->result.end != REPORT_DONE);
}

void run_job_turn(struct report_run *run)
{
	struct run_job *rj = run->job;

	if (rj == NULL)
		return;
	if (must_stop(run)) {
		run_job_stop(rj);
		return;
	}
	if (may_begin(rj))
		begin(rj);
	run_order_go_on(rj);
	tell_what_waits(rj);
	run_wait_look(rj);
	if (rj->has_end)
		run_job_settle(rj);
	run_slices_turn(rj);
}

bool run_job_is_busy(const struct report_run *run)
{
	const struct run_job *rj = run->job;

	if (rj == NULL)
		return false;
	if (rj->syncing != NULL || rj->is_handing || rj->remove != NULL)
		return true;
	return rj->job != NULL && !rj->is_fallback && !must_stop(run);
}

void run_job_lend(const struct report_run *run, struct run_checkpoint *at)
{
	const struct run_job *rj = run->job;

	/* What is done belongs to the window before, and what is left of the last one is there. */
	if (rj != NULL && rj->job != NULL && at->has_window &&
	    job_record(rj->job)->state != JOB_DONE)
		at->job = *job_record(rj->job);
}

/* ---- begin and end ---- */

void run_job_stop(struct run_job *rj)
{
	run_wait_end(rj);
	run_slices_end(rj);
	loop_timer_stop(rj->offer);
	download_free(rj->download);
	rj->download = NULL;
	vendor_call_cancel(rj->remove);
	rj->remove = NULL;
	if (rj->syncing == NULL)
		run_order_fini(&rj->order);
	rj->has_stored = false;
	rj->has_event = false;
}

enum err run_job_new(struct report_run *run, const struct report_job_conf *conf)
{
	struct run_job *rj = calloc(1, sizeof(*rj));
	enum err err;

	assert(conf != NULL);
	if (rj == NULL)
		return ERR_NOMEM;
	rj->magic = RUN_JOB_MAGIC;
	rj->run = run;
	rj->conf = *conf;
	rj->own_source = run->source;
	rj->own_spec = run->spec;
	rj->spec = run->spec->job;
	if (conf->fallback != NULL && rj->spec->fallback != NULL)
		rj->fallback = source_ref(conf->fallback);
	run_order_init(&rj->order);
	arena_init(&rj->arena, JOB_MEMORY_MAX);
	run->job = rj;
	err = run_wait_init(rj);
	if (err != ERR_OK) {
		run_job_free(rj);
		run->job = NULL;
	}
	return err;
}

void run_job_free(struct run_job *rj)
{
	if (rj == NULL)
		return;
	OBJ_CHECK(rj, RUN_JOB_MAGIC);
	assert(rj->syncing == NULL && !rj->is_handing);
	run_job_enter(rj->run);
	run_job_stop(rj);
	job_free(rj->job);
	loop_timer_free(rj->clock);
	loop_timer_free(rj->offer);
	source_unref(rj->fallback);
	free(rj->host_text);
	arena_fini(&rj->arena);
	OBJ_POISON(rj);
	free(rj);
}

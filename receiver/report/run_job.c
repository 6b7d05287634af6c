/* SPDX-License-Identifier: MIT */
/*
 * A run that orders its report: what job.h asks of the world, and what happens there, told to it.
 * The record goes the way of all pieces, so that it is never on disk before the slices that were
 * cut ahead of it, nor they without it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "core/obj.h"
#include "receiver/report/run_job_parts.h"

/* ---- words ---- */

const struct job_record *run_job_record(const struct run_job *rj)
{
	return rj->job != NULL ? job_record(rj->job) : &rj->run->at.job;
}

bool run_job_name(void *arg, struct str name, struct str *ret_text)
{
	const struct run_job *rj;
	const char *id;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	if (!str_eq(name, STR_LIT("job.id")))
		return run_name(rj->run, name, ret_text);
	id = run_job_record(rj)->id;
	if (id == NULL)
		return false;
	*ret_text = str_from(id);
	return true;
}

/** As people read them; an address is nobody's business. */
static void values_text(const struct report_run *run, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < run->value_count && len < size; i++) {
		const struct report_value *v = &run->values[i];
		const char *shown = strchr(v->value, '@') != NULL ? "…" : v->value;
		int n = snprintf(text + len, size - len, "%s%s=%s", i > 0 ? " " : "", v->name,
		                 shown);

		if (n < 0)
			return;
		len += (size_t)n;
	}
}

void run_job_log(const struct run_job *rj, enum log_level level, const char *event,
                 struct log_field field)
{
	const struct log_field account = log_str("account", source_account(rj->own_source));
	const struct log_field report = log_str("report", source_name(rj->own_source));
	char values[LOG_VALUE_MAX];

	values_text(rj->run, values, sizeof(values));
	if (values[0] != '\0')
		log_write(level, event, account, report, log_str("values", values), field, LOG_END);
	else
		log_write(level, event, account, report, field, LOG_END);
}

/* ---- what is shown ---- */

static void show(struct run_job *rj)
{
	const struct job_record *record = run_job_record(rj);
	struct report_job_progress *p = &rj->run->result.progress.job;
	const bool is_new = p->state == NULL || rj->shown != record->state;

	rj->shown = record->state;
	(void)snprintf(rj->shown_text, sizeof(rj->shown_text), "%s", record->text);
	p->state = job_state_str(record->state);
	p->since_ms = record->since_ms;
	p->ordered_ms = record->ordered_ms;
	p->until_ms = record->until_ms;
	p->text = rj->shown_text;
	p->is_stale = record->state == JOB_STALE || record->state == JOB_FAILED ||
	              (p->is_stale && record->state != JOB_DONE);
	if (is_new)
		run_tell(rj->run);
}

void run_job_after(struct run_job *rj)
{
	run_wait_clock(rj);
	show(rj);
	run_kick(rj->run);
}

/* ---- what it is told ---- */

void run_job_tell(struct run_job *rj, enum job_event event, enum job_end end, const char *text)
{
	if (rj->job == NULL || rj->has_end)
		return;
	if (text[0] != '\0')
		(void)snprintf(rj->text, sizeof(rj->text), "%s", text);
	job_event(rj->job, event, end, text, clock_now_ms());
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

/* ---- its port ---- */

static struct run_job *job_of(void *arg)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	return rj;
}

struct piece *run_job_piece(struct run_job *rj)
{
	struct report_run *run = rj->run;
	struct piece *piece = NULL;
	struct buf none;
	enum err err;

	buf_init(&none, 1);
	err = run_piece_new(run, &none, 0, STR_EMPTY, STR_EMPTY, &piece);
	if (err == ERR_OK) {
		piece->is_page = false;
		err = run_piece_seal(run, piece);
	}
	if (err == ERR_OK)
		return piece;
	run_piece_free(piece);
	run_end(run, REPORT_FAILED,
	        err == ERR_LIMIT ? "what is to be kept of the order is too long" : err_str(err));
	return NULL;
}

static void on_stored(struct report_run *run, const struct piece *piece, bool is_committed)
{
	(void)piece;
	run->job->has_stored = is_committed;
	run_kick(run);
}

/** A job that is done belongs to a window that was read. */
static void store(void *arg)
{
	struct run_job *rj = job_of(arg);
	struct piece *piece;

	if (run_job_record(rj)->state == JOB_DONE && !rj->is_moved) {
		rj->is_moved = true;
		run_next_window(rj->run);
	}
	piece = run_job_piece(rj);
	if (piece == NULL)
		return;
	piece->on_gone = on_stored;
	run_piece_add(rj->run, piece);
	run_kick(rj->run);
}

static void order(void *arg)
{
	run_order_begin(job_of(arg));
}

static void send_order(void *arg)
{
	struct run_job *rj = job_of(arg);

	run_job_log(rj, LOG_LVL_INFO, "report.ordered", LOG_END);
	metric_add(METRIC_REPORT_ORDERS, source_account(rj->own_source),
	           source_name(rj->own_source), NULL, 1);
	run_order_send(rj);
}

static void await(void *arg)
{
	run_wait_begin(job_of(arg));
}

static void unawait(void *arg)
{
	struct run_job *rj = job_of(arg);

	run_wait_end(rj);
	if (!rj->order.is_sent)
		run_order_fini(&rj->order);
}

static void kept(void *arg)
{
	run_wait_kept(job_of(arg));
}

static void name(void *arg, char ret_name[JOB_NAME_SIZE])
{
	run_file_name(job_of(arg), ret_name);
}

static void download(void *arg)
{
	run_file_download(job_of(arg));
}

static void decode(void *arg)
{
	run_slices_begin(job_of(arg));
}

static void stale(void *arg)
{
	struct run_job *rj = job_of(arg);

	run_job_log(rj, LOG_LVL_WARN, "report.stale", log_str("error", run_job_record(rj)->text));
	metric_add(METRIC_REPORT_JOBS_STALE, source_account(rj->own_source),
	           source_name(rj->own_source), NULL, 1);
}

static void finished(void *arg, enum job_end end)
{
	struct run_job *rj = job_of(arg);

	rj->has_end = true;
	rj->end = end;
	run_kick(rj->run);
}

static const struct job_port port = {.store = store,
                                     .order = order,
                                     .send = send_order,
                                     .await = await,
                                     .unawait = unawait,
                                     .kept = kept,
                                     .name = name,
                                     .download = download,
                                     .decode = decode,
                                     .stale = stale,
                                     .finished = finished};

/* ---- turns ---- */

static uint64_t timeout_of(const struct run_job *rj)
{
	return rj->conf.timeout_ms > 0 ? rj->conf.timeout_ms : rj->spec->timeout_ms;
}

static struct job_conf job_conf_of(struct run_job *rj)
{
	static const enum job_by ways[] = {[READY_MAILBOX] = JOB_BY_MAILBOX,
	                                   [READY_POLL] = JOB_BY_POLL,
	                                   [READY_HANDOFF] = JOB_BY_HAND};

	const uint64_t timeout_ms = timeout_of(rj);
	const uint64_t every_ms = rj->conf.every_ms;

	return (struct job_conf){.port = &port,
	                         .arg = rj,
	                         .by = ways[rj->spec->by],
	                         .timeout_ms = timeout_ms,
	                         .give_up_ms =
	                                 every_ms > 2 * timeout_ms ? every_ms : 2 * timeout_ms,
	                         .has_fallback = rj->fallback != NULL};
}

static bool may_begin(const struct run_job *rj)
{
	const struct report_run *run = rj->run;

	return rj->job == NULL && run->wants_page && run->spec->job != NULL && !run->is_over &&
	       !run->result.progress.is_paused;
}

/** The job of the window: a new one, or the one that the checkpoint has. */
static void begin(struct run_job *rj)
{
	struct report_run *run = rj->run;
	const struct job_conf conf = job_conf_of(rj);

	run->wants_page = false;
	rj->is_moved = false;
	if (run->at.job.state == JOB_FAILED && !run->at.job.is_fallback)
		run_job_remove_files(rj); /* it is ordered anew */
	rj->text[0] = '\0';
	if (job_new(&conf, &run->at.job, &rj->job) != ERR_OK) {
		run_end(run, REPORT_FAILED, "out of memory");
		return;
	}
	job_begin(rj->job, clock_now_ms());
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

	/* What is done belongs to the window before. */
	if (rj != NULL && rj->job != NULL && job_record(rj->job)->state != JOB_DONE)
		at->job = *job_record(rj->job);
}

/* ---- begin and end ---- */

void run_job_stop(struct run_job *rj)
{
	run_wait_end(rj);
	run_slices_end(rj);
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
	source_unref(rj->fallback);
	free(rj->host_text);
	arena_fini(&rj->arena);
	OBJ_POISON(rj);
	free(rj);
}

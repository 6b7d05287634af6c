/* SPDX-License-Identifier: MIT */
/*
 * What job.h asks of the world. The record goes the way of all pieces, so that it is never on disk
 * before the slices that were cut ahead of it, nor they without it.
 */
#include "core/metrics.h"
#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

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

const struct job_port run_job_port = {.store = store,
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

/* SPDX-License-Identifier: MIT */
/*
 * One commit at a time: when a transaction fails, what was submitted behind it may still succeed,
 * and its checkpoint would pass over the rows that were lost.
 */
#include <stdlib.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/file/row_file.h"
#include "receiver/report/run/run_parts.h"

#define VARS_MAX       ((size_t)16 * 1024 * 1024)
#define MEDIA_TYPE_MAX 1024

/* ---- making them ---- */

static struct payload make_payload(const struct report_run *run, const struct piece *piece)
{
	return (struct payload){.received_ms = clock_now_ms(),
	                        .via = PAYLOAD_REPORT,
	                        .account = str_from(source_account(run->source)),
	                        .source = str_from(source_name(run->source)),
	                        .verified = STR_LIT("report"),
	                        .media_type = buf_str(&piece->media_type),
	                        .vars = buf_str(&piece->vars),
	                        .body = buf_str(&piece->body)};
}

static enum err add_numbers(struct piece *piece, struct str numbers)
{
	enum err err;

	if (numbers.len == 0)
		return ERR_OK;
	if (piece->vars.len > 0)
		(void)buf_append_char(&piece->vars, '&');
	(void)buf_append_str(&piece->vars, STR_LIT(ORDINALS_VAR "="));
	err = buf_append_str(&piece->vars, numbers);
	piece->payload.vars = buf_str(&piece->vars);
	return err;
}

enum err run_piece_count(struct report_run *run, struct piece *piece, size_t most)
{
	struct buf numbers;
	enum err err = ERR_OK;

	if (run->ordinals == NULL || !piece->has_payload)
		return ERR_OK;
	buf_init(&numbers, VARS_MAX);
	if (!piece->is_counting)
		err = ordinals_begin(run->ordinals, run->source, &piece->payload);
	piece->is_counting = true;
	if (err == ERR_OK)
		err = ordinals_step(run->ordinals, most, &numbers);
	if (err == ERR_OK)
		err = add_numbers(piece, buf_str(&numbers));
	buf_fini(&numbers);
	return err;
}

/** The bytes change their owner. */
static struct buf move_buf(struct buf *from)
{
	struct buf to = *from;

	buf_init(from, to.max);
	return to;
}

static enum err fill(struct report_run *run, struct piece *piece, struct str media_type,
                     struct str vars)
{
	enum err err;

	(void)buf_append_str(&piece->media_type, media_type);
	err = buf_append_str(&piece->vars, buf_str(&run->vars));
	if (vars.len > 0 && piece->vars.len > 0)
		(void)buf_append_char(&piece->vars, '&');
	if (vars.len > 0)
		err = buf_append_str(&piece->vars, vars);
	piece->payload = make_payload(run, piece);
	return err;
}

enum err run_piece_make(struct report_run *run, struct buf *body, size_t records,
                        struct str media_type, struct str vars, struct piece **ret_piece)
{
	struct piece *piece = calloc(1, sizeof(*piece));
	enum err err = ERR_OK;

	if (piece == NULL)
		return ERR_NOMEM;
	buf_init(&piece->vars, VARS_MAX);
	buf_init(&piece->media_type, MEDIA_TYPE_MAX);
	buf_init(&piece->text, CHECKPOINT_MAX);
	piece->body = move_buf(body);
	piece->records = records;
	piece->has_payload = records > 0;
	piece->is_page = true;
	if (piece->has_payload)
		err = fill(run, piece, media_type, vars);
	if (err != ERR_OK) {
		run_piece_free(piece);
		return err;
	}
	*ret_piece = piece;
	return ERR_OK;
}

enum err run_piece_new(struct report_run *run, struct buf *body, size_t records,
                       struct str media_type, struct str vars, struct piece **ret_piece)
{
	struct piece *piece = NULL;
	enum err err = run_piece_make(run, body, records, media_type, vars, &piece);

	if (err == ERR_OK)
		err = run_piece_count(run, piece, SIZE_MAX);
	if (err == ERR_OK) {
		*ret_piece = piece;
	} else {
		run_piece_free(piece);
	}
	return err;
}

const char *run_piece_trouble(const struct report_run *run, enum err err)
{
	if (err == ERR_IO && run->bag_file != NULL)
		return row_file_error(run->bag_file);
	return err == ERR_LIMIT ? "the report has too many different rows" : err_str(err);
}

/** A cursor that has no place beside the record of a job is left out: the window begins again. */
static enum err write_checkpoint(const struct report_run *run, struct buf *b)
{
	struct run_checkpoint at = run->at;
	enum err err;

	run_job_lend(run, &at);
	err = run_checkpoint_write(&at, b);
	if (err != ERR_LIMIT || at.cursor == NULL)
		return err;
	at.cursor = NULL;
	at.pages = 0;
	buf_reset(b);
	return run_checkpoint_write(&at, b);
}

enum err run_piece_seal(struct report_run *run, struct piece *piece)
{
	enum err err;

	if (!run_is_kept(run))
		return ERR_OK;
	err = write_checkpoint(run, &piece->text);
	if (err != ERR_OK || str_eq(buf_str(&piece->text), buf_str(&run->committed)))
		return err;
	piece->has_checkpoint = true;
	buf_reset(&run->committed);
	return buf_append_str(&run->committed, buf_str(&piece->text));
}

void run_piece_add(struct report_run *run, struct piece *piece)
{
	STAILQ_INSERT_TAIL(&run->pieces, piece, link);
	run->piece_count++;
	run->piece_bytes += piece->body.len;
}

void run_piece_free(struct piece *piece)
{
	if (piece == NULL)
		return;
	buf_fini(&piece->body);
	buf_fini(&piece->vars);
	buf_fini(&piece->media_type);
	buf_fini(&piece->text);
	free(piece);
}

/* ---- committing them ---- */

static void pop(struct report_run *run, bool is_committed)
{
	struct piece *piece = STAILQ_FIRST(&run->pieces);

	STAILQ_REMOVE_HEAD(&run->pieces, link);
	run->piece_count--;
	run->piece_bytes -= piece->body.len;
	if (piece->on_gone != NULL)
		piece->on_gone(run, piece, is_committed);
	run_piece_free(piece);
}

/** The first one is where it belongs. */
static void took(struct report_run *run)
{
	const struct piece *piece = STAILQ_FIRST(&run->pieces);
	struct report_progress *p = &run->result.progress;

	p->pages += piece->has_payload || piece->is_page;
	p->rows += piece->records;
	p->bytes += piece->has_payload ? piece->body.len : 0;
	p->is_paused = false;
	pop(run, true);
	run_tell(run);
}

/** The first one was not taken: it is put again, unless that can never work. */
static void refused(struct report_run *run, enum err err)
{
	if (run->is_canceled) {
		run_kick(run);
	} else if (err == ERR_CANCELED) {
		run_abandon(run, REPORT_CANCELED, "the store is being closed");
	} else if (err == ERR_INVAL) {
		run_abandon(run, REPORT_FAILED, "the journal does not take such a payload");
	} else {
		run->result.progress.is_paused = true;
		loop_timer_start(run->wake, STORE_AGAIN_MS);
		run_tell(run);
	}
}

/** What it stands for is on disk with the piece before it. */
static bool hangs_on(const struct piece *piece)
{
	return !piece->has_payload && !piece->has_checkpoint;
}

static void on_committed(struct report_run *run, enum err err)
{
	run->is_putting = false;
	if (err != ERR_OK) {
		refused(run, err);
		return;
	}
	took(run);
	while (run->is_canceled && run->piece_count > 0 && hangs_on(STAILQ_FIRST(&run->pieces)))
		took(run);
	run_turn(run);
	if (run->is_over)
		run_kick(run);
}

static void on_put(void *arg, enum err err, int64_t entry)
{
	struct report_run *run;

	OBJ_FROM(run, arg, RUN_MAGIC);
	(void)entry;
	on_committed(run, err);
}

static void on_set(void *arg, enum err err)
{
	struct report_run *run;

	OBJ_FROM(run, arg, RUN_MAGIC);
	on_committed(run, err);
}

static enum err submit(struct report_run *run, struct piece *piece)
{
	const struct store_checkpoint checkpoint = {buf_str(&run->key), buf_str(&piece->text)};

	if (!piece->has_payload)
		return store_checkpoint_set(run->store, &checkpoint, on_set, run);
	return ingest_put(run->ingest, &piece->payload, piece->has_checkpoint ? &checkpoint : NULL,
	                  on_put, run);
}

/** What goes nowhere is done at once. */
static bool goes_nowhere(const struct report_run *run, const struct piece *piece)
{
	return piece->has_payload ? run_is_dry(run) : !piece->has_checkpoint;
}

/** @return whether the one who looks at a dry run takes it now */
static bool is_taken(const struct report_run *run, const struct piece *piece)
{
	return !piece->has_payload || run->ops.on_payload(run->arg, &piece->payload);
}

void run_commit(struct report_run *run)
{
	while (!run->is_putting && !run->is_canceled && run->piece_count > 0) {
		struct piece *piece = STAILQ_FIRST(&run->pieces);
		enum err err;

		if (goes_nowhere(run, piece)) {
			if (!is_taken(run, piece)) {
				loop_timer_start(run->wake, READER_AGAIN_MS);
				return;
			}
			took(run);
			continue;
		}
		run->is_putting = true;
		err = submit(run, piece);
		if (err == ERR_OK)
			return;
		run->is_putting = false;
		refused(run, err);
		return;
	}
}

void run_drop_pieces(struct report_run *run)
{
	struct piece_list kept = STAILQ_HEAD_INITIALIZER(kept);
	struct piece *piece = run->is_putting ? STAILQ_FIRST(&run->pieces) : NULL;

	while (piece != NULL) {
		STAILQ_REMOVE_HEAD(&run->pieces, link);
		STAILQ_INSERT_TAIL(&kept, piece, link);
		piece = STAILQ_FIRST(&run->pieces);
		if (piece != NULL && !hangs_on(piece))
			piece = NULL;
	}
	while (!STAILQ_EMPTY(&run->pieces))
		pop(run, false);
	STAILQ_CONCAT(&run->pieces, &kept);
}

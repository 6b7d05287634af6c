/* SPDX-License-Identifier: MIT */
/*
 * The file, slice by slice, as many turns of the loop. A slice is committed with the place behind
 * it; where a file is gone on with that cannot be sought in, or whose equal rows are counted, the
 * slices before that place are read once more and not committed.
 */
#include <stdio.h>
#include <string.h>

#include "core/obj.h"
#include "normalise/decode/decoder.h"
#include "normalise/normalise.h"
#include "receiver/report/file/row_file.h"
#include "receiver/report/run/run_job_parts.h"

/* So many rows in a turn of the loop: a few ms, also where they are counted on disk. */
#define COUNT_ROWS 512

static const struct decode_spec *decode_of(const struct run_job *rj)
{
	return &source_spec(rj->own_source)->decode;
}

void run_slices_begin(struct run_job *rj)
{
	rj->wants_file = true;
	run_kick(rj->run);
}

void run_slices_end(struct run_job *rj)
{
	run_piece_free(rj->piece);
	rj->piece = NULL;
	report_file_free(rj->file);
	rj->file = NULL;
	rj->wants_file = false;
}

/* ---- what cannot be read ---- */

static void dead(struct run_job *rj, const char *text)
{
	run_slices_end(rj);
	run_job_log(rj, LOG_LVL_WARN, "report.unreadable", log_str("error", text));
	run_file_remove(rj, run_job_record(rj)->file);
	run_job_tell(rj, JOB_EV_DEAD_LINK, JOB_END_FAILED, text);
}

/** What cannot be counted can be read all the same. */
static void say_why(const struct run_job *rj, enum err err, const struct err_detail *detail,
                    char line[JOB_TEXT_SIZE])
{
	const struct row_file *rows = rj->run->bag_file;

	if (err == ERR_IO && rows != NULL && row_file_error(rows)[0] != '\0') {
		(void)snprintf(line, JOB_TEXT_SIZE, "%s", row_file_error(rows));
		return;
	}
	(void)snprintf(line, JOB_TEXT_SIZE, "the report's file cannot be read: %.180s",
	               detail->text[0] != '\0' ? detail->text : err_str(err));
}

static void fail(struct run_job *rj, enum err err, const struct err_detail *detail)
{
	char line[JOB_TEXT_SIZE];

	say_why(rj, err, detail, line);
	switch (err) {
	case ERR_NOMEM:
		run_end(rj->run, REPORT_FAILED, "out of memory");
		break;
	case ERR_IO:
	case ERR_AUTH:
		run_slices_end(rj);
		rj->retry_ms = JOB_RETRY_MS;
		run_job_tell(rj, JOB_EV_HELD, JOB_END_LATER, line);
		break;
	case ERR_OK:
	case ERR_INVAL:
	case ERR_PARSE:
	case ERR_LIMIT:
	case ERR_AGAIN:
	case ERR_EXISTS:
	case ERR_NOENT:
	case ERR_CANCELED:
		dead(rj, line);
		break;
	}
}

/* ---- opening ---- */

static enum err open_file(struct run_job *rj, struct err_detail *detail)
{
	const struct job_record *record = run_job_record(rj);
	struct report_file_conf conf = {.media_type = str_from(record->media_type),
	                                .max_bytes = rj->spec->file_max,
	                                .page_max = (size_t)rj->run->limits->body_max};
	struct buf path;
	enum err err;

	buf_init(&path, FILE_PATH_MAX);
	err = run_file_path(rj, record->file, &path);
	conf.path = buf_cstr(&path);
	if (err == ERR_OK)
		err = report_file_open(&conf, &rj->file, detail);
	buf_fini(&path);
	return err;
}

/** Whose it is; ours when nobody knows, until its rows say otherwise. */
static enum err find_owner(struct run_job *rj, const struct profile_report **ret_of,
                           struct err_detail *detail)
{
	const enum decode_as as = decode_of(rj)->as;
	enum err err;

	*ret_of = NULL;
	if ((as != DECODE_CSV && as != DECODE_AUTO) || run_job_record(rj)->place.rows > 0)
		return ERR_OK;
	err = report_file_report(rj->file, source_profile(rj->own_source), ret_of, detail);
	return err == ERR_PARSE && as == DECODE_AUTO ? ERR_OK : err;
}

static bool is_ours(const struct run_job *rj, const struct profile_report *of)
{
	return of == NULL || strcmp(of->source.name, rj->own_spec->source.name) == 0;
}

/** To where it was, or to the beginning of a file whose rows are counted. */
static enum err find_place(struct run_job *rj, struct err_detail *detail)
{
	const struct job_record *record = run_job_record(rj);
	const struct report_file_place place = {record->place.offset, record->place.line,
	                                        record->place.rows};
	enum err err = ERR_INVAL;

	rj->behind = 0;
	if (rj->run->ordinals != NULL && record->part == 0)
		ordinals_reset(rj->run->ordinals);
	if (place.rows == 0)
		return ERR_OK;
	if (rj->run->ordinals == NULL)
		err = report_file_seek(rj->file, place, detail);
	if (err == ERR_INVAL) {
		rj->behind = place.rows;
		err = ERR_OK;
	}
	return err;
}

static void open_it(struct run_job *rj)
{
	const struct profile_report *of = NULL;
	struct err_detail detail = {.text = ""};
	enum err err;

	rj->wants_file = false;
	rj->rows = run_job_record(rj)->place.rows;
	rj->is_checked = rj->rows > 0;
	err = open_file(rj, &detail);
	if (err == ERR_OK)
		err = find_owner(rj, &of, &detail);
	if (err == ERR_OK && !is_ours(rj, of)) {
		run_slices_end(rj);
		run_hand_over(rj, of);
		return;
	}
	if (err == ERR_OK)
		err = report_file_begin(rj->file, decode_of(rj), &detail);
	if (err == ERR_OK)
		err = find_place(rj, &detail);
	if (err != ERR_OK)
		fail(rj, err, &detail);
}

/* ---- cutting ---- */

static bool is_last_part(const struct run_job *rj)
{
	const struct job_record *record = run_job_record(rj);

	return record->part + 1 >= record->link_count;
}

static void close_it(struct run_job *rj)
{
	run_job_log(rj, LOG_LVL_INFO, "report.decoded", log_int("rows", (int64_t)rj->rows));
	run_slices_end(rj);
}

static void on_last(struct report_run *run, const struct piece *piece, bool is_committed)
{
	(void)piece;
	if (is_committed)
		run_job_later(run->job, JOB_EV_DECODED, JOB_END_DONE, "");
}

/** The place and, with the last slice of all, the next window are committed with it. */
static void note(struct run_job *rj, const struct report_file_slice *slice, struct piece *piece)
{
	/* A stream has no offsets; what counts are its rows. */
	const struct job_place place = {.offset = slice->next.offset > 0 ? slice->next.offset
	                                                                 : slice->next.rows,
	                                .line = slice->next.line,
	                                .rows = slice->next.rows};

	if (!slice->is_last || !is_last_part(rj)) {
		job_note_place(rj->job, place);
		return;
	}
	job_note_last(rj->job, run_job_now(rj));
	piece->on_gone = on_last;
	rj->is_moved = true;
	run_next_window(rj->run);
}

/** A header that is no report's may still be ours, with other columns beside. */
static enum err check_columns(struct run_job *rj, const struct piece *piece,
                              struct err_detail *detail)
{
	struct decoder *decoder = NULL;
	struct record record;
	enum err err;

	if (rj->is_checked)
		return ERR_OK;
	rj->is_checked = true;
	err = decoder_new(decode_of(rj), &piece->payload, NORMALISE_MEMORY_DEFAULT, &decoder);
	if (err == ERR_OK)
		err = decoder_next(decoder, &record, detail);
	decoder_free(decoder);
	return err == ERR_PARSE || err == ERR_NOMEM ? err : ERR_OK;
}

static enum err make_piece(struct run_job *rj, struct err_detail *detail)
{
	const struct report_file_slice *slice = &rj->slice;
	struct buf body;
	enum err err;

	buf_init(&body, slice->body.len + 1);
	err = buf_append_str(&body, slice->body);
	if (err == ERR_OK) {
		err = run_piece_make(rj->run, &body, (size_t)slice->rows, slice->media_type,
		                     slice->vars, &rj->piece);
	}
	buf_fini(&body);
	return err == ERR_OK ? check_columns(rj, rj->piece, detail) : err;
}

static enum err add(struct run_job *rj)
{
	struct piece *piece = rj->piece;
	enum err err;

	rj->piece = NULL;
	rj->rows = rj->slice.next.rows;
	if (rj->rows <= rj->behind) {
		run_piece_free(piece);
		return ERR_OK;
	}
	note(rj, &rj->slice, piece);
	err = run_piece_seal(rj->run, piece);
	if (err == ERR_OK) {
		run_piece_add(rj->run, piece);
	} else {
		run_piece_free(piece);
	}
	return err;
}

/** @return ERR_AGAIN: there are rows left to be counted */
static enum err cut_slice(struct run_job *rj, struct err_detail *detail)
{
	enum err err = ERR_OK;

	if (rj->piece == NULL) {
		err = report_file_next(rj->file, &rj->slice, detail);
		if (err != ERR_OK || rj->slice.rows == 0)
			return err;
		err = make_piece(rj, detail);
	}
	if (err == ERR_OK) {
		err = run_piece_count(rj->run, rj->piece, COUNT_ROWS);
		if (err == ERR_LIMIT)
			err_detail_set(detail, "%s", run_piece_trouble(rj->run, err));
	}
	return err == ERR_OK ? add(rj) : err;
}

static void cut(struct run_job *rj)
{
	struct err_detail detail = {.text = ""};
	enum err err = cut_slice(rj, &detail);

	if (err != ERR_OK && err != ERR_AGAIN) {
		fail(rj, err, &detail);
		return;
	}
	run_kick(rj->run);
	if (err == ERR_AGAIN || (rj->slice.rows > 0 && !rj->slice.is_last))
		return;
	close_it(rj);
	/* The last slice of all says so itself, once it is committed. */
	if (run_job_record(rj)->state == JOB_DECODING)
		run_job_tell(rj, JOB_EV_DECODED, JOB_END_DONE, "");
}

void run_slices_turn(struct run_job *rj)
{
	const struct report_run *run = rj->run;

	if (rj->job == NULL || run->is_over || run_job_record(rj)->state != JOB_DECODING)
		return;
	if (rj->wants_file)
		open_it(rj);
	if (rj->file != NULL && !run->is_over && !run->result.progress.is_paused &&
	    run->piece_count < SLICES_WAITING_MAX)
		cut(rj);
}

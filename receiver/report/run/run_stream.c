/* SPDX-License-Identifier: MIT */
/*
 * Streams: committed slice by slice while they come. What is half when a stream breaks off is
 * dropped; the watermark stays, so that the window is asked for again.
 */
#include <stdio.h>

#include "core/obj.h"
#include "receiver/report/run/run_parts.h"

static enum err add_slice(struct report_run *run, struct str slice, size_t records, bool is_last)
{
	struct piece *piece = NULL;
	struct buf body;
	enum err err = ERR_OK;

	buf_init(&body, SLICE_BYTES + VALUE_BYTES_MAX + 1);
	if (records > 0)
		err = buf_append_str(&body, slice);
	if (err == ERR_OK) {
		err = run_piece_new(run, &body, records, STR_LIT("application/json-seq"), STR_EMPTY,
		                    &piece);
	}
	buf_fini(&body);
	if (err != ERR_OK)
		return err;
	piece->is_page = false;
	if (is_last) {
		run_next_window(run);
		err = run_piece_seal(run, piece);
	}
	if (err != ERR_OK) {
		run_piece_free(piece);
		return err;
	}
	run_piece_add(run, piece);
	return ERR_OK;
}

static enum err take_slices(struct report_run *run)
{
	struct str slice;
	size_t records;
	enum err err;

	for (;;) {
		err = stream_cut_next(run->cut, &slice, &records);
		if (err == ERR_OK)
			err = add_slice(run, slice, records, false);
		if (err != ERR_OK)
			return err == ERR_NOENT ? ERR_OK : err;
	}
}

static const char *trouble_of(const struct report_run *run, enum err err)
{
	if (err == ERR_PARSE)
		return "the answer is no stream of JSON values";
	return err == ERR_LIMIT ? "a record of the stream is too long"
	                        : run_piece_trouble(run, err);
}

static bool on_body(void *arg, struct str bytes)
{
	struct report_run *run;
	enum err err;

	OBJ_FROM(run, arg, RUN_MAGIC);
	if (run->is_over)
		return false;
	err = stream_cut_feed(run->cut, bytes);
	if (err == ERR_OK)
		err = take_slices(run);
	if (err != ERR_OK) {
		run_end(run, REPORT_FAILED, trouble_of(run, err));
		return false;
	}
	run_commit(run);
	run->is_held = run->piece_count >= SLICES_WAITING_MAX;
	return !run->is_held;
}

/** The values that are complete, and whether they are all. */
static void finish(struct report_run *run, const struct vendor_result *result)
{
	bool is_whole = result->end == VENDOR_OK;
	bool is_cut = false;
	struct str slice = STR_EMPTY;
	size_t records = 0;
	enum err err = stream_cut_finish(run->cut, &slice, &records, &is_cut);

	if (err == ERR_NOENT)
		err = ERR_OK;
	is_whole = is_whole && !is_cut;
	if (err == ERR_OK && (is_whole || records > 0))
		err = add_slice(run, slice, records, is_whole);
	if (err != ERR_OK) {
		run_end(run, REPORT_FAILED, trouble_of(run, err));
	} else if (is_cut && result->end == VENDOR_OK) {
		run_end(run, REPORT_FAILED, "the stream ended within a record");
	} else if (!is_whole) {
		run_failed(run, result);
	}
}

static void on_done(void *arg, const struct vendor_result *result)
{
	struct report_run *run;

	OBJ_FROM(run, arg, RUN_MAGIC);
	run->call = NULL;
	run->is_held = false;
	if (run->is_over) {
		run_kick(run);
		return;
	}
	finish(run, result);
	run_turn(run);
}

/* No on_again: slices that are committed cannot be taken back. */
const struct vendor_ops run_stream_ops = {.on_body = on_body, .on_done = on_done};

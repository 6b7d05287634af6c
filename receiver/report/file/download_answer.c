/* SPDX-License-Identifier: MIT */
/* What comes in a try, and where it goes. */
#include <stdio.h>
#include <string.h>

#include "core/obj.h"
#include "receiver/report/file/download_internal.h"

/* ---- the head ---- */

static bool is_too_large(struct download *d, uint64_t bytes)
{
	char text[DOWNLOAD_TEXT_SIZE];

	if (bytes <= d->max_bytes)
		return false;
	(void)snprintf(text, sizeof(text), "the file is larger than %llu bytes, which are allowed",
	               (unsigned long long)d->max_bytes);
	download_end(d, DOWNLOAD_TOO_LARGE, text);
	return true;
}

static bool has_room(struct download *d)
{
	uint64_t bytes = download_file_bytes(d->file);
	uint64_t more = d->size > (int64_t)bytes ? (uint64_t)d->size - bytes : 0;
	uint64_t space = download_file_space(d->file);
	char text[DOWNLOAD_TEXT_SIZE];

	if (space >= DOWNLOAD_SPARE_BYTES && space - DOWNLOAD_SPARE_BYTES >= more)
		return true;
	(void)snprintf(text, sizeof(text),
	               "no room on the disk: %llu MiB are free, %llu MiB are needed",
	               (unsigned long long)(space >> 20),
	               (unsigned long long)((DOWNLOAD_SPARE_BYTES + more) >> 20));
	download_end(d, DOWNLOAD_NO_SPACE, text);
	return false;
}

static void keep(struct buf *b, struct str text)
{
	buf_reset(b);
	if (buf_append_str(b, text) != ERR_OK)
		buf_reset(b);
}

/* All of it, from the first byte. */
static bool takes_whole(struct download *d, const struct vendor_head *head)
{
	enum err err;

	if (head->length > 0 && is_too_large(d, (uint64_t)head->length))
		return false;
	err = download_file_empty(d->file);
	if (err != ERR_OK) {
		download_end_local(d, err);
		return false;
	}
	d->from = 0;
	d->size = head->length;
	d->is_looked_at = false;
	keep(&d->validator, download_is_validator(head->validator) ? head->validator : STR_EMPTY);
	return true;
}

/* What follows what is there, of the same file. */
static bool takes_part(struct download *d, const struct vendor_head *head)
{
	struct download_range range;

	if (download_range_read(head->content_range, &range) != ERR_OK || !range.has_part ||
	    d->from == 0 || range.first != d->from ||
	    (range.size >= 0 && d->size >= 0 && range.size != d->size) ||
	    download_differs(buf_str(&d->validator), head->validator)) {
		d->is_misfit = true;
		return false;
	}
	if (range.size >= 0)
		d->size = range.size;
	return !is_too_large(d, range.size >= 0 ? (uint64_t)range.size : range.last + 1);
}

static bool download_on_head(void *arg, const struct vendor_head *head)
{
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	if (d->state != DOWNLOAD_ASKING)
		return false;
	if (!(head->status == 206 ? takes_part(d, head) : takes_whole(d, head)) || !has_room(d))
		return false;
	if (head->status != 206 || d->media_type.len == 0)
		keep(&d->media_type, head->media_type);
	download_tell_begin(d);
	return true;
}

/* ---- the body ---- */

bool download_looks_well(struct download *d)
{
	char bytes[DOWNLOAD_SNIFF_BYTES];
	size_t len;

	if (d->is_looked_at)
		return true;
	len = download_file_peek(d->file, bytes, sizeof(bytes));
	d->is_looked_at = true;
	if (!download_is_html((struct str){bytes, len}))
		return true;
	download_end(d, DOWNLOAD_DEAD, "sent a page for people instead of a file");
	return false;
}

static void write_down(struct download *d, struct str bytes)
{
	uint64_t before = download_file_bytes(d->file);
	enum err err;

	if (d->size >= 0 && before + bytes.len > (uint64_t)d->size) {
		d->is_misfit = true; /* more than it said */
		return;
	}
	if (is_too_large(d, before + bytes.len))
		return;
	err = download_file_write(d->file, bytes);
	if (err != ERR_OK) {
		download_end_local(d, err);
		return;
	}
	if (before + bytes.len >= DOWNLOAD_SNIFF_BYTES && !download_looks_well(d))
		return;
	if (before / DOWNLOAD_SYNC_BYTES != (before + bytes.len) / DOWNLOAD_SYNC_BYTES)
		(void)has_room(d);
	download_file_keep_up(d->file);
}

static bool download_on_body(void *arg, struct str bytes)
{
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	if (d->state == DOWNLOAD_ASKING && !d->is_misfit)
		write_down(d, bytes);
	if (d->state != DOWNLOAD_ASKING || d->is_misfit) {
		download_stop_soon(d);
		return false;
	}
	download_tell_progress(d);
	d->is_held = download_file_is_behind(d->file);
	return !d->is_held;
}

static void download_on_done(void *arg, const struct vendor_result *result)
{
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	d->call = NULL;
	if (d->state != DOWNLOAD_ASKING)
		return;
	if (d->is_misfit) {
		download_restart(d);
	} else {
		download_judge(d, result);
	}
}

const struct vendor_ops download_vendor_ops = {
	.on_head = download_on_head, .on_body = download_on_body, .on_done = download_on_done};

/* SPDX-License-Identifier: MIT */
/* How it ends, and what the owner is told: always from a timer, so that it may free us. */
#include <stdio.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/file/download_internal.h"

#define PACE_MS       250
#define SYNC_AGAIN_MS 200

static void tell_soon(struct download *d)
{
	loop_timer_start(d->soon, 0);
}

void download_stop_soon(struct download *d)
{
	tell_soon(d);
}

void download_tell_begin(struct download *d)
{
	d->is_begin_due = d->has_begun = true;
	tell_soon(d);
}

void download_tell_progress(struct download *d)
{
	if (d->is_pacing || d->ops.on_progress == NULL)
		return;
	d->is_pacing = true;
	loop_timer_start(d->pace, PACE_MS);
}

void download_end(struct download *d, enum download_end end, const char *text)
{
	struct download_result *r = &d->result;

	d->state = DOWNLOAD_OVER;
	r->end = end;
	r->text[0] = '\0';
	if (end != DOWNLOAD_DONE && d->host.len > 0) {
		(void)snprintf(r->text, sizeof(r->text), "%.*s: %s", STR_FMT(d->host), text);
	} else if (end != DOWNLOAD_DONE) {
		(void)snprintf(r->text, sizeof(r->text), "%s", text);
	}
	d->is_end_due = true;
	loop_timer_stop(d->next);
	loop_timer_stop(d->clock);
	tell_soon(d);
}

void download_end_local(struct download *d, enum err err)
{
	d->host = STR_EMPTY; /* it is not to blame */
	download_end(d, err == ERR_LIMIT ? DOWNLOAD_NO_SPACE : DOWNLOAD_FAILED,
	             download_file_error(d->file));
}

static void tell_end(struct download *d)
{
	struct download_result *r = &d->result;

	d->is_end_due = false;
	loop_timer_stop(d->pace);
	r->bytes = d->file != NULL ? download_file_bytes(d->file) : 0;
	r->validator = buf_str(&d->validator);
	r->media_type = buf_str(&d->media_type);
	d->ops.on_done(d->arg, r);
}

/* The last thing that is done with it each time: the owner may free it from within. */
void download_on_soon(void *arg)
{
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	if (d->call != NULL && (d->state != DOWNLOAD_ASKING || d->is_misfit)) {
		vendor_call_cancel(d->call);
		d->call = NULL;
		if (d->state == DOWNLOAD_ASKING)
			download_restart(d);
	}
	if (d->is_begin_due) {
		d->is_begin_due = false;
		tell_soon(d);
		if (d->ops.on_begin != NULL)
			d->ops.on_begin(d->arg, buf_str(&d->validator), buf_str(&d->media_type));
	} else if (d->is_end_due) {
		tell_end(d);
	}
}

void download_on_pace(void *arg)
{
	struct download_progress progress;
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	d->is_pacing = false;
	progress = (struct download_progress){.bytes = download_file_bytes(d->file),
	                                      .size = d->size > 0 ? (uint64_t)d->size : 0};
	d->ops.on_progress(d->arg, &progress);
}

void download_on_time(void *arg)
{
	char text[DOWNLOAD_TEXT_SIZE + 40];
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	(void)snprintf(text, sizeof(text), "not done within %llu s%s%s",
	               (unsigned long long)(d->timeout_ms / 1000), d->why[0] != '\0' ? ": " : "",
	               d->why);
	download_end(d, DOWNLOAD_FAILED, text);
}

void download_finish(struct download *d)
{
	d->state = DOWNLOAD_SYNCING;
	loop_timer_stop(d->clock); /* the vendor has done its part */
	if (download_file_finish(d->file) != ERR_OK)
		loop_timer_start(d->next, SYNC_AGAIN_MS);
}

void download_on_synced(void *arg, enum err err, bool is_last)
{
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	if (d->state == DOWNLOAD_OVER)
		return;
	if (err != ERR_OK) {
		download_end_local(d, err);
	} else if (is_last) {
		download_end(d, DOWNLOAD_DONE, "");
	} else if (d->state == DOWNLOAD_SYNCING) {
		download_finish(d);
	} else if (d->is_held && d->call != NULL) {
		d->is_held = false;
		vendor_call_resume(d->call);
	}
}

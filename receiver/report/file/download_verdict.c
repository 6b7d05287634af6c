/* SPDX-License-Identifier: MIT */
/* What follows from the end of a try. */
#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/report/file/download_internal.h"
#include "receiver/report/vendor/circuit.h"
#include "receiver/report/vendor/vendor_answer.h"

static void log_trouble(struct download *d, const char *text)
{
	if (!trouble_note(&d->trouble, text, clock_mono_ms()))
		return;
	log_warn("download.interrupted", log_str("account", vendor_client_account(d->client)),
	         log_text("host", d->host), log_int("bytes", (int64_t)download_file_bytes(d->file)),
	         log_str("error", text));
}

/* A try that came further than all before it was a good one. */
static uint64_t pause_of(struct download *d)
{
	uint64_t bytes = download_file_bytes(d->file);

	if (bytes > d->best) {
		d->best = bytes;
		backoff_reset(&d->backoff);
	}
	return backoff_next(&d->backoff);
}

static void try_again(struct download *d, const char *text, int64_t retry_after_s)
{
	uint64_t wait_ms = pause_of(d), now_ms = clock_mono_ms();
	bool is_asked = retry_after_s > 0 && (uint64_t)retry_after_s * 1000 > wait_ms;

	(void)snprintf(d->why, sizeof(d->why), "%s", text);
	log_trouble(d, text);
	if (is_asked)
		wait_ms = (uint64_t)retry_after_s * 1000;
	if (now_ms + wait_ms < (d->has_begun ? d->end_ms : d->first_end_ms)) {
		download_next(d, wait_ms);
	} else {
		d->result.retry_ms = is_asked ? wait_ms : 0;
		download_end(d, is_asked ? DOWNLOAD_LATER : DOWNLOAD_FAILED, text);
	}
}

void download_restart(struct download *d)
{
	enum err err = download_file_empty(d->file);

	d->is_misfit = false;
	d->size = -1;
	buf_reset(&d->validator);
	if (err != ERR_OK) {
		download_end_local(d, err);
	} else if (d->restarts++ == 0) {
		download_next(d, 0);
	} else {
		try_again(d, "the file on the server does not fit what is here", 0);
	}
}

static void whole(struct download *d)
{
	if (d->size >= 0 && download_file_bytes(d->file) < (uint64_t)d->size) {
		try_again(d, "the answer was shorter than the file", 0);
	} else if (download_looks_well(d)) {
		download_finish(d);
	}
}

static void later(struct download *d, const char *text, uint64_t retry_ms)
{
	d->result.retry_ms = retry_ms;
	download_end(d, DOWNLOAD_LATER, text);
}

static void expired(struct download *d, const char *said)
{
	static const char hint[] = ": the link has expired, or is not for us";
	char text[DOWNLOAD_TEXT_SIZE];

	/* The hint is what helps, so it is not what is cut off. */
	(void)snprintf(text, sizeof(text), "%.*s%s", (int)(sizeof(text) - sizeof(hint)), said,
	               d->url.len > 0 ? hint : "");
	download_end(d, DOWNLOAD_DEAD, text);
}

/* A link is asked for without credentials first. */
static void denied(struct download *d, const struct vendor_result *r)
{
	if (d->url.len == 0 && r->status != 403) {
		later(d, r->text, CIRCUIT_AUTH_MIN_MS); /* the account's own trouble */
	} else if (d->url.len > 0 && !d->has_credentials &&
	           vendor_client_has_credentials(d->client, d->url)) {
		d->has_credentials = true;
		(void)snprintf(d->denied, sizeof(d->denied), "%s", r->text);
		download_next(d, 0);
	} else {
		expired(d, r->text);
	}
}

/* Nothing follows what is there: it is whole, or of another file. */
static void unsatisfiable(struct download *d, const struct vendor_result *r)
{
	struct download_range range;
	uint64_t bytes = download_file_bytes(d->file);

	if (d->from == 0) {
		download_end(d, DOWNLOAD_DEAD, r->text);
	} else if (download_range_read(r->content_range, &range) == ERR_OK && !range.has_part &&
	           (uint64_t)range.size == bytes) {
		d->size = range.size;
		whole(d);
	} else {
		download_restart(d);
	}
}

static void refused(struct download *d, const struct vendor_result *r)
{
	if (r->status == 401 || r->status == 403) {
		denied(d, r);
	} else if (r->status == 416) {
		unsatisfiable(d, r);
	} else if (r->status < 400) {
		download_end(d, DOWNLOAD_REFUSED, r->text);
	} else if (r->status == 400 && d->denied[0] != '\0') {
		expired(d, d->denied); /* a signature and credentials are one proof too many */
	} else {
		download_end(d, DOWNLOAD_DEAD, r->text);
	}
}

static void failed(struct download *d, const struct vendor_result *r)
{
	if ((r->status == 200 || r->status == 206) && vendor_answer_is_html(r->media_type)) {
		download_end(d, DOWNLOAD_DEAD, "sent a page for people instead of a file");
	} else {
		try_again(d, r->text, r->retry_after_s);
	}
}

void download_judge(struct download *d, const struct vendor_result *r)
{
	switch (r->end) {
	case VENDOR_OK:
		whole(d);
		return;
	case VENDOR_REFUSED:
		refused(d, r);
		return;
	case VENDOR_UNAUTHORIZED:
		denied(d, r);
		return;
	case VENDOR_FAILED:
		failed(d, r);
		return;
	case VENDOR_LATER:
		try_again(d, r->text, (int64_t)((r->retry_ms + 999) / 1000));
		return;
	}
}

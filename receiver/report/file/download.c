/* SPDX-License-Identifier: MIT */
#include "receiver/report/file/download.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/obj.h"
#include "core/url.h"
#include "receiver/report/file/download_internal.h"

#define TEXTS_MAX      (256U << 10)
#define PAUSE_MS       1000 /* where nobody says another */
#define BACKOFF_MAX_MS 60000
#define GRACE_MS       1000 /* our own clock rings before that of the call */

/* For a link nothing is said in the profile. */
static const struct request_spec link_spec = {
	.method = "GET", .expect = {200, 206}, .expect_count = 2};

void download_next(struct download *d, uint64_t wait_ms)
{
	d->state = DOWNLOAD_WAITING;
	loop_timer_start(d->next, wait_ms);
}

static uint64_t left_ms(const struct download *d)
{
	uint64_t now_ms = clock_mono_ms();

	return d->end_ms > now_ms ? d->end_ms - now_ms : 0;
}

static enum err send(struct download *d, const struct vendor_header *headers, size_t count)
{
	const struct vendor_request request = {
		.spec = d->request != NULL && d->url.len == 0 ? d->request : &link_spec,
		.lookup = download_name,
		.lookup_arg = &d->names,
		.url = d->url,
		.is_safe = true,
		.body_max = INT64_MAX, /* download_answer.c counts */
		.timeout_ms = left_ms(d) + GRACE_MS,
		.is_link = true,
		.is_anonymous = d->url.len > 0 && !d->has_credentials,
		.is_any_host = d->is_any_host,
		.is_single = true,
		.hosts = d->hosts,
		.host_count = d->host_count,
		.headers = headers,
		.header_count = count};

	return vendor_client_send(d->client, &request, &download_vendor_ops, d, &d->call);
}

/* From what is there on, where the server can say whether it is still the same. */
static enum err ask(struct download *d)
{
	uint64_t bytes = download_file_bytes(d->file);
	char range[48];
	bool goes_on = bytes > 0 && bytes <= d->max_bytes && d->validator.len > 0;

	(void)snprintf(range, sizeof(range), "bytes=%llu-", (unsigned long long)bytes);

	const struct vendor_header headers[] = {{"Range", str_from(range)},
	                                        {"If-Range", buf_str(&d->validator)}};

	d->from = goes_on ? bytes : 0;
	d->is_held = d->is_misfit = false;
	d->state = DOWNLOAD_ASKING;
	return send(d, headers, goes_on ? 2 : 0);
}

static void download_on_next(void *arg)
{
	struct download *d;

	OBJ_FROM(d, arg, DOWNLOAD_MAGIC);
	if (d->state == DOWNLOAD_SYNCING) {
		download_finish(d);
	} else if (ask(d) != ERR_OK) {
		download_end(d, DOWNLOAD_FAILED, err_str(ERR_NOMEM));
	}
}

static enum err copy_hosts(struct download *d, const struct download_conf *conf)
{
	struct str *hosts = arena_alloc(&d->texts, (conf->host_count + 1) * sizeof(*hosts));
	enum err err = hosts != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < conf->host_count && err == ERR_OK; i++)
		err = arena_str_dup(&d->texts, conf->hosts[i], &hosts[i]);
	d->hosts = hosts;
	d->host_count = err == ERR_OK ? conf->host_count : 0;
	return err;
}

static enum err copy_texts(struct download *d, const struct download_conf *conf)
{
	struct url_parts parts;
	enum err err = ERR_OK;

	if (conf->url.len > 0) {
		err = arena_str_dup(&d->texts, conf->url, &d->url);
		if (err == ERR_OK)
			err = url_split(d->url, &parts) == ERR_OK ? ERR_OK : ERR_INVAL;
		if (err == ERR_OK)
			d->host = parts.host;
	}
	if (err == ERR_OK)
		err = copy_hosts(d, conf);
	if (err == ERR_OK && download_is_validator(conf->validator))
		err = buf_append_str(&d->validator, conf->validator);
	return err;
}

static enum err make_timers(struct download *d, struct loop *loop)
{
	enum err err = loop_timer_new(loop, download_on_next, d, &d->next);

	if (err == ERR_OK)
		err = loop_timer_new(loop, download_on_soon, d, &d->soon);
	if (err == ERR_OK)
		err = loop_timer_new(loop, download_on_time, d, &d->clock);
	if (err == ERR_OK)
		err = loop_timer_new(loop, download_on_pace, d, &d->pace);
	return err;
}

/* A folder that is not there is told like a server that is not there. */
static enum err begin(struct download *d, const struct download_conf *conf)
{
	char error[DOWNLOAD_ERROR_SIZE];
	enum err err = download_file_open(conf->path, conf->worker, download_on_synced, d, &d->file,
	                                  error);

	if (err == ERR_LIMIT || err == ERR_IO) {
		d->host = STR_EMPTY;
		download_end(d, err == ERR_LIMIT ? DOWNLOAD_NO_SPACE : DOWNLOAD_FAILED, error);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	loop_timer_start(d->clock, d->timeout_ms);
	d->names.lookup = conf->lookup;
	d->names.lookup_arg = conf->lookup_arg;
	err = ask(d);
	d->names.lookup = NULL;
	return err == ERR_NOENT && d->names.is_full ? ERR_NOMEM : err;
}

static struct download *make(const struct download_conf *conf, const struct download_ops *ops,
                             void *arg)
{
	struct download *d = calloc(1, sizeof(*d));
	uint64_t now_ms = clock_mono_ms();

	if (d == NULL)
		return NULL;
	d->magic = DOWNLOAD_MAGIC;
	d->client = conf->client;
	d->ops = *ops;
	d->arg = arg;
	d->request = conf->request;
	d->is_any_host = conf->is_any_host;
	d->max_bytes = conf->max_bytes;
	d->timeout_ms = conf->timeout_ms;
	d->end_ms = now_ms + conf->timeout_ms;
	d->first_end_ms = conf->first_ms > 0 ? now_ms + conf->first_ms : d->end_ms;
	d->size = -1;
	arena_init(&d->texts, TEXTS_MAX);
	d->names.arena = &d->texts;
	buf_init(&d->validator, DOWNLOAD_VALIDATOR_MAX);
	buf_init(&d->media_type, DOWNLOAD_MEDIA_MAX);
	backoff_init(&d->backoff, conf->pause_ms > 0 ? conf->pause_ms : PAUSE_MS, BACKOFF_MAX_MS,
	             now_ms ^ (uint64_t)(uintptr_t)d);
	return d;
}

enum err download_new(struct loop *loop, const struct download_conf *conf,
                      const struct download_ops *ops, void *arg, struct download **ret_download)
{
	struct download *d;
	enum err err;

	assert(conf->pause_ms <= BACKOFF_MAX_MS && conf->max_bytes > 0 && conf->timeout_ms > 0 &&
	       ops->on_done != NULL);
	if (conf->url.len == 0 && conf->request == NULL)
		return ERR_INVAL;
	d = make(conf, ops, arg);
	if (d == NULL)
		return ERR_NOMEM;
	err = make_timers(d, loop);
	if (err == ERR_OK)
		err = copy_texts(d, conf);
	if (err == ERR_OK)
		err = begin(d, conf);
	if (err != ERR_OK) {
		download_free(d);
		return err;
	}
	*ret_download = d;
	return ERR_OK;
}

void download_free(struct download *d)
{
	if (d == NULL)
		return;
	OBJ_CHECK(d, DOWNLOAD_MAGIC);
	vendor_call_cancel(d->call);
	download_file_free(d->file);
	loop_timer_free(d->next);
	loop_timer_free(d->soon);
	loop_timer_free(d->clock);
	loop_timer_free(d->pace);
	buf_fini(&d->validator);
	buf_fini(&d->media_type);
	arena_fini(&d->texts);
	free(d->trouble);
	OBJ_POISON(d);
	free(d);
}

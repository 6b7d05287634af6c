/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/run/fake_jobs.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 5

struct fake_jobs fake_jobs;

struct mailbox {
	int nothing;
};

static struct mailbox the_mailbox;

struct mailbox *fake_mailbox(void)
{
	return &the_mailbox;
}

void fake_jobs_init(struct loop *loop, void *arg)
{
	fake_jobs = (struct fake_jobs){.loop = loop, .arg = arg};
}

static void step(void)
{
	if (fake_jobs.on_step != NULL)
		fake_jobs.on_step(fake_jobs.arg);
}

static void join(char *to, size_t size, const struct str *texts, size_t count)
{
	size_t len = 0;

	to[0] = '\0';
	for (size_t i = 0; i < count && len < size; i++)
		len += (size_t)snprintf(to + len, size - len, "%.*s ", STR_FMT(texts[i]));
}

static struct loop_timer *timer(loop_fn fn, void *arg, uint64_t ms)
{
	struct loop_timer *t = NULL;

	if (loop_timer_new(fake_jobs.loop, fn, arg, &t) != ERR_OK)
		abort();
	loop_timer_start(t, ms);
	return t;
}

/* ---- the mailbox ---- */

struct mail_waiter {
	mail_link_fn on_link;
	void *arg;
	char report[64];
	bool is_told, is_kept;
	struct loop_timer *timer;
};

static void look(void *arg)
{
	struct mail_waiter *w = arg;
	bool is_shared = false;
	const char *link;

	if (w->is_told)
		return;
	link = fake_jobs.mail != NULL ? fake_jobs.mail(fake_jobs.arg, w->report, &is_shared) : NULL;
	if (link == NULL) {
		loop_timer_start(w->timer, LOOK_MS);
		return;
	}
	w->is_told = true;
	step();
	w->on_link(w->arg, str_from(link), is_shared);
}

enum err mailbox_wait(struct mailbox *box, const struct mail_wanted *wanted, mail_link_fn on_link,
                      void *arg, struct mail_waiter **ret_waiter)
{
	struct mail_waiter *w;

	assert(box == &the_mailbox);
	assert(wanted->id.len > 0);
	if (fake_jobs.wait_result != ERR_OK)
		return fake_jobs.wait_result;
	w = calloc(1, sizeof(*w));
	assert(w != NULL);
	w->on_link = on_link;
	w->arg = arg;
	(void)snprintf(w->report, sizeof(w->report), "%.*s", STR_FMT(wanted->report));
	(void)snprintf(fake_jobs.report, sizeof(fake_jobs.report), "%s", w->report);
	(void)snprintf(fake_jobs.campaign, sizeof(fake_jobs.campaign), "%.*s",
	               STR_FMT(wanted->campaign));
	join(fake_jobs.hosts, sizeof(fake_jobs.hosts), wanted->spec->hosts,
	     wanted->spec->host_count);
	fake_jobs.allows_http = wanted->spec->allows_http;
	fake_jobs.ordered_ms = wanted->ordered_ms;
	fake_jobs.waits++;
	fake_jobs.waiting++;
	w->timer = timer(look, w, 0);
	*ret_waiter = w;
	return ERR_OK;
}

struct completion_mail mailbox_told(const struct mail_waiter *w)
{
	assert(w->is_told);
	return fake_jobs.mail_id;
}

void mailbox_mark(struct mailbox *box, struct completion_mail mail)
{
	assert(box == &the_mailbox);
	fake_jobs.marked = mail;
	fake_jobs.marks++;
}

void mailbox_used(struct mailbox *box, uint64_t digest)
{
	assert(box == &the_mailbox);
	fake_jobs.used = digest;
}

void mailbox_kept(struct mail_waiter *w)
{
	assert(w->is_told && !w->is_kept);
	w->is_kept = true;
	fake_jobs.kept++;
}

void mailbox_released(struct mail_waiter *w)
{
	assert(w->is_told && !w->is_kept);
	fake_jobs.released++;
	w->is_told = false;
	loop_timer_start(w->timer, LOOK_MS);
}

void mailbox_leave(struct mail_waiter *w)
{
	if (w == NULL)
		return;
	fake_jobs.leaves++;
	fake_jobs.waiting--;
	loop_timer_free(w->timer);
	free(w);
}

/* ---- status ---- */

struct job_poll {
	struct job_poll_ops ops;
	void *arg;
	char url[256];
	struct loop_timer *timer;
};

static void ask(void *arg)
{
	struct job_poll *p = arg;
	struct job_told told = {.verdict = JOB_PENDING};
	struct vendor_result result = {.end = VENDOR_FAILED};

	if (fake_jobs.ended != NULL && fake_jobs.ended(fake_jobs.arg, &result)) {
		p->ops.on_end(p->arg, &result);
	} else if (fake_jobs.told != NULL && fake_jobs.told(fake_jobs.arg, p->url, &told)) {
		step();
		p->ops.on_told(p->arg, &told);
	} else {
		loop_timer_start(p->timer, LOOK_MS);
	}
}

enum err job_poll_new(struct loop *loop, const struct job_poll_conf *conf,
                      const struct job_poll_ops *ops, void *arg, struct job_poll **ret_poll)
{
	struct job_poll *p = calloc(1, sizeof(*p));

	assert(p != NULL && loop == fake_jobs.loop);
	p->ops = *ops;
	p->arg = arg;
	(void)snprintf(p->url, sizeof(p->url), "%.*s", STR_FMT(conf->status_url));
	fake_jobs.polls++;
	fake_jobs.polling++;
	p->timer = timer(ask, p, 0);
	*ret_poll = p;
	return ERR_OK;
}

void job_poll_free(struct job_poll *p)
{
	if (p == NULL)
		return;
	fake_jobs.polling--;
	loop_timer_free(p->timer);
	free(p);
}

/* ---- downloads ---- */

struct download {
	struct download_ops ops;
	void *arg;
	struct fake_file file;
	char path[512];
	struct loop_timer *timer;
	unsigned at;
};

static uint64_t write_file(const struct download *d)
{
	const size_t times = d->file.times > 0 ? d->file.times : 1;
	FILE *f = fopen(d->path, "w");

	assert(f != NULL);
	for (size_t i = 0; i < times; i++) {
		/* The header once. */
		const char *end = memchr(d->file.content.ptr, '\n', d->file.content.len);
		const size_t head =
			i > 0 && end != NULL ? (size_t)(end - d->file.content.ptr) + 1 : 0;

		(void)fwrite(d->file.content.ptr + head, 1, d->file.content.len - head, f);
	}
	const uint64_t size = (uint64_t)ftell(f);

	(void)fclose(f);
	return size;
}

static void finish(struct download *d)
{
	struct download_result result = {.end = d->file.end,
	                                 .validator = str_from(d->file.validator),
	                                 .media_type = str_from(d->file.media_type),
	                                 .retry_ms = d->file.retry_ms};
	const struct download_progress progress = {.bytes = 1, .size = 2};

	if (d->file.text != NULL)
		(void)snprintf(result.text, sizeof(result.text), "%s", d->file.text);
	if (d->file.end == DOWNLOAD_DONE || d->file.content.len > 0)
		result.bytes = write_file(d);
	d->ops.on_progress(d->arg, &progress);
	step();
	d->ops.on_done(d->arg, &result);
}

static void load(void *arg)
{
	struct download *d = arg;

	if (d->at++ == 0) {
		d->ops.on_begin(d->arg, str_from(d->file.validator), str_from(d->file.media_type));
		loop_timer_start(d->timer, 0);
	} else if (fake_jobs.is_held) {
		loop_timer_start(d->timer, LOOK_MS);
	} else {
		finish(d);
	}
}

enum err download_new(struct loop *loop, const struct download_conf *conf,
                      const struct download_ops *ops, void *arg, struct download **ret_download)
{
	struct download *d = calloc(1, sizeof(*d));

	assert(d != NULL && loop == fake_jobs.loop);
	assert(conf->url.len > 0 || conf->request != NULL);
	d->ops = *ops;
	d->arg = arg;
	d->file = (struct fake_file){.end = DOWNLOAD_DONE, .validator = "\"v1\""};
	(void)snprintf(d->path, sizeof(d->path), "%s", conf->path);
	(void)snprintf(fake_jobs.url, sizeof(fake_jobs.url), "%.*s", STR_FMT(conf->url));
	(void)snprintf(fake_jobs.validator, sizeof(fake_jobs.validator), "%.*s",
	               STR_FMT(conf->validator));
	join(fake_jobs.download_hosts, sizeof(fake_jobs.download_hosts), conf->hosts,
	     conf->host_count);
	fake_jobs.is_request = conf->request != NULL;
	fake_jobs.max_bytes = conf->max_bytes;
	fake_jobs.downloads++;
	fake_jobs.downloading++;
	fake_jobs.file(fake_jobs.arg, fake_jobs.url, &d->file);
	d->timer = timer(load, d, 0);
	*ret_download = d;
	return ERR_OK;
}

void download_free(struct download *d)
{
	if (d == NULL)
		return;
	fake_jobs.downloading--;
	loop_timer_free(d->timer);
	free(d);
}

/* ---- answers ---- */

enum err job_answer_create(const struct job_spec *spec, const struct job_reply *reply,
                           struct arena *arena, struct job_told *ret_told)
{
	(void)spec;
	(void)arena;
	if (fake_jobs.answer != NULL)
		return fake_jobs.answer(fake_jobs.arg, reply, ret_told);
	*ret_told = (struct job_told){.verdict = JOB_ACCEPTED_NOW};
	if (reply->status == 200)
		ret_told->verdict = JOB_IS_BODY;
	return ERR_OK;
}

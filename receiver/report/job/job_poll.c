/* SPDX-License-Identifier: MIT */
#include "receiver/report/job/job_poll.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/vendor/trouble.h"

#define POLL_MAGIC 0x6a706f6cU
#define BODY_MAX   ((size_t)1 << 20)
#define HEAD_MAX   ((size_t)64 * 1024)
#define TEXTS_MAX  ((size_t)32 << 20) /* 1000 addresses of 8 KiB, as they came and resolved */

/* As `request` of a profile that says nothing else. */
static const struct request_spec status_request = {
	.method = "GET", .expect = {200, 202, 204, 302, 303}, .expect_count = 5};

struct job_poll {
	unsigned magic;
	struct loop *loop;
	struct job_poll_conf conf;
	struct job_poll_ops ops;
	void *arg;
	char *status_url; /* owned; NULL: the profile's request */
	struct loop_timer *timer;
	struct vendor_call *call; /* borrowed until its end */
	struct job_reply reply;   /* texts are in head */
	struct arena head;
	struct buf body;
	bool is_enough; /* no more is read: it is a file, or too long to be anything else */
	uint64_t pause_ms;
	uint64_t random;
	struct trouble *trouble; /* owned; NULL: it is well */
};

/* ---- pauses ---- */

/** Marsaglia's xorshift64; spreading questions needs no better one. */
static uint64_t next_random(struct job_poll *p)
{
	p->random ^= p->random << 13U;
	p->random ^= p->random >> 7U;
	p->random ^= p->random << 17U;
	return p->random;
}

/** Between three quarters of the pause and all of it; the next one is longer by half. */
static uint64_t next_pause(struct job_poll *p)
{
	const struct ready_poll_spec *poll = &p->conf.spec->poll;
	uint64_t pause_ms = p->pause_ms;
	uint64_t longer_ms = pause_ms + pause_ms / 2 + 1;

	p->pause_ms = longer_ms < poll->every_max_ms ? longer_ms : poll->every_max_ms;
	return pause_ms - next_random(p) % (pause_ms / 4 + 1);
}

static void ask_in(struct job_poll *p, uint64_t asked_ms)
{
	loop_timer_start(p->timer, asked_ms > 0 ? asked_ms : next_pause(p));
}

/** @p text  empty: others have told it */
static void ask_after_trouble(struct job_poll *p, const char *text, uint64_t wait_ms)
{
	uint64_t pause_ms = next_pause(p);

	if (text[0] != '\0' && trouble_note(&p->trouble, text, clock_mono_ms())) {
		log_warn("report.poll_failed", log_str("account", p->conf.account),
		         log_str("report", p->conf.report), log_str("error", text));
	}
	ask_in(p, wait_ms > pause_ms ? wait_ms : pause_ms);
}

/* ---- answers ---- */

static void tell_failed(struct job_poll *p, const char *text)
{
	struct job_told told = {.verdict = JOB_HAS_FAILED};

	(void)snprintf(told.text, sizeof(told.text), "%s", text);
	p->ops.on_told(p->arg, &told);
}

/** May free the poll. */
static void act(struct job_poll *p, enum err err, const struct job_told *told)
{
	if (err == ERR_NOMEM) {
		ask_after_trouble(p, err_str(err), 0);
	} else if (err == ERR_LIMIT) {
		tell_failed(p, "the vendor gives more parts than can be fetched");
	} else if (err != ERR_OK) {
		tell_failed(p, told->text); /* the next answer would be the same */
	} else if (told->verdict == JOB_PENDING) {
		ask_in(p, told->again_ms);
	} else {
		p->ops.on_told(p->arg, told);
	}
}

/** May free the poll. */
static void read_answer(struct job_poll *p)
{
	struct job_told told = {.verdict = JOB_PENDING};
	struct arena arena;
	enum err err;

	p->is_enough = false;
	free(p->trouble);
	p->trouble = NULL;
	p->reply.body = buf_str(&p->body);
	arena_init(&arena, TEXTS_MAX);
	err = job_answer_status(p->conf.spec, &p->reply, &arena, &told);
	act(p, err, &told);
	arena_fini(&arena);
}

static enum err copy_head(struct job_poll *p, const struct vendor_head *head)
{
	struct job_reply *r = &p->reply;
	enum err err = arena_str_dup(&p->head, vendor_call_url(p->call), &r->url);

	if (err == ERR_OK)
		err = arena_str_dup(&p->head, head->location, &r->location);
	if (err == ERR_OK)
		err = arena_str_dup(&p->head, head->operation_location, &r->operation_location);
	if (err == ERR_OK)
		err = arena_str_dup(&p->head, head->content_location, &r->content_location);
	if (err == ERR_OK)
		err = arena_str_dup(&p->head, head->media_type, &r->media_type);
	r->status = head->status;
	r->retry_after_s = head->retry_after_s;
	return err;
}

static void forget_answer(struct job_poll *p)
{
	arena_reset(&p->head);
	buf_reset(&p->body);
	p->reply = (struct job_reply){.status = 0};
	p->is_enough = false;
}

/** Whether the head alone says that it is the report. */
static bool is_report(const struct job_poll *p)
{
	struct job_told told = {.verdict = JOB_PENDING};
	struct arena arena;
	bool is_body;

	arena_init(&arena, HEAD_MAX);
	is_body = p->reply.status == 200 &&
	          job_answer_status(p->conf.spec, &p->reply, &arena, &told) == ERR_OK &&
	          told.verdict == JOB_IS_BODY;
	arena_fini(&arena);
	return is_body;
}

static bool poll_on_head(void *arg, const struct vendor_head *head)
{
	struct job_poll *p;

	OBJ_FROM(p, arg, POLL_MAGIC);
	forget_answer(p);
	if (copy_head(p, head) == ERR_OK) {
		p->is_enough = is_report(p);
	} else {
		p->reply.url = STR_EMPTY;
	}
	return !p->is_enough;
}

/** A call cannot be cancelled from within: the timer does it. */
static bool poll_on_body(void *arg, struct str bytes)
{
	struct job_poll *p;
	size_t room;

	OBJ_FROM(p, arg, POLL_MAGIC);
	room = BODY_MAX - p->body.len;
	(void)buf_append(&p->body, bytes.ptr, bytes.len < room ? bytes.len : room);
	if (bytes.len <= room)
		return true;
	p->is_enough = true;
	loop_timer_start(p->timer, 0);
	return false;
}

static void poll_on_again(void *arg)
{
	struct job_poll *p;

	OBJ_FROM(p, arg, POLL_MAGIC);
	forget_answer(p);
}

static void poll_on_done(void *arg, const struct vendor_result *result)
{
	struct job_poll *p;

	OBJ_FROM(p, arg, POLL_MAGIC);
	p->call = NULL;
	if (p->is_enough || (result->end == VENDOR_OK && p->reply.url.len > 0)) {
		loop_timer_stop(p->timer);
		read_answer(p);
	} else if (result->end == VENDOR_OK) {
		ask_after_trouble(p, err_str(ERR_NOMEM), 0);
	} else if (result->end == VENDOR_UNAUTHORIZED || result->end == VENDOR_REFUSED) {
		p->ops.on_end(p->arg, result);
	} else {
		ask_after_trouble(p, result->end == VENDOR_LATER ? "" : result->text,
		                  result->retry_ms);
	}
}

/* ---- questions ---- */

static const struct vendor_ops poll_ops = {.on_head = poll_on_head,
                                           .on_body = poll_on_body,
                                           .on_again = poll_on_again,
                                           .on_done = poll_on_done};

static enum err ask(struct job_poll *p)
{
	const struct vendor_request request = {
		.spec = p->status_url != NULL ? &status_request : &p->conf.spec->poll.request,
		.lookup = p->conf.lookup,
		.lookup_arg = p->conf.lookup_arg,
		.url = str_from(p->status_url),
		.is_safe = true,
	};

	forget_answer(p);
	return vendor_client_send(p->conf.client, &request, &poll_ops, p, &p->call);
}

/** A template of which something is missing, or an address that may not be asked. */
static void cannot_ask(struct job_poll *p)
{
	struct vendor_result result = {.end = VENDOR_REFUSED};

	(void)snprintf(result.text, sizeof(result.text),
	               "there is no address to ask for the report");
	p->ops.on_end(p->arg, &result);
}

static void poll_on_time(void *arg)
{
	struct job_poll *p;
	enum err err;

	OBJ_FROM(p, arg, POLL_MAGIC);
	if (p->is_enough) {
		vendor_call_cancel(p->call);
		p->call = NULL;
		read_answer(p);
		return;
	}
	err = ask(p);
	if (err == ERR_NOMEM) {
		ask_after_trouble(p, err_str(err), 0);
	} else if (err != ERR_OK) {
		cannot_ask(p);
	}
}

enum err job_poll_new(struct loop *loop, const struct job_poll_conf *conf,
                      const struct job_poll_ops *ops, void *arg, struct job_poll **ret_poll)
{
	struct job_poll *p = calloc(1, sizeof(*p));
	enum err err;

	assert(conf->spec->by == READY_POLL && conf->spec->poll.every_min_ms > 0);
	if (p == NULL)
		return ERR_NOMEM;
	p->magic = POLL_MAGIC;
	p->loop = loop;
	p->conf = *conf;
	p->ops = *ops;
	p->arg = arg;
	p->pause_ms = conf->spec->poll.every_min_ms;
	p->random = clock_mono_ms() * 2 + 1;
	arena_init(&p->head, HEAD_MAX);
	buf_init(&p->body, BODY_MAX);
	if (conf->status_url.len > 0)
		p->status_url = str_dup(conf->status_url);
	err = conf->status_url.len > 0 && p->status_url == NULL
	              ? ERR_NOMEM
	              : loop_timer_new(loop, poll_on_time, p, &p->timer);
	if (err != ERR_OK) {
		job_poll_free(p);
		return err;
	}
	ask_in(p, conf->first_ms);
	*ret_poll = p;
	return ERR_OK;
}

void job_poll_free(struct job_poll *p)
{
	if (p == NULL)
		return;
	vendor_call_cancel(p->call);
	loop_timer_free(p->timer);
	arena_fini(&p->head);
	buf_fini(&p->body);
	free(p->trouble);
	free(p->status_url);
	OBJ_POISON(p);
	free(p);
}

/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/vendor/fake_vendor.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct vendor_call {
	struct vendor_client *client;
	struct fake_request request;
	struct vendor_ops ops;
	void *arg;
	struct loop_timer *timer;
	struct fake_answer answer;
	bool is_asked; /* the test has answered */
	bool has_turn, may_go;
	size_t at; /* of the body */
};

void fake_vendor_init(struct vendor_client *c, struct loop *loop, fake_answer_fn answer, void *arg)
{
	*c = (struct vendor_client){.loop = loop, .answer = answer, .arg = arg};
}

static void step(struct vendor_client *c)
{
	if (c->on_step != NULL)
		c->on_step(c->arg);
}

static void call_free(struct vendor_call *call)
{
	if (call->client->call == call)
		call->client->call = NULL;
	call->client->open--;
	buf_fini(&call->answer.body);
	loop_timer_free(call->timer);
	free(call);
}

static void give_head(struct vendor_call *call)
{
	const struct vendor_result *result = &call->answer.result;
	const struct vendor_head head = {.status = result->status,
	                                 .media_type = result->media_type,
	                                 .length = (int64_t)call->answer.body.len,
	                                 .location = result->location,
	                                 .operation_location = call->answer.operation_location,
	                                 .content_location = call->answer.content_location,
	                                 .retry_after_s = result->retry_after_s};

	if (call->ops.on_head != NULL && result->end == VENDOR_OK)
		(void)call->ops.on_head(call->arg, &head);
}

/** @return whether it may be sent now */
static bool take_turn(struct vendor_call *call)
{
	if (call->ops.on_turn == NULL || call->may_go)
		return true;
	if (!call->has_turn) {
		call->has_turn = true;
		call->client->turns++;
		call->ops.on_turn(call->arg);
	}
	return false;
}

static void begin(struct vendor_call *call)
{
	struct vendor_client *c = call->client;

	if (call->is_asked)
		return;
	call->is_asked = true;
	call->answer.result = (struct vendor_result){
		.end = VENDOR_OK, .status = 200, .media_type = STR_LIT("application/json")};
	c->answer(c->arg, &call->request, &call->answer);
	give_head(call);
	if (call->answer.is_again) {
		(void)call->ops.on_body(
			call->arg, (struct str){call->answer.body.ptr, call->answer.body.len / 2});
		call->ops.on_again(call->arg);
	}
}

static void go_on(void *arg)
{
	struct vendor_call *call = arg;
	struct vendor_client *c = call->client;
	const struct buf *body = &call->answer.body;

	step(c);
	if (!take_turn(call))
		return;
	begin(call);
	if (call->answer.is_retried) {
		call->answer.is_retried = false;
		call->is_asked = false;
		call->has_turn = false;
		call->may_go = false;
		loop_timer_start(call->timer, 0);
		return;
	}
	while (call->at < body->len) {
		const size_t left = body->len - call->at;
		const size_t len = c->chunk > 0 && c->chunk < left ? c->chunk : left;
		const struct str bytes = {body->ptr + call->at, len};

		call->at += len;
		if (!call->ops.on_body(call->arg, bytes))
			return;
	}
	c->done++;
	call->ops.on_done(call->arg, &call->answer.result);
	call_free(call);
	step(c);
}

static void note(const struct vendor_request *request, const char *name, char *to, size_t size)
{
	struct str text = STR_EMPTY;

	if (request->lookup(request->lookup_arg, str_from(name), &text))
		(void)snprintf(to, size, "%.*s", STR_FMT(text));
}

static void note_request(struct vendor_client *c, const struct vendor_request *request,
                         const struct vendor_ops *ops)
{
	struct fake_request *r = &c->last;

	*r = (struct fake_request){.number = ++c->sent,
	                           .is_safe = request->is_safe,
	                           .has_again = ops->on_again != NULL,
	                           .is_single = request->is_single};
	if (request->spec != NULL) {
		(void)snprintf(r->path, sizeof(r->path), "%.*s", STR_FMT(request->spec->path));
		(void)snprintf(r->method, sizeof(r->method), "%s",
		               request->spec->method != NULL ? request->spec->method : "GET");
	}
	(void)snprintf(r->url, sizeof(r->url), "%.*s", STR_FMT(request->url));
	note(request, "from", r->from, sizeof(r->from));
	note(request, "to", r->to, sizeof(r->to));
	note(request, "page", r->page, sizeof(r->page));
	note(request, "offset", r->offset, sizeof(r->offset));
	note(request, "cursor", r->cursor, sizeof(r->cursor));
	note(request, "campaign", r->campaign, sizeof(r->campaign));
	note(request, "job.id", r->job_id, sizeof(r->job_id));
}

enum err vendor_client_send(struct vendor_client *c, const struct vendor_request *request,
                            const struct vendor_ops *ops, void *arg, struct vendor_call **ret_call)
{
	struct vendor_call *call = NULL;

	if (c->send_result != ERR_OK)
		return c->send_result;
	step(c);
	call = calloc(1, sizeof(*call));
	assert(call != NULL);
	note_request(c, request, ops);
	call->client = c;
	call->request = c->last;
	call->ops = *ops;
	call->arg = arg;
	buf_init(&call->answer.body, (size_t)1 << 30);
	if (loop_timer_new(c->loop, go_on, call, &call->timer) != ERR_OK)
		abort();
	if (!c->is_held)
		loop_timer_start(call->timer, 0);
	c->open++;
	if (c->open > c->open_most)
		c->open_most = c->open;
	c->call = call;
	*ret_call = call;
	return ERR_OK;
}

void fake_vendor_release(struct vendor_client *c)
{
	assert(c->call != NULL);
	loop_timer_start(c->call->timer, 0);
}

void vendor_call_resume(struct vendor_call *call)
{
	call->client->resumed++;
	loop_timer_start(call->timer, 0);
}

void vendor_call_go(struct vendor_call *call)
{
	assert(call->has_turn && !call->may_go);
	call->may_go = true;
	call->client->gone++;
	if (!call->client->is_held)
		loop_timer_start(call->timer, 0);
}

struct str vendor_client_base(const struct vendor_client *c)
{
	(void)c;
	return STR_LIT("https://api.acme.example");
}

void vendor_call_cancel(struct vendor_call *call)
{
	if (call == NULL)
		return;
	call->client->canceled++;
	call_free(call);
}

struct str vendor_call_url(const struct vendor_call *call)
{
	return call->request.url[0] != '\0' ? str_from(call->request.url) : STR_LIT(FAKE_URL);
}

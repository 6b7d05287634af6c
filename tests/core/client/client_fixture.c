/* SPDX-License-Identifier: MIT */
#include "tests/core/client/client_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"

#define WAIT_MS  10000
#define BODY_MAX ((size_t)64 << 20)

static void copy_text(char *to, size_t size, struct str from)
{
	(void)snprintf(to, size, "%.*s", STR_FMT(from));
}

static void note_answer(struct outcome *o, const struct http_answer *a)
{
	o->status = a->status;
	o->was_sent = a->was_sent;
	o->retry_after_s = a->retry_after_s;
	o->length = a->length;
	o->body_bytes = a->body_bytes;
	copy_text(o->media_type, sizeof(o->media_type), a->media_type);
	copy_text(o->location, sizeof(o->location), a->location);
}

static void note_header(struct outcome *o)
{
	if (o->header_name != NULL)
		copy_text(o->header, sizeof(o->header), http_call_header(o->call, o->header_name));
}

static void outcome_on_head(void *arg, const struct http_answer *answer)
{
	struct outcome *o = arg;

	assert_int_equal(o->dones + o->bodies, 0);
	o->heads++;
	note_answer(o, answer);
	note_header(o);
}

static bool outcome_on_body(void *arg, struct str bytes)
{
	struct outcome *o = arg;

	assert_int_equal(o->heads, 1);
	assert_int_equal(o->dones, 0);
	assert_true(bytes.len > 0);
	o->bodies++;
	assert_int_equal(buf_append_str(&o->body, bytes), ERR_OK);
	if (o->also != NULL)
		o->also(o);
	return !o->pause_each;
}

static void outcome_on_done(void *arg, enum http_end end, const struct http_answer *answer,
                            const char *text)
{
	struct outcome *o = arg;

	o->dones++;
	o->end = end;
	note_answer(o, answer);
	note_header(o);
	copy_text(o->text, sizeof(o->text), str_from(text));
	assert_true((end == HTTP_END_OK) == (text[0] == '\0'));
	if (o->then != NULL)
		o->then(o);
}

const struct http_call_ops outcome_ops = {outcome_on_head, outcome_on_body, outcome_on_done};

void outcome_fini(struct outcome *o)
{
	if (o->body.max > 0)
		buf_fini(&o->body);
}

void client_fixture_init(struct client_fixture *f, vendor_script script, const char *text)
{
	struct http_client_conf conf = {.user_agent = "test/1", .connections = 4};

	assert_int_equal(loop_new(&f->loop), ERR_OK);
	assert_int_equal(http_client_new(f->loop, &conf, &f->client), ERR_OK);
	vendor_start(&f->vendor, script, text);
	(void)snprintf(f->url, sizeof(f->url), "http%s://127.0.0.1:%u/path?q=1",
	               f->vendor.tls_context != NULL ? "s" : "", f->vendor.port);
}

void client_fixture_fini(struct client_fixture *f)
{
	http_client_free(f->client);
	vendor_stop(&f->vendor);
	loop_free(f->loop);
	outcome_fini(&f->o);
}

struct http_request client_request(const struct client_fixture *f)
{
	return (struct http_request){.method = "GET", .url = f->url, .body_max = BODY_MAX};
}

void client_send(struct client_fixture *f, const struct http_request *request, struct outcome *o)
{
	if (o->body.max == 0)
		buf_init(&o->body, BODY_MAX);
	assert_int_equal(http_client_send(f->client, request, &outcome_ops, o, &o->call), ERR_OK);
	assert_int_equal(o->heads + o->bodies + o->dones, 0); /* nothing from within the call */
}

void client_wait(struct client_fixture *f, const unsigned *counter, unsigned value)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;

	while (*counter < value && clock_mono_ms() < end)
		loop_turn(f->loop, 20);
	assert_int_equal(*counter, value);
}

void client_do(struct client_fixture *f, const struct http_request *request)
{
	client_send(f, request, &f->o);
	client_wait(f, &f->o.dones, 1);
}

void client_get(struct client_fixture *f, vendor_script script, const char *text)
{
	memset(f, 0, sizeof(*f));
	client_fixture_init(f, script, text);

	struct http_request request = client_request(f);

	client_do(f, &request);
}

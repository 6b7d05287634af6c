/* SPDX-License-Identifier: MIT */
/* Whether the daemon that runs takes a pair: a HEAD at our own webhook, which is a probe. */
#include <string.h>

#include "cmd/register/register_order.h"
#include "core/buf.h"
#include "receiver/report/vendor/wire.h"

#define TRIAL_TIMEOUT_MS 5000
#define TRIAL_BODY_MAX   4096
#define TRIAL_TEXT_MAX   4096
#define STATUS_OK        200

struct trying {
	struct loop *loop;
	enum http_end end;
	unsigned status;
};

static bool trying_on_body(void *arg, struct str bytes)
{
	(void)arg;
	(void)bytes;
	return true;
}

static void trying_on_done(void *arg, enum http_end end, const struct http_answer *answer,
                           const char *text)
{
	struct trying *t = arg;

	(void)text;
	t->end = end;
	t->status = answer->status;
	loop_stop(t->loop);
}

/* A listener on every address is also on the loopback one. */
static void append_address(struct buf *url, const char *address)
{
	static const struct {
		const char *any, *loopback;
	} addresses[] = {{"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		size_t len = strlen(addresses[i].any);

		if (strncmp(address, addresses[i].any, len) == 0) {
			(void)buf_printf(url, "%s%s", addresses[i].loopback, address + len);
			return;
		}
	}
	(void)buf_append_str(url, str_from(address));
}

static enum err send_probe(struct registering *r, struct buf *url, struct buf *value,
                           struct trying *t)
{
	static const struct http_call_ops ops = {NULL, trying_on_body, trying_on_done};
	struct http_client_header header = {.name = STR_LIT("Authorization")};
	struct http_call *call = NULL;
	enum err err = wire_basic(str_from(r->username), str_from(r->password), value);

	(void)buf_append_str(url, STR_LIT("http://"));
	append_address(url, r->conf->listen[0].address);
	(void)buf_printf(url, "/hooks/%s/%s", r->account->name, r->hook->name);
	if (err == ERR_OK)
		err = buf_err(url);
	if (err != ERR_OK)
		return err;
	header.value = buf_str(value);
	const struct http_request request = {
		.method = "HEAD",
		.url = buf_cstr(url),
		.headers = &header,
		.header_count = 1,
		.timeout_ms = TRIAL_TIMEOUT_MS,
		.body_max = TRIAL_BODY_MAX,
	};

	return http_client_send(r->asking.http, &request, &ops, t, &call);
}

enum trial register_trial(struct registering *r)
{
	struct trying t = {.loop = r->asking.loop, .end = HTTP_END_CONNECT};
	struct buf url, value;
	enum err err;

	if (r->conf->listen_count == 0)
		return TRIAL_NOBODY;
	buf_init(&url, TRIAL_TEXT_MAX);
	buf_init(&value, TRIAL_TEXT_MAX);
	err = send_probe(r, &url, &value, &t);
	if (err == ERR_OK)
		err = loop_run(r->asking.loop);
	if (value.ptr != NULL)
		explicit_bzero(value.ptr, value.cap);
	buf_fini(&value);
	buf_fini(&url);
	if (err != ERR_OK || t.end == HTTP_END_CONNECT)
		return TRIAL_NOBODY;
	return t.end == HTTP_END_OK && t.status == STATUS_OK ? TRIAL_OPENS : TRIAL_REFUSED;
}

static void pause_on_time(void *arg)
{
	loop_stop(arg);
}

void register_pause(struct registering *r, uint64_t ms)
{
	struct loop_timer *timer = NULL;

	if (loop_timer_new(r->asking.loop, pause_on_time, r->asking.loop, &timer) != ERR_OK)
		return;
	loop_timer_start(timer, ms);
	(void)!loop_run(r->asking.loop);
	loop_timer_free(timer);
}

/* SPDX-License-Identifier: MIT */
#include "core/imap/imap_client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/imap/imap_client_internal.h"
#include "core/imap/imap_command.h"
#include "core/obj.h"

#define TIMEOUT_MS  30000
#define LONG_FACTOR 10 /* of timeout_ms, for a command to which something comes */

const char *imap_end_str(enum imap_end end)
{
	static const char *const texts[] = {
		[IMAP_END_OK] = "ok",
		[IMAP_END_RESOLVE] = "no such host",
		[IMAP_END_CONNECT] = "no connection",
		[IMAP_END_TLS] = "certificate or TLS refused",
		[IMAP_END_LOGIN] = "login refused",
		[IMAP_END_MAILBOX] = "no such mailbox",
		[IMAP_END_CHANGED] = "the mailbox was made anew",
		[IMAP_END_REFUSED] = "the server refused the command",
		[IMAP_END_TIMEOUT] = "too slow",
		[IMAP_END_CUT] = "connection lost",
		[IMAP_END_PROTOCOL] = "not understood",
		[IMAP_END_NOMEM] = "out of memory",
	};

	return texts[end];
}

void imap_client_enter(struct imap_client *client)
{
	stay_enter(&client->stay);
}

static void destroy(struct imap_client *client)
{
	struct imap_call *call;

	imap_link_close(client);
	while ((call = TAILQ_FIRST(&client->calls)) != NULL) {
		TAILQ_REMOVE(&client->calls, call, link);
		imap_call_free(call);
	}
	curl_loop_free(client->curl);
	loop_timer_free(client->clock);
	loop_timer_free(client->soon);
	free(client->url);
	free(client->user);
	if (client->password != NULL)
		explicit_bzero(client->password, strlen(client->password));
	free(client->password);
	free(client->mailbox);
	free(client->ca);
	OBJ_POISON(client);
	free(client);
}

void imap_client_leave(struct imap_client *client)
{
	if (stay_leave(&client->stay))
		destroy(client);
}

void imap_client_wind_clock(struct imap_client *client)
{
	uint64_t now = clock_mono_ms();
	uint64_t end = client->began_ms + client->timeout_ms * LONG_FACTOR;
	uint64_t wait = client->timeout_ms;

	if (client->link == IMAP_READY || client->link == IMAP_OPEN)
		return;
	if (end < now + wait)
		wait = end > now ? end - now : 0;
	loop_timer_start(client->clock, wait);
}

/* How many calls wait now: those that are made meanwhile are not concerned. */
static size_t count_calls(const struct imap_client *client)
{
	const struct imap_call *call;
	size_t count = 0;

	TAILQ_FOREACH(call, &client->calls, link) {
		count++;
	}
	return count;
}

/*
 * Without a mailbox no call can be made: all that wait end. Else only the one that ran; and not
 * even that one when it was the kept connection that had been closed.
 */
void imap_client_fail(struct imap_client *client, enum imap_end end, const char *text)
{
	struct imap_call *call = TAILQ_FIRST(&client->calls);
	bool was_running = client->link == IMAP_RUNNING || client->link == IMAP_NOOPING;
	bool was_idle = client->link == IMAP_READY;
	bool is_again = was_running && end == IMAP_END_CUT && client->is_kept && !call->is_again &&
	                !call->is_told && !call->is_cancelled;
	size_t count = was_running ? 1 : count_calls(client);

	imap_client_enter(client);
	imap_link_close(client);
	if (is_again) {
		call->is_again = true;
		call->uid_count = 0;
	}
	if (was_idle || is_again)
		count = 0;
	while (count-- > 0 && !client->stay.is_over && (call = TAILQ_FIRST(&client->calls)) != NULL)
		imap_call_finish(call, end, text);
	if (!client->stay.is_over && !TAILQ_EMPTY(&client->calls))
		loop_timer_start(client->soon, 0);
	imap_client_leave(client);
}

static void begin_select(struct imap_client *client)
{
	struct buf command;

	buf_init(&command, 4096);
	client->uid_validity = 0;
	client->link = IMAP_SELECTING;
	/* It was made once before, by imap_client_new(). */
	if (imap_command_select(&command, str_from(client->mailbox), client->is_read_only) !=
	    ERR_OK) {
		imap_client_fail(client, IMAP_END_NOMEM, "out of memory");
	} else {
		imap_link_send(client, buf_str(&command));
	}
	buf_fini(&command);
}

static void begin_call(struct imap_client *client, struct imap_call *call)
{
	if (call->uid_validity != 0 && call->uid_validity != client->uid_validity) {
		imap_call_finish(call, IMAP_END_CHANGED, imap_end_str(IMAP_END_CHANGED));
		if (!client->stay.is_over)
			loop_timer_start(client->soon, 0);
		return;
	}
	imap_reader_allow(&client->reader, call->literal_max);
	client->link = call->kind == IMAP_CALL_SEARCH ? IMAP_NOOPING : IMAP_RUNNING;
	imap_link_send(client,
	               client->link == IMAP_NOOPING ? STR_LIT("NOOP") : buf_str(&call->command));
}

void imap_client_go_on(struct imap_client *client)
{
	struct imap_call *call = TAILQ_FIRST(&client->calls);

	if (call == NULL)
		return;
	if (client->link == IMAP_CLOSED) {
		if (imap_link_open(client) != ERR_OK)
			imap_call_finish(call, IMAP_END_NOMEM, "out of memory");
	} else if (client->link == IMAP_OPEN) {
		begin_select(client);
	} else if (client->link == IMAP_READY) {
		begin_call(client, call);
	}
}

static void client_on_soon(void *arg)
{
	struct imap_client *client;

	OBJ_FROM(client, arg, IMAP_CLIENT_MAGIC);
	imap_client_enter(client);
	imap_link_read(client);
	if (!client->stay.is_over)
		imap_client_go_on(client);
	imap_client_leave(client);
}

static void client_on_clock(void *arg)
{
	struct imap_client *client;

	OBJ_FROM(client, arg, IMAP_CLIENT_MAGIC);
	imap_client_fail(client, IMAP_END_TIMEOUT, "the server did not answer in time");
}

static void client_before_curl(void *arg)
{
	struct imap_client *client;

	OBJ_FROM(client, arg, IMAP_CLIENT_MAGIC);
	imap_client_enter(client);
}

static void client_after_curl(void *arg)
{
	struct imap_client *client;
	CURLMsg *msg;
	int left;

	OBJ_FROM(client, arg, IMAP_CLIENT_MAGIC);
	while (!client->stay.is_over &&
	       (msg = curl_multi_info_read(curl_loop_multi(client->curl), &left)) != NULL) {
		if (msg->msg == CURLMSG_DONE && msg->easy_handle == client->easy &&
		    client->link == IMAP_CONNECTING)
			imap_link_over(client, msg->data.result);
	}
	imap_client_leave(client);
}

/* Not from within libcurl: the clock ends it. */
static void client_on_nomem(void *arg, CURL *easy)
{
	struct imap_client *client;

	(void)easy;
	OBJ_FROM(client, arg, IMAP_CLIENT_MAGIC);
	loop_timer_start(client->clock, 0);
}

static const struct curl_loop_ops curl_ops = {client_before_curl, client_after_curl,
                                              client_on_nomem};

static enum err copy_texts(struct imap_client *client, const struct imap_client_conf *conf)
{
	client->url = str_dup(str_from(conf->url));
	client->user = str_dup(str_from(conf->user));
	client->password = str_dup(str_from(conf->password));
	client->mailbox = str_dup(str_from(conf->mailbox));
	if (conf->ca != NULL)
		client->ca = str_dup(str_from(conf->ca));
	if (client->url == NULL || client->user == NULL || client->password == NULL ||
	    client->mailbox == NULL || (conf->ca != NULL && client->ca == NULL))
		return ERR_NOMEM;
	return ERR_OK;
}

static enum err prepare(struct imap_client *client, const struct imap_client_conf *conf)
{
	enum err err = imap_client_check(conf, &client->is_tls_wanted);

	client->is_read_only = conf->is_read_only;
	client->timeout_ms = conf->timeout_ms > 0 ? conf->timeout_ms : TIMEOUT_MS;
	if (err == ERR_OK)
		err = copy_texts(client, conf);
	if (err == ERR_OK)
		err = loop_timer_new(client->loop, client_on_soon, client, &client->soon);
	if (err == ERR_OK)
		err = loop_timer_new(client->loop, client_on_clock, client, &client->clock);
	if (err == ERR_OK)
		err = curl_loop_new(client->loop, 1, &curl_ops, client, &client->curl);
	return err;
}

enum err imap_client_new(struct loop *loop, const struct imap_client_conf *conf,
                         struct imap_client **ret_client)
{
	struct imap_client *client = calloc(1, sizeof(*client));
	enum err err;

	if (client == NULL)
		return ERR_NOMEM;
	client->magic = IMAP_CLIENT_MAGIC;
	client->loop = loop;
	TAILQ_INIT(&client->calls);
	err = prepare(client, conf);
	if (err != ERR_OK) {
		destroy(client);
		return err;
	}
	*ret_client = client;
	return ERR_OK;
}

void imap_client_free(struct imap_client *client)
{
	struct imap_call *call;

	if (client == NULL)
		return;
	OBJ_CHECK(client, IMAP_CLIENT_MAGIC);
	if (stay_end(&client->stay)) {
		destroy(client);
		return;
	}
	TAILQ_FOREACH(call, &client->calls, link) {
		call->is_cancelled = true;
	}
}

bool imap_client_is_connected(const struct imap_client *client)
{
	return client->link >= IMAP_OPEN;
}

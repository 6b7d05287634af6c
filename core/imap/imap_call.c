/* SPDX-License-Identifier: MIT */
/* What imap_client is asked for, and what the server says to it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/imap/imap_client_internal.h"
#include "core/imap/imap_command.h"
#include "core/obj.h"

#define COMMAND_MAX   ((size_t)8 * 1024)
#define FOUND_MAX     ((size_t)1000000) /* UIDs of a search before the newest are chosen */
#define FOUND_FIRST   ((size_t)64)
#define LITERAL_EXTRA ((size_t)1024)

void imap_call_free(struct imap_call *call)
{
	if (call == NULL)
		return;
	buf_fini(&call->command);
	free(call->uids);
	OBJ_POISON(call);
	free(call);
}

static enum err add_uid(struct imap_call *call, uint32_t uid)
{
	if (call->uid_count == call->uid_cap) {
		size_t cap = call->uid_cap > 0 ? call->uid_cap * 2 : FOUND_FIRST;
		uint32_t *more = realloc(call->uids, cap * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		call->uids = more;
		call->uid_cap = cap;
	}
	call->uids[call->uid_count++] = uid;
	return ERR_OK;
}

static enum err take_search(struct imap_call *call, struct str rest)
{
	uint32_t uid = 0;
	enum err err;

	while ((err = imap_search_next(&rest, &uid)) == ERR_OK) {
		/* "UID 8:*" finds the last mail even when it is older. */
		if (uid <= call->above_uid)
			continue;
		if (call->uid_count == FOUND_MAX)
			return ERR_LIMIT;
		err = add_uid(call, uid);
		if (err != ERR_OK)
			return err;
	}
	return err == ERR_NOENT ? ERR_OK : err;
}

/* A mail that nobody asked for may come when its flags change: it has no body. */
static enum err take_mail(struct imap_call *call, struct str rest)
{
	struct imap_mail mail;
	enum err err = imap_mail_read(rest, &mail);

	if (err != ERR_OK || !mail.has_body || mail.uid == 0)
		return err;
	call->is_told = true;
	if (!call->is_cancelled && call->ops.on_mail != NULL)
		call->ops.on_mail(call->arg, &mail);
	return ERR_OK;
}

enum err imap_call_take(struct imap_call *call, const struct imap_response *response)
{
	if (response->kind == IMAP_SEARCH && call->kind == IMAP_CALL_SEARCH)
		return take_search(call, response->rest);
	if (response->kind == IMAP_FETCH && call->kind == IMAP_CALL_FETCH)
		return take_mail(call, response->rest);
	return ERR_OK;
}

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Ascending, each once. */
static void sort_uids(struct imap_call *call)
{
	size_t kept = 0;

	if (call->uid_count < 2)
		return;
	qsort(call->uids, call->uid_count, sizeof(*call->uids), compare_uids);
	for (size_t i = 0; i < call->uid_count; i++) {
		if (kept == 0 || call->uids[kept - 1] != call->uids[i])
			call->uids[kept++] = call->uids[i];
	}
	call->uid_count = kept;
}

void imap_call_finish(struct imap_call *call, enum imap_end end, const char *text)
{
	struct imap_client *client = call->client;
	struct imap_answer answer = {.end = end, .text = end == IMAP_END_OK ? "" : text};

	answer.uid_validity = client->uid_validity;
	if (end == IMAP_END_OK && call->uid_count > 0) {
		sort_uids(call);
		answer.has_more = call->uid_count > IMAP_UIDS_MAX;
		answer.uid_count = answer.has_more ? IMAP_UIDS_MAX : call->uid_count;
		answer.uids = call->uids + (call->uid_count - answer.uid_count);
	}
	TAILQ_REMOVE(&client->calls, call, link);
	if (!call->is_cancelled) {
		call->is_cancelled = true; /* a cancel from on_done() does nothing */
		imap_client_enter(client);
		call->ops.on_done(call->arg, &answer);
		imap_client_leave(client);
	}
	imap_call_free(call);
}

static enum err call_new(struct imap_client *client, enum imap_call_kind kind,
                         const struct imap_ops *ops, void *arg, struct imap_call **ret_call)
{
	struct imap_call *call = calloc(1, sizeof(*call));

	assert(!client->stay.is_over && ops->on_done != NULL);
	if (call == NULL)
		return ERR_NOMEM;
	call->magic = IMAP_CALL_MAGIC;
	call->client = client;
	call->kind = kind;
	call->ops = *ops;
	call->arg = arg;
	call->literal_max = IMAP_LITERAL_MAX;
	buf_init(&call->command, COMMAND_MAX);
	*ret_call = call;
	return ERR_OK;
}

static enum err enqueue(struct imap_call *call, enum err err, struct imap_call **ret_call)
{
	if (err != ERR_OK) {
		imap_call_free(call);
		return err == ERR_LIMIT ? ERR_INVAL : err;
	}
	TAILQ_INSERT_TAIL(&call->client->calls, call, link);
	loop_timer_start(call->client->soon, 0);
	*ret_call = call;
	return ERR_OK;
}

enum err imap_client_search(struct imap_client *client, const struct imap_search *search,
                            const struct imap_ops *ops, void *arg, struct imap_call **ret_call)
{
	struct imap_call *call = NULL;
	enum err err = call_new(client, IMAP_CALL_SEARCH, ops, arg, &call);

	if (err != ERR_OK)
		return err;
	call->above_uid = search->above_uid;
	return enqueue(call, imap_command_search(&call->command, search), ret_call);
}

enum err imap_client_fetch(struct imap_client *client, const struct imap_fetch *fetch,
                           const struct imap_ops *ops, void *arg, struct imap_call **ret_call)
{
	struct imap_call *call = NULL;
	enum err err = call_new(client, IMAP_CALL_FETCH, ops, arg, &call);

	assert(fetch->uid_count > 0 && fetch->uid_count <= IMAP_FETCH_MAX);
	assert(fetch->part == IMAP_PART_ADDRESS || fetch->max > 0);
	if (err != ERR_OK)
		return err;
	call->uid_validity = fetch->uid_validity;
	if (fetch->part == IMAP_PART_WHOLE)
		call->literal_max = fetch->max + LITERAL_EXTRA;
	return enqueue(call, imap_command_fetch(&call->command, fetch), ret_call);
}

enum err imap_client_mark_seen(struct imap_client *client, const struct imap_fetch *fetch,
                               const struct imap_ops *ops, void *arg, struct imap_call **ret_call)
{
	struct imap_call *call = NULL;
	enum err err = call_new(client, IMAP_CALL_MARK, ops, arg, &call);

	assert(fetch->uid_count > 0 && fetch->uid_count <= IMAP_FETCH_MAX);
	if (err != ERR_OK)
		return err;
	call->uid_validity = fetch->uid_validity;
	return enqueue(call, imap_command_mark_seen(&call->command, fetch), ret_call);
}

void imap_call_cancel(struct imap_call *call)
{
	if (call == NULL)
		return;
	OBJ_CHECK(call, IMAP_CALL_MAGIC);
	if (call->is_cancelled)
		return;

	struct imap_client *client = call->client;

	call->is_cancelled = true;
	/* What runs is read to its end, so that the connection stays of use. */
	if (call == TAILQ_FIRST(&client->calls) &&
	    (client->link == IMAP_RUNNING || client->link == IMAP_NOOPING))
		return;
	TAILQ_REMOVE(&client->calls, call, link);
	imap_call_free(call);
}

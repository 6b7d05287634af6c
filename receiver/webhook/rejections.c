/* SPDX-License-Identifier: MIT */
#include "receiver/webhook/rejections.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"

#define REJECTIONS_MAGIC 0x72656a21U
#define NAME_BYTES       64
#define ADDRESS_BYTES    48 /* INET6_ADDRSTRLEN and a NUL */

struct account {
	SLIST_ENTRY(account) link;
	char *name; /* owned */
	uint64_t logged_ms;
	int64_t count; /* since that line */
	char webhook[NAME_BYTES];
	char address[ADDRESS_BYTES]; /* of the latest */
};

SLIST_HEAD(account_list, account);

struct rejections {
	unsigned magic;
	uint64_t interval_ms;
	struct loop_timer *timer;     /* owned */
	struct account_list accounts; /* owned; as many as the configuration has */
	bool is_waiting;
};

static void write_line(struct account *a, uint64_t now_ms)
{
	log_warn("webhook.rejected", log_str("account", a->name), log_str("webhook", a->webhook),
	         log_str("address", a->address), log_int("count", a->count));
	a->count = 0;
	a->logged_ms = now_ms;
}

static void write_waiting(struct rejections *r)
{
	struct account *a;
	uint64_t now_ms = clock_mono_ms();

	SLIST_FOREACH(a, &r->accounts, link)
	{
		if (a->count > 0)
			write_line(a, now_ms);
	}
}

static void rejections_on_timer(void *arg)
{
	struct rejections *r;

	OBJ_FROM(r, arg, REJECTIONS_MAGIC);
	r->is_waiting = false;
	write_waiting(r);
}

enum err rejections_new(struct loop *loop, uint64_t interval_ms, struct rejections **ret_rejections)
{
	struct rejections *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ERR_NOMEM;
	r->magic = REJECTIONS_MAGIC;
	r->interval_ms = interval_ms;
	SLIST_INIT(&r->accounts);
	if (loop_timer_new(loop, rejections_on_timer, r, &r->timer) != ERR_OK) {
		free(r);
		return ERR_NOMEM;
	}
	*ret_rejections = r;
	return ERR_OK;
}

void rejections_free(struct rejections *r)
{
	if (r == NULL)
		return;
	write_waiting(r);
	while (!SLIST_EMPTY(&r->accounts)) {
		struct account *a = SLIST_FIRST(&r->accounts);

		SLIST_REMOVE_HEAD(&r->accounts, link);
		free(a->name);
		free(a);
	}
	loop_timer_free(r->timer);
	OBJ_POISON(r);
	free(r);
}

static struct account *find_account(struct rejections *r, const char *name)
{
	struct account *a;

	SLIST_FOREACH(a, &r->accounts, link)
	{
		if (strcmp(a->name, name) == 0)
			return a;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->name = strdup(name);
	if (a->name == NULL) {
		free(a);
		return NULL;
	}
	SLIST_INSERT_HEAD(&r->accounts, a, link);
	return a;
}

void rejections_add(struct rejections *r, const char *account, const char *webhook,
                    const char *address)
{
	uint64_t now_ms = clock_mono_ms();
	struct account *a = find_account(r, account);

	if (a == NULL)
		return; /* without memory a log line is the least loss; the counter has it */
	a->count++;
	(void)snprintf(a->webhook, sizeof(a->webhook), "%s", webhook);
	(void)snprintf(a->address, sizeof(a->address), "%s", address);
	if (a->logged_ms == 0 || now_ms - a->logged_ms >= r->interval_ms) {
		write_line(a, now_ms);
	} else if (!r->is_waiting) {
		loop_timer_start(r->timer, r->interval_ms);
		r->is_waiting = true;
	}
}

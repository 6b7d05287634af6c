/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_ticket.h"

#include <stdlib.h>

#include "core/obj.h"
#include "receiver/report/reports_parts.h"

#define TICKET_MAGIC 0x7469636bU
#define VALUE_MAX    ((size_t)64 * 1024) /* what the store takes */

struct ticket {
	unsigned magic;
	TAILQ_ENTRY(ticket) link; /* in reports */
	struct reports *r;        /* borrowed; NULL: gone */
	ticket_fn done;           /* NULL: a write, or nobody waits */
	void *arg;                /* borrowed */
	struct buf key, value;
	bool is_read;
};

static void ticket_free(struct ticket *t)
{
	if (t == NULL)
		return;
	if (t->r != NULL)
		TAILQ_REMOVE(&t->r->tickets, t, link);
	buf_fini(&t->key);
	buf_fini(&t->value);
	OBJ_POISON(t);
	free(t);
}

static struct ticket *ticket_alloc(struct reports *r, struct str key, struct str value)
{
	struct ticket *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->magic = TICKET_MAGIC;
	t->r = r;
	buf_init(&t->key, COMBO_KEY_MAX);
	buf_init(&t->value, VALUE_MAX);
	TAILQ_INSERT_TAIL(&r->tickets, t, link);
	(void)buf_append_str(&t->key, key);
	(void)buf_append_str(&t->value, value);
	if (buf_err(&t->key) == ERR_OK && buf_err(&t->value) == ERR_OK)
		return t;
	ticket_free(t);
	return NULL;
}

static void ticket_on_value(void *arg, enum err err, struct str value)
{
	struct ticket *t;
	struct reports *r;
	ticket_fn done;
	void *done_arg;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	r = t->r;
	done = t->done;
	done_arg = t->arg;
	ticket_free(t);
	if (done != NULL)
		done(done_arg, err, err == ERR_OK ? value : STR_EMPTY);
	if (r != NULL)
		reports_wake(r);
}

static void ticket_on_written(void *arg, enum err err)
{
	struct ticket *t;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	(void)err; /* lost: a run comes once too early, an order is found by its values alone */
	ticket_free(t);
}

enum err ticket_read(struct reports *r, struct str key, ticket_fn done, void *arg,
                     struct ticket **ret_ticket)
{
	struct ticket *t = ticket_alloc(r, key, STR_EMPTY);
	enum err err;

	if (t == NULL)
		return ERR_NOMEM;
	t->is_read = true;
	t->done = done;
	t->arg = arg;
	err = store_checkpoint_get(r->store, buf_str(&t->key), ticket_on_value, t);
	if (err != ERR_OK) {
		ticket_free(t);
		return err;
	}
	*ret_ticket = t;
	return ERR_OK;
}

void ticket_write(struct reports *r, struct str key, struct str value)
{
	struct ticket *t = ticket_alloc(r, key, value);
	struct store_checkpoint kept;

	if (t == NULL)
		return;
	kept = (struct store_checkpoint){buf_str(&t->key), buf_str(&t->value)};
	if (store_checkpoint_set(r->store, &kept, ticket_on_written, t) != ERR_OK)
		ticket_free(t);
}

void ticket_hand(struct ticket *t, void *arg)
{
	if (t != NULL)
		t->arg = arg;
}

void ticket_drop(struct ticket *t)
{
	if (t != NULL)
		t->done = NULL;
}

size_t tickets_reading(const struct reports *r)
{
	const struct ticket *t;
	size_t count = 0;

	TAILQ_FOREACH(t, &r->tickets, link)
		count += t->is_read;
	return count;
}

void tickets_leave(struct reports *r)
{
	struct ticket *t;

	TAILQ_FOREACH(t, &r->tickets, link)
		t->r = NULL;
}

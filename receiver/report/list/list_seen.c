/* SPDX-License-Identifier: MIT */
#include "receiver/report/list/list_seen.h"

#include <stdlib.h>
#include <string.h>

#include "core/obj.h"

#define SEEN_MAGIC 0x7365656eU
#define SEEN_PAGE  500

struct list_seen {
	unsigned magic;
	struct store *store;             /* borrowed */
	const struct list_seen_ops *ops; /* borrowed; NULL: nobody waits any more */
	void *arg;                       /* borrowed */
	char *account, *after;           /* owned; the store borrows them while it reads */
	int64_t since_ms;
	bool is_reading;
};

static enum err read_page(struct list_seen *s, struct str after);

static void seen_end(struct list_seen *s, enum err err)
{
	s->ops->on_done(s->arg, err); /* may free it */
}

static void page_arrived(struct list_seen *s, enum err err, const struct store_campaign *campaigns,
                         size_t count)
{
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = s->ops->on_id(s->arg, campaigns[i].id);
	if (err == ERR_OK && count == SEEN_PAGE) {
		err = read_page(s, campaigns[count - 1].level);
		if (err == ERR_OK)
			return;
	}
	seen_end(s, err);
}

static void seen_on_campaigns(void *arg, enum err err, const struct store_campaign *campaigns,
                              size_t count)
{
	struct list_seen *s;

	OBJ_FROM(s, arg, SEEN_MAGIC);
	s->is_reading = false;
	if (s->ops == NULL) {
		list_seen_free(s);
	} else {
		page_arrived(s, err, campaigns, count);
	}
}

static enum err read_page(struct list_seen *s, struct str after)
{
	char *copy = str_dup(after);
	enum err err;

	if (copy == NULL)
		return ERR_NOMEM;
	free(s->after);
	s->after = copy;
	err = store_campaigns(s->store, str_from(s->account), s->since_ms, str_from(s->after),
	                      SEEN_PAGE, seen_on_campaigns, s);
	s->is_reading = err == ERR_OK;
	return err;
}

enum err list_seen_new(struct store *store, const char *account, int64_t since_ms,
                       const struct list_seen_ops *ops, void *arg, struct list_seen **ret_seen)
{
	struct list_seen *s = calloc(1, sizeof(*s));
	enum err err = ERR_NOMEM;

	if (s == NULL)
		return ERR_NOMEM;
	s->magic = SEEN_MAGIC;
	s->store = store;
	s->ops = ops;
	s->arg = arg;
	s->since_ms = since_ms;
	s->account = strdup(account);
	if (s->account != NULL)
		err = read_page(s, STR_EMPTY);
	if (err != ERR_OK) {
		list_seen_free(s);
		return err;
	}
	*ret_seen = s;
	return ERR_OK;
}

void list_seen_free(struct list_seen *s)
{
	if (s == NULL)
		return;
	s->ops = NULL;
	if (s->is_reading)
		return; /* the end of the read frees it */
	OBJ_POISON(s);
	free(s->account);
	free(s->after);
	free(s);
}

/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/vendor/vendor_internal.h"

#define COUNT_MAGIC 0x766e636eU
#define KEY_MAX     512
#define VALUE_MAX   65536

/* One read or write under way. The store borrows its texts, so it lives as long as that takes. */
struct vendor_count {
	unsigned magic;
	struct vendor_client *client; /* reading; NULL: gone */
	struct vendor_call *call;     /* writing; NULL: gone */
	struct buf key, value;
};

static void count_free(struct vendor_count *n)
{
	buf_fini(&n->key);
	buf_fini(&n->value);
	OBJ_POISON(n);
	free(n);
}

static enum err count_new(const struct vendor_client *c, struct vendor_count **ret_count)
{
	struct vendor_count *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return ERR_NOMEM;
	n->magic = COUNT_MAGIC;
	buf_init(&n->key, KEY_MAX);
	buf_init(&n->value, VALUE_MAX);
	if (buf_printf(&n->key, "limits/%s", c->account) != ERR_OK) {
		count_free(n);
		return ERR_NOMEM;
	}
	*ret_count = n;
	return ERR_OK;
}

static void count_on_loaded(void *arg, enum err err, struct str value)
{
	struct vendor_client *c;
	struct vendor_count *n;

	OBJ_FROM(n, arg, COUNT_MAGIC);
	c = n->client;
	count_free(n);
	if (c == NULL)
		return;
	c->counting = NULL;
	c->is_loaded = true;
	if (err == ERR_OK) {
		limiter_load(&c->limiter, value);
	} else {
		log_warn("vendor.counts_unreadable", log_str("account", c->account),
		         log_str("error", err_str(err)));
	}
	vendor_turn_wake(c);
}

static void count_on_saved(void *arg, enum err err)
{
	struct vendor_call *call;
	struct vendor_count *n;

	OBJ_FROM(n, arg, COUNT_MAGIC);
	call = n->call;
	count_free(n);
	if (call == NULL)
		return;
	call->count = NULL;
	vendor_call_counted(call, err);
}

enum err vendor_count_load(struct vendor_client *c)
{
	struct vendor_count *n = NULL;
	enum err err = count_new(c, &n);

	if (err != ERR_OK)
		return err;
	n->client = c;
	err = store_checkpoint_get(c->store, buf_str(&n->key), count_on_loaded, n);
	if (err != ERR_OK) {
		count_free(n);
		return err;
	}
	c->counting = n;
	return ERR_OK;
}

enum err vendor_count_save(struct vendor_call *call)
{
	struct vendor_count *n = NULL;
	enum err err = count_new(call->client, &n);

	if (err != ERR_OK)
		return err;
	n->call = call;
	err = limiter_save(&call->client->limiter, &n->value);
	if (err == ERR_OK) {
		const struct store_checkpoint checkpoint = {buf_str(&n->key), buf_str(&n->value)};

		err = store_checkpoint_set(call->client->store, &checkpoint, count_on_saved, n);
	}
	if (err != ERR_OK) {
		count_free(n);
		return err;
	}
	call->count = n;
	return ERR_OK;
}

void vendor_count_drop(struct vendor_count *count)
{
	if (count == NULL)
		return;
	count->client = NULL;
	count->call = NULL;
}

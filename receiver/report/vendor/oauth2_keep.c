/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <sodium.h>

#include "core/obj.h"
#include "receiver/report/vendor/oauth2_internal.h"

#define KEEP_MAGIC 0x6f616b70U

/* One read or write under way. The store borrows its texts, so it lives as long as that takes. */
struct oauth2_keep {
	unsigned magic;
	struct oauth2 *oauth2; /* NULL: gone */
	struct buf key, value;
};

static void keep_free(struct oauth2_keep *k)
{
	if (k->value.ptr != NULL)
		sodium_memzero(k->value.ptr, k->value.cap);
	buf_fini(&k->value);
	buf_fini(&k->key);
	OBJ_POISON(k);
	free(k);
}

static enum err keep_new(struct oauth2 *o, struct oauth2_keep **ret_keep)
{
	struct oauth2_keep *k = malloc(sizeof(*k));

	if (k == NULL)
		return ERR_NOMEM;
	*k = (struct oauth2_keep){.magic = KEEP_MAGIC, .oauth2 = o};
	buf_init(&k->key, o->key.max);
	buf_init(&k->value, OAUTH2_TEXT_MAX);
	if (buf_append_str(&k->key, buf_str(&o->key)) != ERR_OK) {
		keep_free(k);
		return ERR_NOMEM;
	}
	*ret_keep = k;
	return ERR_OK;
}

static struct oauth2 *keep_end(struct oauth2_keep *k)
{
	struct oauth2 *o = k->oauth2;

	keep_free(k);
	if (o != NULL)
		o->keep = NULL;
	return o;
}

static void keep_on_loaded(void *arg, enum err err, struct str value)
{
	struct oauth2_keep *k;

	OBJ_FROM(k, arg, KEEP_MAGIC);
	struct oauth2 *o = keep_end(k);

	if (o != NULL)
		oauth2_on_loaded(o, err, value);
}

static void keep_on_saved(void *arg, enum err err)
{
	struct oauth2_keep *k;

	OBJ_FROM(k, arg, KEEP_MAGIC);
	struct oauth2 *o = keep_end(k);

	if (o != NULL)
		oauth2_on_saved(o, err);
}

enum err oauth2_keep_load(struct oauth2 *o)
{
	struct oauth2_keep *k = NULL;
	enum err err = keep_new(o, &k);

	if (err != ERR_OK)
		return err;
	err = store_checkpoint_get(o->store, buf_str(&k->key), keep_on_loaded, k);
	if (err != ERR_OK) {
		keep_free(k);
		return err;
	}
	o->keep = k;
	return ERR_OK;
}

enum err oauth2_keep_save(struct oauth2 *o)
{
	struct oauth2_keep *k = NULL;
	enum err err = keep_new(o, &k);

	if (err != ERR_OK)
		return err;
	err = oauth2_chain_write(&o->chain, &k->value);
	if (err == ERR_OK) {
		const struct store_checkpoint checkpoint = {buf_str(&k->key), buf_str(&k->value)};

		err = store_checkpoint_set(o->store, &checkpoint, keep_on_saved, k);
	}
	if (err != ERR_OK) {
		keep_free(k);
		return err;
	}
	o->keep = k;
	return ERR_OK;
}

void oauth2_keep_drop(struct oauth2_keep *keep)
{
	if (keep != NULL)
		keep->oauth2 = NULL;
}

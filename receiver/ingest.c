/* SPDX-License-Identifier: MIT */
#include "receiver/ingest.h"

#include <assert.h>
#include <stdlib.h>

#include "core/obj.h"

#define PUT_MAGIC 0x70757421U

struct ingest {
	struct store *store; /* borrowed */
	ingest_on_put on_put;
	void *arg; /* borrowed */
	size_t open;
};

/* A payload on its way to the disk. */
struct put {
	unsigned magic;
	struct ingest *in;             /* borrowed: outlives us */
	const struct payload *payload; /* borrowed until done() */
	ingest_done done;
	void *arg; /* borrowed */
};

enum err ingest_new(struct store *store, ingest_on_put on_put, void *arg,
                    struct ingest **ret_ingest)
{
	struct ingest *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return ERR_NOMEM;
	in->store = store;
	in->on_put = on_put;
	in->arg = arg;
	*ret_ingest = in;
	return ERR_OK;
}

void ingest_free(struct ingest *in)
{
	if (in == NULL)
		return;
	assert(in->open == 0);
	free(in);
}

static void put_on_done(void *arg, enum err err, int64_t entry)
{
	struct put *put;

	OBJ_FROM(put, arg, PUT_MAGIC);
	struct put ended = *put;

	OBJ_POISON(put);
	free(put);
	ended.in->open--;
	/* The relay first: done() may let go of the payload's bytes. */
	if (err == ERR_OK) {
		ended.in->on_put(ended.in->arg, ended.payload->account, entry,
		                 ended.payload->received_ms);
	}
	ended.done(ended.arg, err, entry);
}

enum err ingest_put(struct ingest *in, const struct payload *payload,
                    const struct store_checkpoint *checkpoint, ingest_done done, void *arg)
{
	struct put *put = malloc(sizeof(*put));
	enum err err;

	if (put == NULL)
		return ERR_NOMEM;
	*put = (struct put){PUT_MAGIC, in, payload, done, arg};
	err = store_put(in->store, payload, checkpoint, put_on_done, put);
	if (err != ERR_OK) {
		free(put);
		return err;
	}
	in->open++;
	return ERR_OK;
}

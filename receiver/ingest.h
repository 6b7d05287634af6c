/* SPDX-License-Identifier: MIT */
/**
 * ingest - the one door: takes a payload, with the checkpoint that it moves, into the journal.
 *
 * Nothing else writes payloads. When done() says ERR_OK the payload is on disk and the relay has
 * been told; only then may a webhook be answered 2xx or a report go on.
 *
 * Ownership: the payload and its bytes are borrowed until done().
 * Threads:   the loop's.
 */
#ifndef RECEIVER_INGEST_H
#define RECEIVER_INGEST_H

#include "core/payload.h"
#include "store/store.h"

struct ingest;

/**
 * Told of each committed payload: relay_notify(), given by cmd/app so that receiver and publish
 * need not know each other.
 */
typedef void (*ingest_on_put)(void *arg, struct str account, int64_t entry, int64_t received_ms);

enum err ingest_new(struct store *store, ingest_on_put on_put, void *arg,
                    struct ingest **ret_ingest) MUST_CHECK;
/** Accepts NULL. No put may be under way. */
void ingest_free(struct ingest *in);

typedef void (*ingest_done)(void *arg, enum err err, int64_t entry);

/** @return as store_put(): anything but ERR_OK means done() will not be called */
enum err ingest_put(struct ingest *in, const struct payload *payload,
                    const struct store_checkpoint *checkpoint, ingest_done done,
                    void *arg) MUST_CHECK;

#endif /* RECEIVER_INGEST_H */

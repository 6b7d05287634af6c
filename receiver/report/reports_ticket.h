/* SPDX-License-Identifier: MIT */
/**
 * reports_ticket - reads and writes of checkpoints under way: the store borrows their bytes until
 * it is done, also when nobody waits any more. Private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_TICKET_H
#define RECEIVER_REPORT_REPORTS_TICKET_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

struct reports;
struct ticket;

/** @param value  valid during the call; empty: nothing is kept. The ticket is gone. */
typedef void (*ticket_fn)(void *arg, enum err err, struct str value);

/** @param key  copied. @return ERR_OK, ERR_NOMEM, or as store_checkpoint_get() */
enum err ticket_read(struct reports *r, struct str key, ticket_fn done, void *arg,
                     struct ticket **ret_ticket) MUST_CHECK;
/** Both are copied. What cannot be written is lost. */
void ticket_write(struct reports *r, struct str key, struct str value);

/** Somebody else waits for it now. Accepts NULL. */
void ticket_hand(struct ticket *t, void *arg);
/** Nobody waits for it any more. Accepts NULL. */
void ticket_drop(struct ticket *t);

/** How many reads are under way. */
size_t tickets_reading(const struct reports *r);
/** All that are under way, before @p r goes. */
void tickets_leave(struct reports *r);

#endif /* RECEIVER_REPORT_REPORTS_TICKET_H */

/* SPDX-License-Identifier: MIT */
/**
 * rejections - the log lines of refused credentials: one per account and interval, with a count;
 * private to receiver/webhook/.
 *
 * The first refusal of an account is logged at once, the following ones are counted and logged
 * together when the interval ends.
 */
#ifndef RECEIVER_WEBHOOK_REJECTIONS_H
#define RECEIVER_WEBHOOK_REJECTIONS_H

#include "core/err.h"
#include "core/loop.h"

struct rejections;

enum err rejections_new(struct loop *loop, uint64_t interval_ms,
                        struct rejections **ret_rejections) MUST_CHECK;
/** Accepts NULL. What was counted and not logged yet is logged now. */
void rejections_free(struct rejections *r);

/** @param address  of the client; copied, as the others */
void rejections_add(struct rejections *r, const char *account, const char *webhook,
                    const char *address);

#endif /* RECEIVER_WEBHOOK_REJECTIONS_H */

/* SPDX-License-Identifier: MIT */
/**
 * reports_known - which campaigns an account has, told to its mailboxes: a mail that names one of
 * them is not given to another one's order, though that is the only one that is waited for. The
 * configured ones, those of lists, and those of events that were settled: an order that nobody
 * remembers had some, too. Private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_KNOWN_H
#define RECEIVER_REPORT_REPORTS_KNOWN_H

#include <stdint.h>

#include "core/err.h"

struct account;
struct known;

/** @param a  owns it. @return ERR_OK, ERR_NOMEM */
enum err known_new(struct account *a, struct known **ret_known) MUST_CHECK;
/** Accepts NULL. */
void known_free(struct known *k);
/** After a reload: what @p from had read still holds. */
void known_adopt(struct known *to, struct known *from);

/** The account's mailboxes are to wait until they know its campaigns. */
void known_expect(const struct known *k);
/** A list has others now: they are told again. */
void known_changed(struct known *k);
/** Read what is due, and tell the mailboxes. @return when again, monotonic; UINT64_MAX: never */
uint64_t known_step(struct known *k, uint64_t mono_ms);
/** Read no more. */
void known_stop(struct known *k);

#endif /* RECEIVER_REPORT_REPORTS_KNOWN_H */

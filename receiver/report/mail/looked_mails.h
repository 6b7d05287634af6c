/* SPDX-License-Identifier: MIT */
/**
 * looked_mails - which mails of a mailbox were looked at and are none of ours, or were marked as
 * seen. No I/O.
 *
 * Bounded: past LOOKED_MAX the lowest UIDs are given up, and everything below counts as looked at.
 * UIDs only rise, so that is the oldest part of the mailbox.
 */
#ifndef RECEIVER_REPORT_MAIL_LOOKED_MAILS_H
#define RECEIVER_REPORT_MAIL_LOOKED_MAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define LOOKED_MAX    50000
#define LOOKED_MARKED INT64_MIN

struct looked_mail {
	int64_t received_ms; /* LOOKED_MARKED: before all times, it was marked */
	uint32_t uid;
};

struct looked_mails {
	struct looked_mail *list; /* owned */
	size_t count, cap;
	bool is_sorted;
	uint32_t floor; /* all up to here */
};

/** All zero is an empty one. */
void looked_mails_fini(struct looked_mails *l);
/** Forget all, the floor too. */
void looked_mails_clear(struct looked_mails *l);
/** @return ERR_OK, ERR_NOMEM */
enum err looked_mails_add(struct looked_mails *l, uint32_t uid, int64_t received_ms) MUST_CHECK;
/** It was marked as seen: looked at, until all are forgotten. @return ERR_OK, ERR_NOMEM */
enum err looked_mails_mark(struct looked_mails *l, uint32_t uid) MUST_CHECK;
/** As long as it is not given up. */
bool looked_mails_is_marked(struct looked_mails *l, uint32_t uid);
bool looked_mails_has(struct looked_mails *l, uint32_t uid);
/** Look again at this one, or at those received since then; not at what was given up. */
void looked_mails_forget(struct looked_mails *l, uint32_t uid);
void looked_mails_forget_since(struct looked_mails *l, int64_t received_ms);

#endif /* RECEIVER_REPORT_MAIL_LOOKED_MAILS_H */

/* SPDX-License-Identifier: MIT */
/**
 * mailbox_turns - who had a link that might have been another's. No I/O, no clock; private to
 * receiver/report/.
 *
 * Bounded: the oldest is forgotten. Only the order of who is told next depends on it.
 */
#ifndef RECEIVER_REPORT_MAIL_MAILBOX_TURNS_H
#define RECEIVER_REPORT_MAIL_MAILBOX_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TURNS_MAX 256

struct mailbox_turn {
	char *id; /* owned */
	int64_t ordered_ms;
	unsigned count;
};

/** All zero is an empty one. */
struct mailbox_turns {
	struct mailbox_turn list[TURNS_MAX];
	size_t next; /* the oldest, or the first that is empty */
};

void mailbox_turns_fini(struct mailbox_turns *t);
/** One more of the order that was made then. Out of memory: it is not remembered. */
void mailbox_turns_add(struct mailbox_turns *t, const char *id, int64_t ordered_ms);
/** How many it had for that order. */
unsigned mailbox_turns_count(const struct mailbox_turns *t, const char *id, int64_t ordered_ms);

#endif /* RECEIVER_REPORT_MAIL_MAILBOX_TURNS_H */

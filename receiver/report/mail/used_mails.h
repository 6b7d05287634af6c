/* SPDX-License-Identifier: MIT */
/**
 * used_mails - mails whose link was followed, by their digest (mail_digest.h). No I/O.
 *
 * A server may give a mail another number, or forget that it was marked as seen: what is in it
 * stays. Bounded: past USED_MAX the oldest is forgotten.
 */
#ifndef RECEIVER_REPORT_MAIL_USED_MAILS_H
#define RECEIVER_REPORT_MAIL_USED_MAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USED_MAX 1024

/** All zero is an empty one. */
struct used_mails {
	uint64_t digests[USED_MAX]; /* a ring; 0: none */
	size_t next;
};

/** @param digest  0: nothing is known of it */
void used_mails_add(struct used_mails *u, uint64_t digest);
bool used_mails_has(const struct used_mails *u, uint64_t digest);

#endif /* RECEIVER_REPORT_MAIL_USED_MAILS_H */

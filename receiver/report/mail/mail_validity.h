/* SPDX-License-Identifier: MIT */
/**
 * mail_validity - whether a mailbox keeps its UIDVALIDITY. No I/O, no clock.
 *
 * A mailbox that was made anew has another one, once. A server that gives another one again within
 * VALIDITY_CALM_MS is unsteady, until it has given the same for as long.
 */
#ifndef RECEIVER_REPORT_MAIL_MAIL_VALIDITY_H
#define RECEIVER_REPORT_MAIL_MAIL_VALIDITY_H

#include <stdbool.h>
#include <stdint.h>

#define VALIDITY_CALM_MS 3600000

/** All zero: nothing is known. */
struct mail_validity {
	uint32_t value;      /* 0: none yet */
	uint64_t changed_ms; /* monotonic: last */
	bool has_changed;
	bool is_unsteady;
};

enum validity_turn {
	VALIDITY_SAME,
	VALIDITY_FIRST,    /* the first one at all */
	VALIDITY_ANEW,     /* another one */
	VALIDITY_UNSTEADY, /* another one again */
	VALIDITY_AGAIN,    /* and again: it is known to be unsteady */
	VALIDITY_CALM,     /* the same, and it is steady again */
};

/** What the server says now. */
enum validity_turn mail_validity_take(struct mail_validity *v, uint32_t value, uint64_t mono_ms);

#endif /* RECEIVER_REPORT_MAIL_MAIL_VALIDITY_H */

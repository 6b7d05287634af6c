/* SPDX-License-Identifier: MIT */
/**
 * reports_hold - when the vendor wants a rest, or refuses the credentials: for how long nothing of
 * an account begins. Private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_HOLD_H
#define RECEIVER_REPORT_REPORTS_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#define LATER_MIN_MS 1000
#define LATER_MAX_MS 86400000

struct vendor_client;

struct hold {
	struct vendor_client *vendor; /* borrowed */
	uint64_t until_ms;            /* monotonic; 0: none */
	bool is_circuit;              /* or until the circuit is not open any more */
};

/** Nothing due begins for so long. */
void hold_for(struct hold *h, uint64_t wait_ms);
/** The credentials were refused: until the circuit lets a trial through. */
void hold_auth(struct hold *h, uint64_t wait_ms);
/** For how long nothing begins; 0: not held. Lets go when the circuit was closed meanwhile. */
uint64_t hold_left(struct hold *h, uint64_t mono_ms);
/** Somebody mended it. */
void hold_end(struct hold *h);

#endif /* RECEIVER_REPORT_REPORTS_HOLD_H */

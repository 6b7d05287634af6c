/* SPDX-License-Identifier: MIT */
/** trouble - what goes wrong again and again, and when to log it. No I/O, no clock. */
#ifndef RECEIVER_REPORT_VENDOR_TROUBLE_H
#define RECEIVER_REPORT_VENDOR_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

/** The same text is logged again after so long. */
#define TROUBLE_AGAIN_MS 3600000

struct trouble {
	uint64_t count;   /* failures since it was well */
	uint64_t told_ms; /* monotonic: logged last */
	char text[];      /* for people */
};

/**
 * It failed, for this reason. free() and NULL once it is well again.
 *
 * @param trouble  owned by the caller; NULL when it was well. Stays as it is when out of memory
 * @return whether this is to be logged: the first one, another text, or the same after an hour
 */
bool trouble_note(struct trouble **trouble, const char *text, uint64_t now_ms) MUST_CHECK;

/** @param from  NULL: so is the copy. @return ERR_OK, ERR_NOMEM */
enum err trouble_copy(const struct trouble *from, struct trouble **ret_copy) MUST_CHECK;

#endif /* RECEIVER_REPORT_VENDOR_TROUBLE_H */

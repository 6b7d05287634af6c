/* SPDX-License-Identifier: MIT */
/**
 * id_set - the ids of events that are on their way: decoded and not yet settled.
 *
 * What makes a second payload with the same fact a duplicate before the store knows about the
 * first.
 */
#ifndef PUBLISH_ID_SET_H
#define PUBLISH_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "normalise/event/event.h"

struct id_set {
	struct id_slot *slots; /* owned; cap of them */
	size_t cap;            /* power of two; 0 while nothing was added */
	size_t count;
};

/** Free the memory and be empty again. */
void id_set_fini(struct id_set *set);

/** @return ERR_OK, ERR_EXISTS it is there already, ERR_NOMEM */
enum err id_set_add(struct id_set *set, const uint8_t id[EVENT_ID_BYTES]) MUST_CHECK;

bool id_set_has(const struct id_set *set, const uint8_t id[EVENT_ID_BYTES]);

/** Nothing happens when it is not there. */
void id_set_remove(struct id_set *set, const uint8_t id[EVENT_ID_BYTES]);

#endif /* PUBLISH_ID_SET_H */

/* SPDX-License-Identifier: MIT */
/**
 * normaliser - what ordinals.c needs of a normaliser beyond normalise.h. Private to normalise/.
 */
#ifndef NORMALISE_NORMALISER_H
#define NORMALISE_NORMALISER_H

#include <stdbool.h>

#include "normalise/normalise.h"

/** From now on events have nothing but their id, and that as if no payload had ordinals. */
void normaliser_only_ids(struct normaliser *n);

/**
 * Of the event that normaliser_next() just gave.
 *
 * @param ret_index  number of its record
 * @return whether its map tells identical rows apart
 */
bool normaliser_has_ordinal(const struct normaliser *n, size_t *ret_index);

#endif /* NORMALISE_NORMALISER_H */

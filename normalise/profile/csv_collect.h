/* SPDX-License-Identifier: MIT */
/** csv_collect - the columns that a profile's maps look at. */
#ifndef NORMALISE_PROFILE_CSV_COLLECT_H
#define NORMALISE_PROFILE_CSV_COLLECT_H

#include "core/arena.h"
#include "normalise/decode/decoder.h"
#include "normalise/profile/map.h"

/**
 * The names that @p maps look at, into @p spec.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err csv_columns_collect(struct arena *a, const struct map *const *maps, size_t map_count,
                             struct decode_spec *spec) MUST_CHECK;

#endif /* NORMALISE_PROFILE_CSV_COLLECT_H */

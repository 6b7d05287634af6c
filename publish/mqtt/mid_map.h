/* SPDX-License-Identifier: MIT */
/**
 * mid_map - MQTT packet identifier → token of the message that waits for its PUBACK.
 *
 * libmosquitto counts identifiers up and never looks whether one is still in use: past 65,535
 * unacknowledged messages they repeat and a PUBACK frees the wrong one. This map is what notices.
 * Its memory grows with the messages that wait, not with the identifiers that were ever used.
 */
#ifndef PUBLISH_MQTT_MID_MAP_H
#define PUBLISH_MQTT_MID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct mid_map;

/** @return ERR_OK, ERR_NOMEM */
enum err mid_map_new(struct mid_map **ret_map) MUST_CHECK;

/** Accepts NULL. */
void mid_map_free(struct mid_map *m);

/**
 * Make room for one more.
 *
 * @return ERR_OK, ERR_LIMIT (the identifier after the last one put is in use), ERR_NOMEM
 */
enum err mid_map_reserve(struct mid_map *m) MUST_CHECK;

/** Needs room (mid_map_reserve()). @param mid  1 to 65535, not in use */
void mid_map_put(struct mid_map *m, uint16_t mid, uint64_t token);

/** Forget @p mid. @return whether it was there */
bool mid_map_take(struct mid_map *m, uint16_t mid, uint64_t *ret_token);

/** How many are in use. */
size_t mid_map_count(const struct mid_map *m);

#endif /* PUBLISH_MQTT_MID_MAP_H */

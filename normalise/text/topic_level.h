/* SPDX-License-Identifier: MIT */
/**
 * topic_level - a vendor's campaign id or name as one MQTT topic level (docs/event-format.md).
 */
#ifndef NORMALISE_TEXT_TOPIC_LEVEL_H
#define NORMALISE_TEXT_TOPIC_LEVEL_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

#define TOPIC_LEVEL_MAX 96

/**
 * Escape into at most TOPIC_LEVEL_MAX bytes: `A–Z a–z 0–9 - . ~ _` pass, other bytes become `%XX`;
 * a leading `_` becomes `%5F`; empty is `_none`; what is longer than 96 escaped bytes is cut to at
 * most 79 at an escape boundary, then `~` and the first 16 lower-case hex digits of BLAKE2b-128 of
 * the unescaped bytes.
 *
 * @param is_name  it is a name, not an id: only digits (at least 7, also behind one `+`) or with
 * `@` becomes `~` and that hash alone
 */
void topic_level_escape(struct str text, bool is_name, char ret_level[TOPIC_LEVEL_MAX + 1]);

/**
 * Append every byte of @p text by the same byte rule, and nothing more: no cut, no special case
 * for a leading `_` or an empty text. An error sticks to @p b.
 */
void topic_level_append(struct buf *b, struct str text);

#endif /* NORMALISE_TEXT_TOPIC_LEVEL_H */

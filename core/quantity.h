/* SPDX-License-Identifier: MIT */
/**
 * quantity - sizes and durations as a person writes them: "16KiB", "250ms". Whole numbers with one
 * unit: B KiB MiB GiB, ms s m h d.
 */
#ifndef CORE_QUANTITY_H
#define CORE_QUANTITY_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/** "512B", "16KiB". @return ERR_OK, ERR_PARSE, ERR_LIMIT */
enum err quantity_read_size(struct str text, uint64_t *ret_bytes) MUST_CHECK;

/** "250ms", "72h". @return ERR_OK, ERR_PARSE, ERR_LIMIT */
enum err quantity_read_duration(struct str text, uint64_t *ret_ms) MUST_CHECK;

/** With the largest unit that divides it: 65536 gives "64KiB". */
void quantity_write_size(struct buf *b, uint64_t bytes);
void quantity_write_duration(struct buf *b, uint64_t ms);

#endif /* CORE_QUANTITY_H */

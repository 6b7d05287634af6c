/* SPDX-License-Identifier: MIT */
/**
 * arena - memory for many small things that go away together.
 *
 * Everything allocated lives until arena_reset() or arena_fini(). The maximum
 * is what keeps a hostile payload from growing the process: past it every
 * allocation gives NULL, which the caller reports as ERR_NOMEM.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *first; /* owned */
	struct arena_chunk *now;   /* the one being filled */
	size_t used;               /* bytes handed out since the last reset */
	size_t max;
};

/** @param max  most bytes handed out between two resets, > 0. Allocates nothing. */
void arena_init(struct arena *a, size_t max);

void arena_fini(struct arena *a);

/** Forget everything; keep at most one chunk (16 KiB) for the next use. */
void arena_reset(struct arena *a);

/** Zeroed and aligned for any type. NULL past the maximum or out of memory. */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK;

/** Unaligned bytes, not zeroed; for text. NULL past the maximum or out of memory. */
char *arena_bytes(struct arena *a, size_t len) MUST_CHECK;

/** Copy of @p s with a NUL behind it (not counted). */
enum err arena_str_dup(struct arena *a, struct str s, struct str *ret_copy) MUST_CHECK;

#endif /* CORE_ARENA_H */

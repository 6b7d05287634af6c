/* SPDX-License-Identifier: MIT */
/**
 * str - a borrowed slice of bytes.
 *
 * Not NUL-terminated; may hold NUL bytes. A slice of length 0 may have a NULL
 * pointer: "absent" and "empty" are the same thing to every user of it, unless
 * a header says otherwise. The owner of the bytes is always somebody else.
 */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct str {
	const char *ptr;
	size_t len;
};

#define STR_LIT(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_EMPTY        ((struct str){NULL, 0})
/** For printf("%.*s"): length and pointer. */
#define STR_FMT(s)       (int)((s).len), ((s).ptr != NULL ? (s).ptr : "")

/** Slice of a NUL-terminated text; NULL gives the empty slice. */
struct str str_from(const char *text);

/** Same bytes. */
bool str_eq(struct str a, struct str b);

/** Same bytes, ASCII letters in any case. */
bool str_ieq(struct str a, struct str b);

/** Like memcmp(), the shorter one first when it is a prefix. */
int str_cmp(struct str a, struct str b);

bool str_has_prefix(struct str s, struct str prefix);

/** Whether it holds an ASCII control character: then it is not one plain line. */
bool str_has_control(struct str s);

/** Without ASCII blanks, tabs, CR and LF at both ends. */
struct str str_trim(struct str s);

/**
 * Cut at the first @p sep.
 *
 * @param ret_head  what is before it; the whole of @p s when there is none
 * @param ret_tail  what follows it; empty when there is none
 * @return whether @p sep was found
 */
bool str_cut(struct str s, char sep, struct str *ret_head, struct str *ret_tail);

/** Copy as NUL-terminated text with malloc(); the caller frees it. NULL when out of memory. */
char *str_dup(struct str s) MUST_CHECK;

/**
 * Decimal digits only, no sign, no blanks.
 *
 * @return ERR_OK, ERR_PARSE not a number, ERR_LIMIT more than UINT64_MAX
 */
enum err str_to_u64(struct str s, uint64_t *ret_value) MUST_CHECK;

#endif /* CORE_STR_H */

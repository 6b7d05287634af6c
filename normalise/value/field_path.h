/* SPDX-License-Identifier: MIT */
/**
 * field_path - compiled JSON Pointer (RFC 6901), with `*` for "each element" where a profile names
 * records.
 *
 * `~0` is '~', `~1` is '/'. "" is the whole record. A token of digits without leading zero is an
 * index in arrays and a name in objects.
 */
#ifndef NORMALISE_VALUE_FIELD_PATH_H
#define NORMALISE_VALUE_FIELD_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "normalise/value/value.h"

#define FIELD_PATH_STEPS_MAX 16

struct field_step {
	struct str name; /* unescaped; owned by the path */
	size_t index;    /* when is_index */
	bool is_index;
	bool is_any; /* `*` */
};

struct field_path {
	size_t count;
	struct field_step steps[FIELD_PATH_STEPS_MAX];
	char *names; /* owned: the bytes of all names */
};

/**
 * @param text         "" or "/a/0/b"; `*` as a whole token only when @p allow_any
 * @param ret_path     free with field_path_free()
 * @return ERR_OK
 *         ERR_PARSE  not a pointer, `~` not followed by 0 or 1, or `*` not allowed (text in the
 *                    detail)
 *         ERR_LIMIT  too many steps
 *         ERR_NOMEM
 */
enum err field_path_new(struct str text, bool allow_any, struct field_path **ret_path,
                        struct err_detail *reterr_detail) MUST_CHECK;

/** Accepts NULL. */
void field_path_free(struct field_path *path);

/** What it points to, or NULL. A path with `*` gives NULL. */
struct value *field_path_get(const struct field_path *path, struct value *root);

#endif /* NORMALISE_VALUE_FIELD_PATH_H */

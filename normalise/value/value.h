/* SPDX-License-Identifier: MIT */
/**
 * value - a decoded record: JSON's data model, with numbers kept as text.
 *
 * Every decoder (JSON, form, query; later CSV) gives records of this one type.
 * Ids above 2^53 and 2^63 occur (Mailjet, Ocamba), so a number is the characters
 * the vendor wrote. Strings are valid UTF-8: broken sequences and lone surrogates have
 * become U+FFFD. A string may hold NUL.
 *
 * Ownership: nodes and text live in an arena or in the payload; both outlive the record.
 */
#ifndef NORMALISE_VALUE_VALUE_H
#define NORMALISE_VALUE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/** No tree is deeper: what is read has at most 64 levels, decoders put a few around it. */
#define VALUE_DEPTH_MAX 80

enum value_kind {
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_OBJECT,
};

struct value {
	enum value_kind kind;
	bool used;           /* a map has taken it: it does not go to data.extra */
	uint32_t count;      /* ARRAY, OBJECT: children */
	struct str key;      /* name, when it is a member of an object */
	struct str text;     /* NUMBER: as written; STRING: decoded UTF-8 */
	struct value *first; /* ARRAY, OBJECT: first child in order */
	struct value *last;  /* ARRAY, OBJECT: last child */
	struct value *next;  /* next sibling */
};

/** New node in @p a; NULL when the arena is full. */
struct value *value_new(struct arena *a, enum value_kind kind) MUST_CHECK;
struct value *value_new_string(struct arena *a, struct str text) MUST_CHECK;

/** Append to an array. */
void value_push(struct value *array, struct value *child);

/** Set a member; a member of that name is replaced in its place (the last one wins). */
void value_set(struct value *object, struct str key, struct value *child);

/**
 * Append a member without looking whether there is one of that name. Whoever adds many members
 * calls value_unique() at the end.
 */
void value_add(struct value *object, struct str key, struct value *child);

/**
 * Of members of one name keep the last one, in the place of the first.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err value_unique(struct value *object) MUST_CHECK;

/** Member of an object, or NULL (also when @p v is no object). */
struct value *value_get(const struct value *v, struct str key);

/** Element of an array, or NULL (also when @p v is no array). */
struct value *value_at(const struct value *v, size_t index);

/**
 * A scalar as text: strings, numbers as written, "true", "false".
 *
 * @return false for NULL, null, arrays and objects
 */
bool value_text(const struct value *v, struct str *ret_text);

/** NULL, null or the empty string: what a profile calls absent. */
bool value_is_empty(const struct value *v);

/** Forget what maps have taken of @p root and everything below it. */
void value_clear_used(struct value *root);

#endif /* NORMALISE_VALUE_VALUE_H */

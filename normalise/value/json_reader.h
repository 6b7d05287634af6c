/* SPDX-License-Identifier: MIT */
/**
 * json_reader - strict RFC 8259 reader that keeps numbers as text and can walk without building.
 *
 * Own code where jansson cannot serve (docs/decisions/0002): jansson turns numbers into doubles or
 * refuses them, refuses broken UTF-8 and lone surrogates that must become U+FFFD, and always builds
 * the whole tree; a batch of 20,000 records has to be read one record at a time.
 *
 * Decided: duplicate names: the last one wins. Depth: at most JSON_DEPTH_MAX. A number may have
 * any length. Blanks are exactly RFC 8259's. Broken UTF-8 inside strings is read, outside it is an
 * error. NUL bytes outside strings are errors; \u0000 in strings and names is kept.
 */
#ifndef NORMALISE_VALUE_JSON_READER_H
#define NORMALISE_VALUE_JSON_READER_H

#include "normalise/value/value.h"

#define JSON_DEPTH_MAX 64

/** A place in a text. The text is borrowed and must stay. */
struct json_cursor {
	const char *start; /* of the whole text, for positions */
	const char *at;
	const char *end;
};

struct json_cursor json_cursor(struct str text);

/** Byte offset from the start. */
size_t json_offset(const struct json_cursor *c);

/** Step over blanks. @return whether bytes are left */
bool json_skip_blanks(struct json_cursor *c);

/**
 * Step over one complete value, checking its whole syntax, allocating nothing.
 *
 * @param ret_raw  the bytes of the value; may be NULL
 * @return ERR_OK, ERR_PARSE (detail has line and column; the cursor stands at the wrong byte),
 *         ERR_LIMIT too deep: the cursor stands behind the value, of which only strings and
 *         brackets were looked at below the deepest level
 */
enum err json_skip(struct json_cursor *c, struct str *ret_raw,
                   struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Read one value into a tree. Blanks before it are skipped; bytes after it are left.
 *
 * @return ERR_OK, ERR_PARSE, ERR_LIMIT too deep (as json_skip()), ERR_NOMEM the arena is full: the
 *         cursor stands somewhere inside
 */
enum err json_read(struct json_cursor *c, struct arena *a, struct value **ret_value,
                   struct err_detail *reterr_detail) MUST_CHECK;

/**
 * The whole text must be exactly one value with blanks around it. Allocates nothing.
 *
 * @return as json_skip()
 */
enum err json_check(struct str text, struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Iterate over a container without building it. The cursor stands before it.
 *
 * json_enter() steps behind '{' or '['; json_next_item() gives ERR_OK with the cursor before the
 * next value (and its name when the container is an object: decoded into @p a, or as written
 * between its quotes when @p a is NULL), or ERR_NOENT after stepping behind the closing bracket.
 * The caller must step over or read each value.
 */
struct json_iter {
	bool is_object;
	bool started;
};

enum err json_enter(struct json_cursor *c, struct json_iter *ret_iter,
                    struct err_detail *reterr_detail) MUST_CHECK;
enum err json_next_item(struct json_cursor *c, struct json_iter *iter, struct arena *a,
                        struct str *ret_key, struct err_detail *reterr_detail) MUST_CHECK;

/** First byte of the next value: '{', '[', '"', …; 0 at the end. Skips blanks. */
char json_peek(struct json_cursor *c);

#endif /* NORMALISE_VALUE_JSON_READER_H */

/* SPDX-License-Identifier: MIT */
/**
 * json_writer - JSON text into a buf; no spaces, no trailing newline.
 *
 * Escapes as RFC 8259 asks and no more; broken UTF-8 in a string becomes U+FFFD, so that
 * what is written is always valid. Commas are the writer's business.
 */
#ifndef NORMALISE_VALUE_JSON_WRITER_H
#define NORMALISE_VALUE_JSON_WRITER_H

#include "core/buf.h"
#include "core/str.h"
#include "normalise/value/value.h"

struct json_writer {
	struct buf *buf; /* borrowed */
	bool need_comma;
};

struct json_writer json_writer(struct buf *buf);

void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w);
void json_close_array(struct json_writer *w);

/** Name of the next member. */
void json_key(struct json_writer *w, struct str key);
void json_string(struct json_writer *w, struct str text);
void json_int(struct json_writer *w, int64_t number);
void json_bool(struct json_writer *w, bool value);
/** Verbatim text that already is JSON. */
void json_raw(struct json_writer *w, struct str json);

/** json_key() and json_string(), left out when @p text is empty. */
void json_member(struct json_writer *w, struct str key, struct str text);

/**
 * A decoded value. Numbers that every reader keeps exactly (integers up to 2^53, decimals of at
 * most 15 digits) stay numbers as written, the others become strings.
 */
void json_value(struct json_writer *w, const struct value *v);

#endif /* NORMALISE_VALUE_JSON_WRITER_H */

/* SPDX-License-Identifier: MIT */
/**
 * decode - what the parts of the decoder share. Private to normalise/.
 *
 * decode_begin.c chooses; decoder.c hands out records; decode_json.c finds records in one JSON
 * document, decode_json_seq.c finds the documents of a stream, decode_form.c reads forms and
 * queries, decode_csv.c reads rows, decode_lookup.c answers decoder_lookup().
 */
#ifndef NORMALISE_DECODE_DECODE_H
#define NORMALISE_DECODE_DECODE_H

#include "normalise/decode/decode_csv.h"
#include "normalise/decode/decoder.h"
#include "normalise/text/charset.h"
#include "normalise/value/json_reader.h"

/** One list that is being walked, for one `*` of the path. */
struct json_level {
	struct json_cursor c; /* before the next element */
	struct json_iter iter;
	size_t step;    /* step of the path that an element has to go on with */
	const char *up; /* the object that holds the list; NULL when there is none */
};

/** The records of one JSON document whose syntax was checked. */
struct json_records {
	const struct field_path *path; /* borrowed; NULL: the document or its elements */
	const char *end;               /* of the document */
	struct json_level levels[FIELD_PATH_STEPS_MAX];
	size_t depth;
	struct json_cursor single; /* before a record that is no element of a list */
	bool has_single;
	bool found;     /* a list, null in its place, or a record was there */
	const char *up; /* the object that holds the list of the present record */
};

/** Start over with another document; keeps `found`. */
void json_records_start(struct json_records *r, struct json_cursor document,
                        const struct field_path *path);

/**
 * @param ret_at  cursor before the next record; the caller reads or steps over it there
 * @return ERR_OK, ERR_NOENT
 */
enum err json_records_next(struct json_records *r, struct json_cursor **ret_at) MUST_CHECK;

/** Follow @p path from the value at the cursor. @return whether it led somewhere (no `*`) */
bool json_seek(struct json_cursor *c, const struct field_path *path);

/**
 * The next document of a stream: values separated by blanks, newlines or RS.
 *
 * @return ERR_OK, ERR_NOENT, ERR_PARSE malformed or cut off
 */
enum err json_seq_next(struct json_cursor *c, struct json_cursor *ret_document,
                       struct err_detail *reterr_detail) MUST_CHECK;

/** Does @p text start with `{` or `[`, blanks aside? */
bool json_is_container(struct str text);

/**
 * A CloudEvent in binary mode as the JSON text of its structured mode.
 *
 * @param body  as it came; @p utf8 the same converted
 * @return ERR_OK, ERR_PARSE data said to be JSON is not, ERR_LIMIT the buffer's maximum, ERR_NOMEM
 */
enum err cloud_event_compose(const struct payload *payload, struct str utf8, struct buf *json,
                             struct err_detail *reterr_detail) MUST_CHECK;

/** Does @p payload have the header that marks a CloudEvent in binary mode? */
bool cloud_event_is_binary(const struct payload *payload);

/** Value of a kept header; empty when it is absent. @p name in lower case. */
struct str payload_header(const struct payload *payload, struct str name);

/** What was looked up in one place; forgotten when the place changes. */
struct lookup_cache {
	struct arena arena;
	const char *place;
	struct looked_up *first; /* in the arena */
};

/** The record that is repeated for the elements of one of its members. */
struct decode_spread {
	struct value *root;
	struct value *slot; /* where the array was */
	struct value *next; /* element; NULL: none left */
	struct str raw;
};

struct decoder {
	const struct decode_spec *spec;
	const struct payload *payload;
	size_t memory_max;

	struct arena document; /* converted body, form, unpacked text */
	struct arena record;   /* the present record */
	struct arena scopes;   /* headers, query and vars as objects */
	struct buf composed;   /* a CloudEvent of binary mode */

	bool begun;
	bool done;
	bool is_stream;
	enum err failed; /* stays */
	struct err_detail detail;
	size_t index; /* of the next record */

	struct value *form; /* the one record of a form or query */
	struct str form_raw;
	struct decode_csv csv;
	struct json_cursor stream;
	struct json_records records;
	struct decode_spread spread;

	struct json_cursor env; /* the document before unpacking, when it is JSON */
	struct value *env_form; /* the same, when it is a form */
	struct value *header_scope, *query_scope, *each_scope; /* NULL: not made yet */
	struct lookup_cache up_cache, env_cache;
};

/**
 * Read a form or query into d->form and look for a field that holds JSON.
 *
 * @param ret_json  its text; empty when there is none
 * @return ERR_OK, ERR_LIMIT, ERR_NOMEM the arena is full
 */
enum err decode_form(struct decoder *d, struct str text, enum charset charset, struct str *ret_json,
                     struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Choose what the payload is, convert and unpack it, check it to its end.
 *
 * @return ERR_OK, ERR_PARSE, ERR_LIMIT larger than the memory, ERR_NOMEM
 */
enum err decode_begin(struct decoder *d, struct err_detail *reterr_detail) MUST_CHECK;

/** Why an arena gave nothing for @p text_len bytes of text. @return ERR_LIMIT or ERR_NOMEM */
enum err decode_too_large(const struct decoder *d, size_t text_len,
                          struct err_detail *reterr_detail);

void lookup_init(struct decoder *d);
void lookup_fini(struct decoder *d);

#endif /* NORMALISE_DECODE_DECODE_H */

/* SPDX-License-Identifier: MIT */
/**
 * decoder - the records of a payload, one at a time.
 *
 * Memory holds one record, whatever the size of the body: a body is first checked to its end
 * without building anything (a truncated array gives no record at all), then read record by
 * record. decode_json.c, decode_json_seq.c, decode_form.c and decode_csv.c implement it behind
 * decoder.c, which chooses by decode_spec and, for DECODE_AUTO, by what arrived:
 *
 *   * first non-blank byte `{` or `[`                       → JSON, under any media type
 *   * media type text/csv                                   → CSV (decode_csv.h)
 *   * media type application/x-www-form-urlencoded, or a body without one that has '='  → form
 *   * no body, or a GET                                     → query
 *   * anything else is ERR_PARSE
 *
 * UTF-8 BOM is skipped. charset= of the media type: UTF-8 and US-ASCII as they are; ISO-8859-1,
 * Windows-1252 and UTF-16 (by BOM or charset) are converted; another charset is ERR_PARSE.
 *
 * CloudEvents (HTTP binding 1.0.2), recognised in JSON mode: media type
 * application/cloudevents+json is one record, application/cloudevents-batch+json an array of them,
 * `ce-specversion` among the kept headers is binary mode: the record is made of the ce-* headers
 * with the body as its `data` (JSON) or `data_base64`.
 *
 * Form and query: names decode to nested objects when bracketed (`data[transaction][id]=1`,
 * `tag[]=a&tag[]=b`); values are strings; the last of equal plain names wins; `+` is a blank;
 * broken %XX stays as it is.
 *
 * No I/O, no clock. Bounded: fields, depth and memory are limited, past it ERR_LIMIT.
 */
#ifndef NORMALISE_DECODE_DECODER_H
#define NORMALISE_DECODE_DECODER_H

#include "core/payload.h"
#include "normalise/value/field_path.h"
#include "normalise/value/value.h"

#define DECODE_FIELDS_MAX 10000

enum decode_as {
	DECODE_AUTO,
	DECODE_JSON,
	DECODE_JSON_STREAM,
	DECODE_FORM,
	DECODE_QUERY,
	DECODE_CSV
};

enum csv_encoding { CSV_AUTO, CSV_UTF8, CSV_WINDOWS_1252, CSV_UTF16_LE, CSV_UTF16_BE };

/** What a profile says under `decode.csv`. */
struct csv_spec {
	char delimiter; /* , ; tab or |; 0: found in the first rows */
	bool no_header; /* the columns are called 1, 2, … */
	enum csv_encoding encoding;
};

/** What a profile says under `decode`. Paths are borrowed from the profile. */
struct decode_spec {
	enum decode_as as;
	/**
	 * Where the records are (`*` allowed). NULL: the document itself, or each element when it
	 * is an array. null or an empty list gives no record, a single object where a list belongs
	 * counts as a list of one; when nothing at all is there, that is ERR_PARSE.
	 */
	const struct field_path *records;
	/**
	 * Form and query fields that may hold the JSON document (Mandrill, Everlytic): the first
	 * one that is there and whose value starts with `{` or `[` takes the place of the form.
	 */
	const char *const *json_fields;
	size_t json_field_count;
	/**
	 * String member that holds the JSON document (SNS `Message`); NULL for none. When there is
	 * no such member, or it holds no `{` or `[`, the document stays as it is. Not for streams.
	 */
	const struct field_path *json_at;
	/**
	 * When this member is an array, the record is repeated once per element, with the element
	 * in the array's place (Everlytic `data`); an empty array leaves the record as it is. NULL
	 * for none.
	 */
	const struct field_path *spread;
	struct csv_spec csv; /* CSV */
	/** Names of members that the maps look at: what a CSV's columns are called after. */
	const struct str *columns;
	size_t column_count;
};

struct record {
	struct value *root; /* valid until the next decoder_next() */
	struct str raw;     /* its bytes in the body or the unpacked text (JSON), or the whole
	                       body or query; for dead letters */
	size_t index;       /* from 0 within the payload */
	uint64_t line;      /* of the file where it begins, from 1 (CSV); 0: not known */
};

struct decoder;

/**
 * @param payload     borrowed; must outlive the decoder with all its bytes
 * @param memory_max  most bytes for one record (and for a converted or unpacked body)
 * @return ERR_OK, ERR_NOMEM. Bad bodies show in decoder_next().
 */
enum err decoder_new(const struct decode_spec *spec, const struct payload *payload,
                     size_t memory_max, struct decoder **ret_decoder) MUST_CHECK;

/**
 * Begin with another payload, as a new decoder would; the memory stays, so that it costs no
 * allocation.
 *
 * @param spec, payload  as in decoder_new()
 */
void decoder_restart(struct decoder *d, const struct decode_spec *spec,
                     const struct payload *payload);

/** Accepts NULL. */
void decoder_free(struct decoder *d);

/**
 * @return ERR_OK     the next record
 *         ERR_NOENT  no more (an empty array gives this at once)
 *         ERR_PARSE  the body cannot be decoded (detail says where); it stays so. A JSON stream
 *                    gives the records before the bad place first
 *         ERR_LIMIT  this one record is too large, too deep or has too many fields: its raw and
 *                    index are set, root is NULL; go on
 *         ERR_INVAL  this one record is malformed (a row of CSV): the same; detail says where
 *         ERR_NOMEM
 */
enum err decoder_next(struct decoder *d, struct record *ret_record,
                      struct err_detail *reterr_detail) MUST_CHECK;

/** Scopes of the profile language beyond the record. */
enum decode_scope {
	SCOPE_UP,     /* @up: the object that holds the list of the present record */
	SCOPE_ENV,    /* @env: the whole document before unpacking */
	SCOPE_HEADER, /* @hdr: kept headers, names lower case */
	SCOPE_QUERY,  /* @query: the query string */
	SCOPE_EACH    /* @each: payload.vars, without names that begin with '_' */
};

/**
 * Look something up outside of the present record. Results are remembered by the address of
 * @p path, so paths must outlive the decoder.
 *
 * @return the value in the decoder's memory, valid until the next decoder_next(); NULL when there
 * is none
 */
struct value *decoder_lookup(struct decoder *d, enum decode_scope scope,
                             const struct field_path *path);

#endif /* NORMALISE_DECODE_DECODER_H */

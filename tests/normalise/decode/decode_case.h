/* SPDX-License-Identifier: MIT */
/**
 * decode_case - cases for the decoders as rows: a payload, a spec, and the records as JSON lines.
 */
#ifndef TESTS_NORMALISE_DECODE_DECODE_CASE_H
#define TESTS_NORMALISE_DECODE_DECODE_CASE_H

#include "normalise/decode/decoder.h"

#define TEST_MEMORY ((size_t)1 << 20)

struct decode_case {
	const char *body;
	size_t body_len; /* 0: up to the NUL */
	const char *type, *query, *method, *headers;
	enum decode_as as;
	const char *records, *json_at, *spread; /* pointers; NULL: none */
	const char *const *fields;              /* NULL-terminated */
	const char *expect;                     /* records, one a line; NULL counts as "" */
	enum err err;                           /* after the last record; 0: ERR_NOENT */
};

/** Fails the test when it cannot be compiled. */
struct field_path *path_of(const char *text);

/** Append @p v as JSON. (json_writer.h and jansson.h cannot meet in one file.) */
void write_value(struct buf *json, const struct value *v);

/** Decode every case and compare; says which row is wrong. */
void run_cases(const struct decode_case *cases, size_t count);

#endif /* TESTS_NORMALISE_DECODE_DECODE_CASE_H */

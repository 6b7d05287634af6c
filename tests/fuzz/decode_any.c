/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/decode_any.h"

#include <stdlib.h>

#include "normalise/value/json_reader.h"
#include "normalise/value/json_writer.h"

#define MEMORY ((size_t)256 * 1024)

static struct field_path *path_of(const char *text)
{
	struct field_path *path = NULL;

	if (field_path_new(str_from(text), true, &path, NULL) != ERR_OK)
		abort();
	return path;
}

/* What we write must be JSON. */
static void write_record(struct decoder *d, const struct record *r, const struct field_path *x)
{
	struct buf json;
	struct json_writer w = json_writer(&json);

	for (int scope = SCOPE_UP; scope <= SCOPE_EACH; scope++)
		(void)decoder_lookup(d, (enum decode_scope)scope, x);
	buf_init(&json, MEMORY * 8);
	json_value(&w, r->root);
	if (buf_err(&json) == ERR_OK && json_check(buf_str(&json), NULL) == ERR_PARSE)
		abort();
	buf_fini(&json);
}

static void decode_with(const struct decode_spec *spec, const struct payload *payload,
                        const struct field_path *x)
{
	struct decoder *d;
	struct record r;
	struct err_detail detail;
	enum err err;

	if (decoder_new(spec, payload, MEMORY, &d) != ERR_OK)
		return;
	while ((err = decoder_next(d, &r, &detail)) == ERR_OK || err == ERR_LIMIT ||
	       err == ERR_INVAL) {
		if (err == ERR_OK)
			write_record(d, &r, x);
	}
	decoder_free(d);
}

void decode_any(enum decode_as as, const uint8_t *bytes, size_t size)
{
	static const char *const fields[] = {"event"};
	static const char *const types[] = {"", "a/b; charset=latin1", "a/b; charset=utf-16",
	                                    "application/cloudevents+json"};
	struct field_path *records = path_of("/e/*/c/*"), *x = path_of("/x"), *at = path_of("/m");
	struct str text = {(const char *)bytes, size};
	struct decode_spec specs[] = {
		{.as = as},
		{.as = as, .records = records, .spread = x},
		{.as = as,
	         .json_at = at,
	         .spread = x,
	         .json_fields = fields,
	         .json_field_count = 1},
	};

	for (size_t i = 0; i < 4; i++) {
		struct payload payload = {.body = text,
		                          .query = text,
		                          .headers = text,
		                          .vars = text,
		                          .media_type = str_from(types[i])};

		decode_with(&specs[i % 3], &payload, x);
	}
	field_path_free(records);
	field_path_free(x);
	field_path_free(at);
}

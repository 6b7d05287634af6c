/* SPDX-License-Identifier: MIT */
#include "tests/normalise/decode/decode_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/json_writer.h"

struct field_path *path_of(const char *text)
{
	struct field_path *path = NULL;

	if (text != NULL)
		assert_int_equal(field_path_new(str_from(text), true, &path, NULL), ERR_OK);
	return path;
}

void write_value(struct buf *json, const struct value *v)
{
	struct json_writer w = json_writer(json);

	json_value(&w, v);
}

/* All records as JSON lines into @p lines. @return what came after the last one */
static enum err decode_all(const struct decode_spec *spec, const struct payload *payload,
                           struct buf *lines)
{
	struct decoder *d;
	struct record r;
	enum err err;

	assert_int_equal(decoder_new(spec, payload, TEST_MEMORY, &d), ERR_OK);
	for (size_t i = 0; (err = decoder_next(d, &r, NULL)) == ERR_OK; i++) {
		assert_int_equal(r.index, i);
		if (i > 0)
			(void)buf_append_char(lines, '\n');
		write_value(lines, r.root);
	}
	decoder_free(d);
	return err;
}

static void run_case(const struct decode_case *c, size_t row)
{
	struct field_path *records = path_of(c->records), *json_at = path_of(c->json_at);
	struct field_path *spread = path_of(c->spread);
	struct decode_spec spec = {.as = c->as,
	                           .records = records,
	                           .json_at = json_at,
	                           .spread = spread,
	                           .json_fields = c->fields};
	struct payload payload = {
		.body = {c->body, c->body_len > 0 ? c->body_len : strlen(c->body)},
		.media_type = str_from(c->type),
		.query = str_from(c->query),
		.headers = str_from(c->headers),
		.method = str_from(c->method != NULL ? c->method : "POST"),
	};
	const char *expected = c->expect != NULL ? c->expect : "";
	enum err expected_err = c->err != ERR_OK ? c->err : ERR_NOENT;
	struct buf lines;

	while (c->fields != NULL && c->fields[spec.json_field_count] != NULL)
		spec.json_field_count++;
	buf_init(&lines, TEST_MEMORY);
	enum err err = decode_all(&spec, &payload, &lines);

	if (err != expected_err || strcmp(buf_cstr(&lines), expected) != 0) {
		print_error("row %zu: %s\ngot (%s): %s\nwant (%s): %s\n", row, c->body,
		            err_str(err), buf_cstr(&lines), err_str(expected_err), expected);
		fail();
	}
	buf_fini(&lines);
	field_path_free(records);
	field_path_free(json_at);
	field_path_free(spread);
}

void run_cases(const struct decode_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		run_case(&cases[i], i);
}

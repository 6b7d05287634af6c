/* SPDX-License-Identifier: MIT */
#include "tests/normalise/decode/csv_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/value/json_writer.h"

static void write_record(struct buf *out, const struct value *root)
{
	struct json_writer w = json_writer(out);

	json_value(&w, root);
}

static void write_bad(struct buf *out, const char *kind, const struct err_detail *detail)
{
	assert_int_equal(buf_printf(out, "!%s: %s", kind, detail->text), ERR_OK);
}

enum err csv_records_of(const struct decode_spec *spec, struct str body, struct str vars,
                        const char *media_type, struct buf *out)
{
	const struct payload payload = {
		.body = body, .vars = vars, .media_type = str_from(media_type)};
	struct err_detail detail = {.text = ""};
	struct decoder *d;
	struct record r;
	enum err err;

	assert_int_equal(decoder_new(spec, &payload, CSV_TEST_MEMORY, &d), ERR_OK);
	while ((err = decoder_next(d, &r, &detail)) == ERR_OK || err == ERR_INVAL ||
	       err == ERR_LIMIT) {
		if (err == ERR_OK) {
			write_record(out, r.root);
		} else {
			assert_null(r.root);
			assert_true(r.raw.len > 0);
			write_bad(out, err == ERR_INVAL ? "bad" : "large", &detail);
		}
		assert_int_equal(buf_append_char(out, '\n'), ERR_OK);
	}
	if (err != ERR_NOENT)
		write_bad(out, err_str(err), &detail);
	decoder_free(d);
	return err;
}

static void take(const struct decode_spec *spec, struct csv_cut *c, struct csv_place *place,
                 struct buf *out, size_t *slices)
{
	struct csv_slice slice;

	while (csv_cut_next(c, &slice) == ERR_OK) {
		assert_true(slice.rows > 0 && slice.body.len > 0);
		assert_int_equal(slice.next.rows, place->rows + slice.rows);
		assert_true(slice.next.offset > place->offset);
		assert_true(slice.next.line >= place->line);
		*place = slice.next;
		assert_int_equal(csv_records_of(spec, slice.body, slice.vars, CSV_SLICE_TYPE, out),
		                 ERR_NOENT);
		++*slices;
	}
}

/* A copy of the exact size, freed at once: nothing of it may be looked at later. */
static enum err feed_copy(struct csv_cut *c, struct str piece, struct err_detail *detail)
{
	char *copy = malloc(piece.len);
	enum err err;

	assert_non_null(copy);
	memcpy(copy, piece.ptr, piece.len);
	err = csv_cut_feed(c, (struct str){copy, piece.len}, detail);
	free(copy);
	return err;
}

enum err csv_records_of_pieces(const struct decode_spec *spec, struct str text, size_t first,
                               size_t piece, size_t slice_bytes, struct buf *out,
                               size_t *ret_slices)
{
	struct csv_place place = {.offset = 0};
	struct err_detail detail = {.text = ""};
	struct csv_cut *c = NULL;
	enum err err = ERR_OK;

	*ret_slices = 0;
	assert_int_equal(csv_cut_new(spec, STR_EMPTY, slice_bytes, &c), ERR_OK);
	while (text.len > 0 && err == ERR_OK) {
		size_t len = first > 0 ? first : piece > 0 ? piece : 1 + (size_t)random() % 9;

		first = 0;
		if (len > text.len)
			len = text.len;
		err = feed_copy(c, (struct str){text.ptr, len}, &detail);
		text = (struct str){text.ptr + len, text.len - len};
		take(spec, c, &place, out, ret_slices);
	}
	if (err == ERR_OK)
		err = csv_cut_end(c, &detail);
	take(spec, c, &place, out, ret_slices);
	if (err != ERR_OK)
		write_bad(out, err_str(err), &detail);
	csv_cut_free(c);
	return err;
}

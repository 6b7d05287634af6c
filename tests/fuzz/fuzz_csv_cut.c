/* SPDX-License-Identifier: MIT */
/*
 * The first byte is the size of the pieces, the second that of the slices; the rest is a CSV, or,
 * with the highest bit of the first, what follows rows after which a CSV is cut while it comes. Its
 * slices give the records of the whole, however it comes.
 */
#include <stdlib.h>

#include "normalise/decode/csv_cut.h"
#include "normalise/value/json_writer.h"

#define MEMORY  ((size_t)16 << 20)
#define OUT_MAX ((size_t)64 << 20)
#define FILLER  66000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct decode_spec spec = {.as = DECODE_CSV};

static enum err decode(struct str body, struct str vars, struct buf *out)
{
	const struct payload payload = {.body = body, .vars = vars};
	struct json_writer w = json_writer(out);
	struct err_detail detail = {.text = ""};
	struct decoder *d;
	struct record r;
	enum err err;

	if (decoder_new(&spec, &payload, MEMORY, &d) != ERR_OK)
		abort();
	while ((err = decoder_next(d, &r, &detail)) == ERR_OK || err == ERR_INVAL ||
	       err == ERR_LIMIT) {
		w = json_writer(out);
		if (err == ERR_OK)
			json_value(&w, r.root);
		else if (r.root != NULL)
			abort();
		if (buf_printf(out, "|%s\n", err == ERR_OK ? "" : detail.text) != ERR_OK)
			abort();
	}
	decoder_free(d);
	return err;
}

static void take(struct csv_cut *c, struct csv_place *place, struct buf *out)
{
	struct csv_slice slice;

	while (csv_cut_next(c, &slice) == ERR_OK) {
		if (slice.rows == 0 || slice.next.offset <= place->offset ||
		    slice.next.rows != place->rows + slice.rows)
			abort();
		*place = slice.next;
		if (decode(slice.body, slice.vars, out) != ERR_NOENT)
			abort();
	}
}

static enum err cut(struct str text, size_t first, size_t slice_bytes, size_t piece,
                    struct buf *out)
{
	struct csv_place place = {.offset = 0};
	size_t size = text.len;
	struct csv_cut *c = NULL;
	enum err err = ERR_OK;

	if (csv_cut_new(&spec, STR_EMPTY, slice_bytes, &c) != ERR_OK)
		abort();
	while (text.len > 0 && err == ERR_OK) {
		size_t len = first > 0 ? first : piece < text.len ? piece : text.len;

		first = 0;
		err = csv_cut_feed(c, (struct str){text.ptr, len}, NULL);
		text = (struct str){text.ptr + len, text.len - len};
		take(c, &place, out);
	}
	if (err == ERR_OK)
		err = csv_cut_end(c, NULL);
	take(c, &place, out);
	csv_cut_free(c);
	if (place.offset > size + 1) /* half a unit of UTF-16 counts as one */
		abort();
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buf whole, pieces;

	if (size < 2)
		return 0;

	struct str text = {(const char *)bytes + 2, size - 2};
	struct buf filled;
	size_t first = 0;

	buf_init(&filled, OUT_MAX);
	if ((bytes[0] & 0x80) != 0) {
		if (buf_printf(&filled, "h,i,j\n%0*d,1,2\n", FILLER, 1) != ERR_OK)
			abort();
		first = filled.len;
		if (buf_append_str(&filled, text) != ERR_OK)
			abort();
		text = buf_str(&filled);
	}
	buf_init(&whole, OUT_MAX);
	buf_init(&pieces, OUT_MAX);
	enum err err = decode(text, STR_EMPTY, &whole);

	if (cut(text, first, bytes[1] + 1U, bytes[0] % 32U + 1, &pieces) !=
	            (err == ERR_NOENT ? ERR_OK : err) ||
	    !str_eq(buf_str(&whole), buf_str(&pieces)))
		abort();
	buf_fini(&filled);
	buf_fini(&whole);
	buf_fini(&pieces);
	return 0;
}

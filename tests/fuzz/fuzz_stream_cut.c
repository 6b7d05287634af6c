/* SPDX-License-Identifier: MIT */
/* The first byte is the size of the pieces, the second that of the slices; the rest is a stream. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "normalise/decode/stream_cut.h"

#define VALUE_MAX 500
#define OUT_MAX   ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void note(struct buf *out, struct str slice, size_t records)
{
	if (buf_printf(out, "|%zu:", records) != ERR_OK || buf_append_str(out, slice) != ERR_OK)
		abort();
}

static void finish(struct stream_cut *c, struct buf *out)
{
	struct str slice;
	size_t records;
	bool is_cut;

	if (stream_cut_finish(c, &slice, &records, &is_cut) == ERR_OK)
		note(out, slice, records);
	if (buf_append_char(out, is_cut ? '!' : '.') != ERR_OK)
		abort();
}

static enum err run(struct str text, size_t slice_bytes, size_t piece, struct buf *out)
{
	struct stream_cut *c;
	enum err err = ERR_OK;

	buf_init(out, OUT_MAX);
	if (stream_cut_new(slice_bytes, VALUE_MAX, &c) != ERR_OK)
		abort();
	while (text.len > 0 && err == ERR_OK) {
		size_t len = piece < text.len ? piece : text.len;
		struct str slice;
		size_t records;

		err = stream_cut_feed(c, (struct str){text.ptr, len});
		text = (struct str){text.ptr + len, text.len - len};
		while (stream_cut_next(c, &slice, &records) == ERR_OK)
			note(out, slice, records);
	}
	finish(c, out);
	stream_cut_free(c);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buf whole;
	struct buf pieces;

	if (size < 3)
		return 0;

	struct str text = {(const char *)bytes + 2, size - 2};
	enum err err = run(text, bytes[1] + 1U, text.len, &whole);

	if (run(text, bytes[1] + 1U, bytes[0] % 32U + 1, &pieces) != err ||
	    !str_eq(buf_str(&whole), buf_str(&pieces)))
		abort();
	buf_fini(&whole);
	buf_fini(&pieces);
	return 0;
}

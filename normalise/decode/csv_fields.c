/* SPDX-License-Identifier: MIT */
#include "normalise/decode/csv_fields.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "normalise/text/charset.h"
#include "normalise/text/utf8.h"

/* libcsv grows its field by so much at a time. */
#define BLOCK_BYTES 4096

struct csv_fields {
	struct csv_parser parser;
	struct str list[CSV_COLUMNS_MAX];
	size_t count;
	bool is_full; /* there were more */
	char *to;     /* where the next text goes; room for all of the row's */
};

enum err csv_fields_new(struct csv_fields **ret_fields)
{
	struct csv_fields *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return ERR_NOMEM;
	if (csv_init(&f->parser, CSV_EMPTY_IS_NULL) != 0) {
		free(f);
		return ERR_NOMEM;
	}
	csv_set_blk_size(&f->parser, BLOCK_BYTES);
	*ret_fields = f;
	return ERR_OK;
}

void csv_fields_free(struct csv_fields *f)
{
	if (f == NULL)
		return;
	csv_free(&f->parser);
	free(f);
}

static void add_field(struct csv_fields *f, const void *text, size_t len)
{
	if (f->count == CSV_COLUMNS_MAX) {
		f->is_full = true;
		return;
	}
	f->list[f->count++] = (struct str){text != NULL ? f->to : NULL, len};
	if (text != NULL)
		memcpy(f->to, text, len);
	f->to += len;
}

static void on_field(void *text, size_t len, void *arg)
{
	add_field(arg, text, len);
}

static bool is_ascii(struct str s)
{
	size_t i = 0;
	uint64_t high = 0, word;

	for (; i + sizeof(word) <= s.len; i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		high |= word;
	}
	for (; i < s.len; i++)
		high |= (unsigned char)s.ptr[i];
	return (high & UINT64_C(0x8080808080808080)) == 0;
}

static enum err to_utf8(struct arena *a, enum csv_encoding encoding, struct str *text)
{
	bool is_1252 = encoding == CSV_WINDOWS_1252;

	if (text->len == 0 || is_ascii(*text))
		return ERR_OK;
	if (encoding == CSV_AUTO)
		is_1252 = utf8_broken(*text) > 0;
	if (is_1252)
		return charset_to_utf8(a, *text, CHARSET_WINDOWS_1252, text);
	return utf8_repair(a, *text, text);
}

static enum err convert(struct csv_fields *f, struct str row, enum csv_encoding encoding,
                        struct arena *a)
{
	enum err err = ERR_OK;

	if (is_ascii(row))
		return ERR_OK;
	for (size_t i = 0; i < f->count && err == ERR_OK; i++)
		err = to_utf8(a, encoding, &f->list[i]);
	return err;
}

enum err csv_fields_split(struct csv_fields *f, struct str row, char delimiter,
                          enum csv_encoding encoding, struct arena *a, const struct str **ret_list,
                          size_t *ret_count)
{
	enum err err;

	f->count = 0;
	f->is_full = false;
	f->to = arena_bytes(a, row.len + 1);
	if (f->to == NULL)
		return ERR_NOMEM;
	csv_set_delim(&f->parser, (unsigned char)delimiter);
	/* In lenient mode it can only fail for want of memory. */
	if (csv_parse(&f->parser, row.ptr, row.len, on_field, NULL, f) != row.len ||
	    csv_fini(&f->parser, on_field, NULL, f) != 0)
		return ERR_NOMEM;
	if (f->is_full)
		return ERR_LIMIT;
	err = convert(f, row, encoding, a);
	if (err != ERR_OK)
		return err;
	*ret_list = f->list;
	*ret_count = f->count;
	return ERR_OK;
}

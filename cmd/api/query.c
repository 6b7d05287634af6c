/* SPDX-License-Identifier: MIT */
#include "cmd/api/query.h"

#include <string.h>

#include "core/ascii.h"

#define PAIR_MAX_BYTES ((size_t)64 * 1024)

static void append_urlencoded(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (ascii_is_alnum(c) || c == '-' || c == '_') {
			(void)buf_append_char(b, c);
		} else {
			(void)buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
		}
	}
}

void query_append(struct buf *b, struct str name, struct str value)
{
	if (b->len > 0)
		(void)buf_append_char(b, '&');
	append_urlencoded(b, name);
	(void)buf_append_char(b, '=');
	append_urlencoded(b, value);
}

static void append_decoded(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '%' && i + 2 < s.len && ascii_hex_value(s.ptr[i + 1]) >= 0 &&
		    ascii_hex_value(s.ptr[i + 2]) >= 0) {
			c = (char)(ascii_hex_value(s.ptr[i + 1]) * 16 +
			           ascii_hex_value(s.ptr[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		(void)buf_append_char(b, c);
	}
}

bool query_next(struct str *query, struct buf *scratch, struct str *ret_name, struct str *ret_value)
{
	struct str pair;
	struct str name;
	struct str value;
	size_t begin = scratch->len;
	size_t middle;

	do {
		if (query->len == 0)
			return false;
		(void)str_cut(*query, '&', &pair, query);
	} while (pair.len == 0);
	(void)str_cut(pair, '=', &name, &value);
	append_decoded(scratch, name);
	middle = scratch->len;
	append_decoded(scratch, value);
	if (buf_err(scratch) != ERR_OK || scratch->ptr == NULL)
		return false;
	*ret_name = (struct str){scratch->ptr + begin, middle - begin};
	*ret_value = (struct str){scratch->ptr + middle, scratch->len - middle};
	return true;
}

enum exit_code query_append_set(struct buf *b, const char *text)
{
	struct str name;
	struct str value;

	if (!str_cut(str_from(text), '=', &name, &value) || name.len == 0)
		return complain(EXIT_USAGE, "--set takes NAME=VALUE, not \"%s\"", text);
	query_append(b, name, value);
	return buf_err(b) == ERR_OK ? EXIT_OK : complain(EXIT_USAGE, "too many values");
}

enum err query_read(struct str query, query_pair_fn fn, void *arg, struct err_detail *reterr_detail)
{
	struct buf scratch;
	struct str name;
	struct str value;
	enum err err = ERR_OK;

	buf_init(&scratch, PAIR_MAX_BYTES);
	/* All of its room at first: a secret that moves would stay where it was. */
	(void)buf_printf(&scratch, "%*s",
	                 (int)(query.len < PAIR_MAX_BYTES ? query.len : PAIR_MAX_BYTES - 1), "");
	buf_reset(&scratch);
	while (err == ERR_OK && query_next(&query, &scratch, &name, &value)) {
		err = fn(arg, name, value, reterr_detail);
		buf_reset(&scratch);
	}
	if (err == ERR_OK)
		err = buf_err(&scratch);
	if (err == ERR_LIMIT) {
		err_detail_set(reterr_detail, "a value is too long");
		err = ERR_PARSE;
	}
	if (scratch.ptr != NULL)
		explicit_bzero(scratch.ptr, scratch.cap);
	buf_fini(&scratch);
	return err;
}

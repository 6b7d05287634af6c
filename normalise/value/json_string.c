/* SPDX-License-Identifier: MIT */
#include "normalise/value/json_string.h"

#include <string.h>

#include "core/ascii.h"
#include "normalise/text/utf8.h"

/* What a byte inside a literal is. */
enum byte_class { PLAIN, QUOTE, BACKSLASH, CONTROL, HIGH };

static enum byte_class class_of(unsigned char c)
{
	if (c >= 0x80)
		return HIGH;
	if (c < 0x20)
		return CONTROL;
	if (c == '"')
		return QUOTE;
	return c == '\\' ? BACKSLASH : PLAIN;
}

enum err json_fail(const struct json_cursor *c, struct err_detail *reterr_detail, const char *text)
{
	unsigned line = 1, col = 1;

	if (reterr_detail == NULL)
		return ERR_PARSE;
	for (const char *at = c->start; at < c->at; at++) {
		col++;
		if (*at == '\n') {
			line++;
			col = 1;
		}
	}
	reterr_detail->line = line;
	reterr_detail->col = col;
	err_detail_set(reterr_detail, "%s", text);
	return ERR_PARSE;
}

/* The cursor stands at the backslash. */
static enum err scan_escape(struct json_cursor *c, struct err_detail *reterr_detail)
{
	if (c->end - c->at < 2) {
		c->at = c->end;
		return json_fail(c, reterr_detail, "the text ends inside a string");
	}
	c->at++;
	if (*c->at != 'u') {
		if (*c->at == '\0' || strchr("\"\\/bfnrt", *c->at) == NULL)
			return json_fail(c, reterr_detail, "unknown escape in a string");
		c->at++;
		return ERR_OK;
	}
	c->at++;
	for (int i = 0; i < 4; i++, c->at++) {
		if (c->at == c->end)
			return json_fail(c, reterr_detail, "the text ends inside a string");
		if (ascii_hex_value(*c->at) < 0)
			return json_fail(c, reterr_detail, "\\u needs four hexadecimal digits");
	}
	return ERR_OK;
}

static enum err scan_inner(struct json_cursor *c, struct json_literal *literal,
                           struct err_detail *reterr_detail)
{
	size_t len;
	enum err err;

	while (c->at < c->end) {
		switch (class_of((unsigned char)*c->at)) {
		case PLAIN:
			c->at++;
			break;
		case QUOTE:
			return ERR_OK;
		case BACKSLASH:
			literal->has_escape = true;
			err = scan_escape(c, reterr_detail);
			if (err != ERR_OK)
				return err;
			break;
		case CONTROL:
			return json_fail(c, reterr_detail, "control character in a string");
		case HIGH:
			if (!utf8_step(c->at, c->end, &len))
				literal->broken++;
			c->at += len;
			break;
		}
	}
	return json_fail(c, reterr_detail, "the text ends inside a string");
}

enum err json_literal_scan(struct json_cursor *c, struct json_literal *ret_literal,
                           struct err_detail *reterr_detail)
{
	struct json_literal literal = {{NULL, 0}, false, 0};

	c->at++;

	const char *from = c->at;
	enum err err = scan_inner(c, &literal, reterr_detail);

	if (err != ERR_OK)
		return err;
	literal.inner = (struct str){from, (size_t)(c->at - from)};
	c->at++;
	*ret_literal = literal;
	return ERR_OK;
}

static uint32_t read_hex4(const char *at)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++)
		code = code << 4 | (uint32_t)ascii_hex_value(at[i]);
	return code;
}

/* @p at stands behind "\u"; a pair of surrogates is one code point. */
static uint32_t read_code(const char *at, const char *end, size_t *ret_len)
{
	uint32_t high = read_hex4(at), low;

	*ret_len = 4;
	if (high < 0xd800 || high > 0xdbff || end - at < 10 || at[4] != '\\' || at[5] != 'u')
		return high;
	low = read_hex4(at + 6);
	if (low < 0xdc00 || low > 0xdfff)
		return high;
	*ret_len = 10;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char simple_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

/* One character of a literal as UTF-8 into @p to. @return its length */
static size_t decode_char(const char **at, const char *end, char to[4])
{
	const char *from = *at;
	size_t len;

	if (*from != '\\') {
		bool valid = utf8_step(from, end, &len);
		size_t put = valid ? len : UTF8_REPLACEMENT_LEN;

		memcpy(to, valid ? from : UTF8_REPLACEMENT, put);
		*at = from + len;
		return put;
	}
	if (from[1] == 'u') {
		uint32_t code = read_code(from + 2, end, &len);

		*at = from + 2 + len;
		return utf8_put(to, code);
	}
	to[0] = simple_escape(from[1]);
	*at = from + 2;
	return 1;
}

static size_t decode_into(char *to, struct str inner)
{
	const char *at = inner.ptr, *end = inner.ptr + inner.len;
	char *out = to, one[4];

	while (at < end) {
		size_t len = decode_char(&at, end, one);

		memcpy(out, one, len);
		out += len;
	}
	return (size_t)(out - to);
}

enum err json_literal_decode(const struct json_literal *literal, struct arena *a,
                             struct str *ret_text)
{
	if (!literal->has_escape && literal->broken == 0) {
		*ret_text = literal->inner;
		return ERR_OK;
	}

	/* Escapes only shrink (\uXXXX: six bytes to at most three); broken bytes grow to three. */
	size_t most = literal->inner.len + literal->broken * (UTF8_REPLACEMENT_LEN - 1);
	char *text = arena_bytes(a, most);

	if (text == NULL)
		return ERR_NOMEM;
	*ret_text = (struct str){text, decode_into(text, literal->inner)};
	return ERR_OK;
}

bool json_literal_is(struct str inner, struct str text)
{
	const char *at = inner.ptr, *end = inner.ptr + inner.len;
	size_t done = 0;
	char one[4];

	while (at < end) {
		size_t len = decode_char(&at, end, one);

		if (len > text.len - done || memcmp(text.ptr + done, one, len) != 0)
			return false;
		done += len;
	}
	return done == text.len;
}

/* SPDX-License-Identifier: MIT */
#include "normalise/value/json_writer.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "normalise/text/utf8.h"

/* 2^53: the last of the integers that a double holds without a gap. */
#define EXACT_INT_MAX  UINT64_C(9007199254740992)
#define EXACT_DIGITS   15
#define EXACT_EXPONENT 99

struct json_writer json_writer(struct buf *buf)
{
	return (struct json_writer){.buf = buf, .need_comma = false};
}

static void separate(struct json_writer *w)
{
	if (w->need_comma)
		(void)buf_append_char(w->buf, ',');
	w->need_comma = true;
}

static void open_with(struct json_writer *w, char bracket)
{
	separate(w);
	(void)buf_append_char(w->buf, bracket);
	w->need_comma = false;
}

static void close_with(struct json_writer *w, char bracket)
{
	(void)buf_append_char(w->buf, bracket);
	w->need_comma = true;
}

void json_open_object(struct json_writer *w)
{
	open_with(w, '{');
}

void json_close_object(struct json_writer *w)
{
	close_with(w, '}');
}

void json_open_array(struct json_writer *w)
{
	open_with(w, '[');
}

void json_close_array(struct json_writer *w)
{
	close_with(w, ']');
}

/* What stands behind the backslash; 0 when there is no short form. */
static char short_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void write_escape(struct buf *b, char c)
{
	const char digits[] = "0123456789abcdef";
	char text[] = {'\\', 'u', '0', '0', digits[c >> 4 & 15], digits[c & 15]};
	char behind = short_escape(c);

	if (behind == 0) {
		(void)buf_append(b, text, sizeof(text));
		return;
	}
	text[1] = behind;
	(void)buf_append(b, text, 2);
}

/* End of the bytes from @p at that can be written as they are. */
static const char *plain_end(const char *at, const char *end)
{
	size_t len;

	while (at < end && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\') {
		if (!utf8_step(at, end, &len))
			break;
		at += len;
	}
	return at;
}

static void write_quoted(struct buf *b, struct str text)
{
	const char *at = text.ptr, *end = text.len > 0 ? text.ptr + text.len : text.ptr;

	(void)buf_append_char(b, '"');
	while (at < end) {
		const char *stop = plain_end(at, end);

		(void)buf_append(b, at, (size_t)(stop - at));
		at = stop;
		if (at == end)
			break;
		if ((unsigned char)*at < 0x80) {
			write_escape(b, *at++);
		} else {
			size_t len;

			(void)utf8_step(at, end, &len);
			(void)buf_append(b, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LEN);
			at += len;
		}
	}
	(void)buf_append_char(b, '"');
}

void json_key(struct json_writer *w, struct str key)
{
	separate(w);
	write_quoted(w->buf, key);
	(void)buf_append_char(w->buf, ':');
	w->need_comma = false;
}

void json_string(struct json_writer *w, struct str text)
{
	separate(w);
	write_quoted(w->buf, text);
}

void json_int(struct json_writer *w, int64_t number)
{
	separate(w);
	(void)buf_printf(w->buf, "%" PRId64, number);
}

void json_bool(struct json_writer *w, bool value)
{
	json_raw(w, value ? STR_LIT("true") : STR_LIT("false"));
}

void json_raw(struct json_writer *w, struct str json)
{
	separate(w);
	(void)buf_append_str(w->buf, json);
}

void json_member(struct json_writer *w, struct str key, struct str text)
{
	if (text.len == 0)
		return;
	json_key(w, key);
	json_string(w, text);
}

/* Does every reader that uses doubles keep this number as it is? */
static bool is_exact(struct str number)
{
	struct str digits = number, exponent, fraction;
	uint64_t value;

	if (digits.len > 0 && digits.ptr[0] == '-')
		digits = (struct str){digits.ptr + 1, digits.len - 1};
	if (str_to_u64(digits, &value) == ERR_OK)
		return value <= EXACT_INT_MAX;
	if (!str_cut(digits, 'e', &digits, &exponent))
		(void)str_cut(digits, 'E', &digits, &exponent);
	if (exponent.len > 0) {
		if (exponent.ptr[0] == '-' || exponent.ptr[0] == '+')
			exponent = (struct str){exponent.ptr + 1, exponent.len - 1};
		if (str_to_u64(exponent, &value) != ERR_OK || value > EXACT_EXPONENT)
			return false;
	}
	(void)str_cut(digits, '.', &digits, &fraction);
	return digits.len + fraction.len <= EXACT_DIGITS;
}

static void write_scalar(struct json_writer *w, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		json_raw(w, STR_LIT("null"));
		break;
	case VALUE_FALSE:
		json_bool(w, false);
		break;
	case VALUE_TRUE:
		json_bool(w, true);
		break;
	case VALUE_NUMBER:
		if (is_exact(v->text)) {
			json_raw(w, v->text);
		} else {
			json_string(w, v->text);
		}
		break;
	case VALUE_STRING:
		json_string(w, v->text);
		break;
	case VALUE_ARRAY:
		json_open_array(w);
		break;
	case VALUE_OBJECT:
		json_open_object(w);
		break;
	}
}

static void close_container(struct json_writer *w, const struct value *v)
{
	if (v->kind == VALUE_OBJECT) {
		json_close_object(w);
	} else {
		json_close_array(w);
	}
}

void json_value(struct json_writer *w, const struct value *v)
{
	const struct value *open[VALUE_DEPTH_MAX] = {NULL};
	size_t depth = 0;
	const struct value *at = v;

	for (;;) {
		if (depth > 0 && open[depth - 1]->kind == VALUE_OBJECT)
			json_key(w, at->key);
		write_scalar(w, at);
		if (at->kind == VALUE_ARRAY || at->kind == VALUE_OBJECT) {
			if (at->first != NULL) {
				assert(depth < VALUE_DEPTH_MAX);
				open[depth++] = at;
				at = at->first;
				continue;
			}
			close_container(w, at);
		}
		/* Behind a complete value: close what ends with it. */
		while (depth > 0 && at->next == NULL) {
			at = open[--depth];
			close_container(w, at);
		}
		if (depth == 0)
			return;
		at = at->next;
	}
}

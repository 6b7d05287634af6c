/* SPDX-License-Identifier: MIT */
#include "normalise/value/json_extent.h"

#include <stdint.h>
#include <string.h>

#include "core/ascii.h"

/* What a byte is to a value in brackets. */
enum kind { PLAIN, QUOTE, OPEN, CLOSE };

static const uint8_t kinds[256] = {
	['"'] = QUOTE, ['{'] = OPEN, ['['] = OPEN, ['}'] = CLOSE, [']'] = CLOSE,
};

static bool is_scalar_byte(char b)
{
	return ascii_is_alnum(b) || b == '-' || b == '+' || b == '.';
}

bool json_extent_begin(struct json_extent *e, char first)
{
	*e = (struct json_extent){0};
	if (kinds[(uint8_t)first] == OPEN) {
		e->place = JSON_IN_BRACKETS;
		e->depth = 1;
	} else if (first == '"') {
		e->place = JSON_IN_STRING;
	} else if (first == '-' || ascii_is_digit(first) || first == 't' || first == 'f' ||
	           first == 'n') {
		e->place = JSON_IN_SCALAR;
	}
	return e->place != JSON_OUTSIDE;
}

static const char *scan_scalar(struct json_extent *e, const char *p, const char *end)
{
	while (p < end && is_scalar_byte(*p))
		p++;
	if (p < end)
		e->place = JSON_OUTSIDE;
	return p;
}

static bool has_odd_backslashes(const char *first, const char *end)
{
	const char *p = end;

	while (p > first && p[-1] == '\\')
		p--;
	return ((end - p) & 1) != 0;
}

/*
 * To behind the quote that ends the string. Whether a quote ends it is told by the backslashes
 * before it; each of them is looked at once, so that this stays linear.
 */
static const char *scan_string(struct json_extent *e, const char *p, const char *end)
{
	if (e->is_escaped)
		p++;
	e->is_escaped = false;
	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));

		if (quote == NULL) {
			e->is_escaped = has_odd_backslashes(p, end);
			return end;
		}
		bool is_end = !has_odd_backslashes(p, quote);

		p = quote + 1;
		if (is_end) {
			e->place = e->depth > 0 ? JSON_IN_BRACKETS : JSON_OUTSIDE;
			break;
		}
	}
	return p;
}

/* To behind the byte that ends the value or opens a string. */
static const char *scan_brackets(struct json_extent *e, const char *p, const char *end)
{
	size_t depth = e->depth;

	while (p < end) {
		uint8_t kind = kinds[(uint8_t)*p++];

		if (kind == PLAIN)
			continue;
		if (kind == OPEN) {
			depth++;
		} else if (kind == QUOTE) {
			e->place = JSON_IN_STRING;
			break;
		} else if (--depth == 0) {
			e->place = JSON_OUTSIDE;
			break;
		}
	}
	e->depth = depth;
	return p;
}

const char *json_extent_scan(struct json_extent *e, const char *at, const char *end)
{
	while (at < end && e->place != JSON_OUTSIDE) {
		if (e->place == JSON_IN_STRING) {
			at = scan_string(e, at, end);
		} else if (e->place == JSON_IN_BRACKETS) {
			at = scan_brackets(e, at, end);
		} else {
			return scan_scalar(e, at, end);
		}
	}
	return at;
}

/* SPDX-License-Identifier: MIT */
#include "core/percent.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~:,", c) != NULL);
}

void percent_encode(struct str s, struct buf *b)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (is_plain(s.ptr[i])) {
			(void)buf_append_char(b, s.ptr[i]);
		} else {
			const char hex[] = {'%', digits[c >> 4], digits[c & 15]};

			(void)buf_append(b, hex, sizeof(hex));
		}
	}
}

/** @return 0 to 15; -1: no digit */
static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/** The byte at @p *at, which is moved behind it; -1: not what was written. A NUL is none either. */
static int byte_at(struct str s, size_t *at)
{
	char c = s.ptr[(*at)++];
	int high;
	int low;

	if (c != '%')
		return is_plain(c) ? c : -1;
	if (s.len - *at < 2)
		return -1;
	high = digit_of(s.ptr[(*at)++]);
	low = digit_of(s.ptr[(*at)++]);
	return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

enum err percent_decode(struct str s, char **ret_text)
{
	char *text = malloc(s.len + 1);
	size_t len = 0;

	if (text == NULL)
		return ERR_NOMEM;
	for (size_t at = 0; at < s.len;) {
		int byte = byte_at(s, &at);

		if (byte < 0) {
			free(text);
			return ERR_PARSE;
		}
		text[len++] = (char)byte;
	}
	text[len] = '\0';
	*ret_text = text;
	return ERR_OK;
}

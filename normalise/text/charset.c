/* SPDX-License-Identifier: MIT */
#include "normalise/text/charset.h"

#include <string.h>

#include "normalise/text/utf8.h"

static const struct {
	const char *name;
	enum charset charset;
} names[] = {
	{"", CHARSET_UTF8},
	{"utf-8", CHARSET_UTF8},
	{"utf8", CHARSET_UTF8},
	{"us-ascii", CHARSET_UTF8},
	{"ascii", CHARSET_UTF8},
	{"iso-8859-1", CHARSET_WINDOWS_1252},
	{"iso8859-1", CHARSET_WINDOWS_1252},
	{"iso_8859-1", CHARSET_WINDOWS_1252},
	{"latin1", CHARSET_WINDOWS_1252},
	{"windows-1252", CHARSET_WINDOWS_1252},
	{"cp1252", CHARSET_WINDOWS_1252},
	{"utf-16", CHARSET_UTF16_BE}, /* without a mark: big endian */
	{"utf-16le", CHARSET_UTF16_LE},
	{"utf-16be", CHARSET_UTF16_BE},
};

/* 0x80 to 0x9f; all others are the code point itself. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

enum err charset_from(struct str name, enum charset *ret_charset)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_ieq(name, str_from(names[i].name))) {
			*ret_charset = names[i].charset;
			return ERR_OK;
		}
	}
	return ERR_PARSE;
}

struct str charset_skip_bom(struct str text, enum charset *charset)
{
	static const struct {
		const char *mark;
		enum charset charset;
	} marks[] = {
		{"\xef\xbb\xbf", CHARSET_UTF8},
		{"\xff\xfe", CHARSET_UTF16_LE},
		{"\xfe\xff", CHARSET_UTF16_BE},
	};

	bool is_marked = false;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !is_marked; i++) {
		struct str mark = str_from(marks[i].mark);

		/* Twice where a program put one before a text that had one. */
		while (str_has_prefix(text, mark)) {
			*charset = marks[i].charset;
			text = (struct str){text.ptr + mark.len, text.len - mark.len};
			is_marked = true;
		}
	}
	return text;
}

static uint32_t code_1252(unsigned char c)
{
	return c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c;
}

static uint32_t unit_at(struct str text, size_t at, enum charset charset)
{
	uint32_t first = (unsigned char)text.ptr[at], second = (unsigned char)text.ptr[at + 1];

	return charset == CHARSET_UTF16_LE ? second << 8 | first : first << 8 | second;
}

/* One code point of UTF-16 at @p at, which moves behind it. Lone surrogates come as they are. */
static uint32_t next_utf16(struct str text, enum charset charset, size_t *at)
{
	uint32_t high, low;

	if (text.len - *at < 2) {
		*at = text.len;
		return 0xfffd;
	}
	high = unit_at(text, *at, charset);
	*at += 2;
	if (high < 0xd800 || high > 0xdbff || text.len - *at < 2)
		return high;
	low = unit_at(text, *at, charset);
	if (low < 0xdc00 || low > 0xdfff)
		return high;
	*at += 2;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static uint32_t next_code(struct str text, enum charset charset, size_t *at)
{
	if (charset == CHARSET_WINDOWS_1252)
		return code_1252((unsigned char)text.ptr[(*at)++]);
	return next_utf16(text, charset, at);
}

enum err charset_to_utf8(struct arena *a, struct str text, enum charset charset,
                         struct str *ret_text)
{
	size_t need = 0, len = 0;
	char *copy, unused[4];

	if (charset == CHARSET_UTF8) {
		*ret_text = text;
		return ERR_OK;
	}
	for (size_t at = 0; at < text.len;)
		need += utf8_put(unused, next_code(text, charset, &at));
	copy = arena_bytes(a, need);
	if (copy == NULL)
		return ERR_NOMEM;
	for (size_t at = 0; at < text.len;)
		len += utf8_put(copy + len, next_code(text, charset, &at));
	*ret_text = (struct str){copy, len};
	return ERR_OK;
}

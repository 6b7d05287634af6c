/* SPDX-License-Identifier: MIT */
#include "normalise/text/markup.h"

#include "core/ascii.h"
#include "normalise/text/utf8.h"

#define REFERENCE_MAX ((size_t)12) /* "&#1114111;" */

/** Where @p word, in lower case, begins in @p text from @p at on; its length when nowhere. */
static size_t find_word(struct str text, size_t at, struct str word)
{
	for (; at + word.len <= text.len; at++) {
		if (ascii_lower(text.ptr[at]) == word.ptr[0] &&
		    str_ieq((struct str){text.ptr + at, word.len}, word))
			return at;
	}
	return text.len;
}

/** `#64` or `#x40`. */
static bool number_of(struct str name, uint64_t *ret_code)
{
	uint64_t code = 0;

	if (name.len < 2 || name.ptr[0] != '#')
		return false;
	name = (struct str){name.ptr + 1, name.len - 1};
	if (ascii_lower(name.ptr[0]) != 'x')
		return str_to_u64(name, ret_code) == ERR_OK;
	for (size_t i = 1; i < name.len; i++) {
		if (ascii_hex_value(name.ptr[i]) < 0)
			return false;
		code = code * 16 + (uint64_t)ascii_hex_value(name.ptr[i]);
	}
	*ret_code = code;
	return true;
}

/** The character that a reference such as "&amp;" stands for. @return its length, 0: none */
static size_t reference(struct str text, uint32_t *ret_code)
{
	static const struct {
		const char *name;
		uint32_t code;
	} names[] = {{"amp", '&'},   {"lt", '<'},    {"gt", '>'},    {"quot", '"'},
	             {"apos", '\''}, {"nbsp", 0xa0}, {"commat", '@'}};
	struct str name, rest;
	uint64_t code = 0;

	text.len = text.len < REFERENCE_MAX ? text.len : REFERENCE_MAX;
	if (text.len < 3 || !str_cut((struct str){text.ptr + 1, text.len - 1}, ';', &name, &rest))
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_eq(name, str_from(names[i].name)))
			code = names[i].code;
	}
	if (code == 0 && (!number_of(name, &code) || code == 0 || code > 0x10ffff))
		return 0;
	*ret_code = (uint32_t)code;
	return name.len + 2;
}

/** Without tags and with references replaced; never longer. */
static struct str plain_text(struct arena *a, struct str text)
{
	char *plain = arena_bytes(a, text.len + 1);
	size_t len = 0, step;
	uint32_t code;

	if (plain == NULL)
		return STR_EMPTY;
	for (size_t i = 0; i < text.len; i += step) {
		step = text.ptr[i] == '&'
		               ? reference((struct str){text.ptr + i, text.len - i}, &code)
		               : 0;
		if (step > 0) {
			len += utf8_put(plain + len, code);
			continue;
		}
		step = 1;
		if (text.ptr[i] == '<') {
			step = find_word(text, i, STR_LIT(">")) - i + 1;
			plain[len++] = ' ';
			continue;
		}
		plain[len++] = text.ptr[i];
	}
	return (struct str){plain, len};
}

struct str markup_text(struct arena *a, struct str text)
{
	size_t from = find_word(text, 0, STR_LIT("<title"));
	size_t start = find_word(text, from, STR_LIT(">"));
	size_t end = find_word(text, start, STR_LIT("</title"));

	if (start < text.len)
		return plain_text(a, (struct str){text.ptr + start + 1, end - start - 1});
	if (find_word(text, 0, STR_LIT("<html")) < text.len)
		return STR_LIT("an HTML page without a title");
	return plain_text(a, text);
}

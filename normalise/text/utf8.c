/* SPDX-License-Identifier: MIT */
#include "normalise/text/utf8.h"

#include <string.h>

static bool is_between(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

/* How many bytes follow @p lead, and what the first of them may be. 0: no lead of a sequence. */
static size_t followers(unsigned char lead, unsigned char *ret_low, unsigned char *ret_high)
{
	*ret_low = 0x80;
	*ret_high = 0xbf;
	if (is_between(lead, 0xc2, 0xdf))
		return 1;
	if (is_between(lead, 0xe0, 0xef)) {
		if (lead == 0xe0)
			*ret_low = 0xa0; /* overlong below */
		if (lead == 0xed)
			*ret_high = 0x9f; /* surrogates above */
		return 2;
	}
	if (is_between(lead, 0xf0, 0xf4)) {
		if (lead == 0xf0)
			*ret_low = 0x90;
		if (lead == 0xf4)
			*ret_high = 0x8f; /* above U+10FFFF */
		return 3;
	}
	return 0;
}

bool utf8_step(const char *at, const char *end, size_t *ret_len)
{
	unsigned char lead = (unsigned char)*at, low, high;

	*ret_len = 1;
	if (lead < 0x80)
		return true;

	size_t more = followers(lead, &low, &high);

	if (more == 0)
		return false;
	for (size_t i = 1; i <= more; i++) {
		if (at + i == end || !is_between((unsigned char)at[i], low, high))
			return false;
		low = 0x80;
		high = 0xbf;
		*ret_len = i + 1;
	}
	return true;
}

size_t utf8_broken(struct str text)
{
	const char *at = text.len > 0 ? text.ptr : "", *end = at + text.len;
	size_t broken = 0, len;

	for (; at < end; at += len) {
		if (!utf8_step(at, end, &len))
			broken++;
	}
	return broken;
}

size_t utf8_put(char *to, uint32_t code)
{
	if (code >= 0xd800 && code <= 0xdfff)
		code = 0xfffd;
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

enum err utf8_repair(struct arena *a, struct str text, struct str *ret_valid)
{
	size_t broken = text.len > 0 ? utf8_broken(text) : 0;

	if (broken == 0) {
		*ret_valid = text;
		return ERR_OK;
	}

	char *copy = arena_bytes(a, text.len + broken * (UTF8_REPLACEMENT_LEN - 1));
	char *to = copy;
	const char *end = text.ptr + text.len;
	size_t len;

	if (copy == NULL)
		return ERR_NOMEM;
	for (const char *at = text.ptr; at < end; at += len) {
		bool valid = utf8_step(at, end, &len);
		size_t put = valid ? len : UTF8_REPLACEMENT_LEN;

		memcpy(to, valid ? at : UTF8_REPLACEMENT, put);
		to += put;
	}
	*ret_valid = (struct str){copy, (size_t)(to - copy)};
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/report_mail_words.h"

#include "core/ascii.h"

#define WORD_GAP 24

static bool has_at(struct str s, size_t at, struct str word)
{
	return at <= s.len && s.len - at >= word.len &&
	       str_ieq((struct str){s.ptr + at, word.len}, word);
}

bool mail_is_word_char(struct str s, size_t at)
{
	return at < s.len && ascii_is_alnum(s.ptr[at]);
}

bool mail_is_introduced(struct str s, size_t at)
{
	static const char *const words[] = {"campaign", "kampagne", "campagne"};
	size_t begin = at > WORD_GAP ? at - WORD_GAP : 0;

	for (size_t i = begin; i < at; i++) {
		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
			if (has_at((struct str){s.ptr, at}, i, str_from(words[w])))
				return true;
		}
	}
	return false;
}

/* Where a word stands on its own, from @p from on; SIZE_MAX: nowhere. */
static size_t find_word(struct str s, struct str word, size_t from)
{
	char first;

	if (word.len == 0)
		return SIZE_MAX;
	first = ascii_lower(word.ptr[0]);
	for (size_t i = from; i + word.len <= s.len; i++) {
		if (ascii_lower(s.ptr[i]) == first && has_at(s, i, word) &&
		    !(i > 0 && mail_is_word_char(s, i - 1)) && !mail_is_word_char(s, i + word.len))
			return i;
	}
	return SIZE_MAX;
}

bool mail_has_word(struct str s, struct str word)
{
	return find_word(s, word, 0) != SIZE_MAX;
}

bool mail_has_id(struct str s, struct str id)
{
	size_t at = find_word(s, id, 0);

	while (at != SIZE_MAX && id.len <= MAIL_SHORT_ID && !mail_is_introduced(s, at))
		at = find_word(s, id, at + 1);
	return at != SIZE_MAX;
}

struct str mail_decode_url(struct str url, char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < url.len; i++) {
		int high =
			i + 2 < url.len && url.ptr[i] == '%' ? ascii_hex_value(url.ptr[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value(url.ptr[i + 2]) : -1;

		to[len] = url.ptr[i];
		if (low >= 0) {
			to[len] = (char)(high * 16 + low);
			i += 2;
		}
		len++;
	}
	return (struct str){to, len};
}

/* SPDX-License-Identifier: MIT */
#include "normalise/text/topic_level.h"

#include <string.h>

#include <sodium.h>

#include "core/ascii.h"

#define CUT_MAX          79
#define HASH_BYTES       16
#define HASH_HEX         16
#define PHONE_DIGITS_MIN 7
#define CHUNK            192

static const char hex_upper[] = "0123456789ABCDEF";
static const char hex_lower[] = "0123456789abcdef";

static bool passes(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '~' || c == '_';
}

/* One byte as 1 or 3 characters. @return how many */
static size_t put_byte(char c, bool escape, char *out)
{
	if (!escape) {
		out[0] = c;
		return 1;
	}
	out[0] = '%';
	out[1] = hex_upper[(unsigned char)c >> 4];
	out[2] = hex_upper[(unsigned char)c & 15];
	return 3;
}

/* `~`, the hash's first half as hex, NUL. */
static void put_hash(struct str text, char *out)
{
	unsigned char hash[HASH_BYTES];

	(void)crypto_generichash(hash, sizeof(hash), (const unsigned char *)text.ptr, text.len,
	                         NULL, 0);
	*out++ = '~';
	for (size_t i = 0; i < HASH_HEX / 2; i++) {
		*out++ = hex_lower[hash[i] >> 4];
		*out++ = hex_lower[hash[i] & 15];
	}
	*out = '\0';
}

static bool looks_personal(struct str name)
{
	size_t digits = 0;
	size_t first = name.ptr[0] == '+' ? 1 : 0;

	if (memchr(name.ptr, '@', name.len) != NULL)
		return true;
	while (first + digits < name.len && ascii_is_digit(name.ptr[first + digits]))
		digits++;
	return first + digits == name.len && digits >= PHONE_DIGITS_MIN;
}

void topic_level_escape(struct str text, bool is_name, char ret_level[TOPIC_LEVEL_MAX + 1])
{
	size_t len = 0;
	size_t cut = 0; /* last escape boundary that leaves room for the hash */

	if (text.len == 0) {
		memcpy(ret_level, "_none", sizeof("_none"));
		return;
	}
	if (is_name && looks_personal(text)) {
		put_hash(text, ret_level);
		return;
	}
	for (size_t i = 0; i < text.len; i++) {
		bool escape = !passes(text.ptr[i]) || (i == 0 && text.ptr[i] == '_');

		if (len + (escape ? 3 : 1) > TOPIC_LEVEL_MAX) {
			put_hash(text, ret_level + cut);
			return;
		}
		len += put_byte(text.ptr[i], escape, ret_level + len);
		if (len <= CUT_MAX)
			cut = len;
	}
	ret_level[len] = '\0';
}

void topic_level_append(struct buf *b, struct str text)
{
	char chunk[CHUNK];
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (len + 3 > sizeof(chunk)) {
			(void)buf_append(b, chunk, len);
			len = 0;
		}
		len += put_byte(text.ptr[i], !passes(text.ptr[i]), chunk + len);
	}
	(void)buf_append(b, chunk, len);
}

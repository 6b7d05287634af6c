/* SPDX-License-Identifier: MIT */
#include "normalise/profile/filters.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "core/ascii.h"
#include "normalise/decode/form.h"
#include "normalise/event/status.h"

/* Source: ITU-T E.164: at most 15 digits, and no country code starts with 0. */
#define E164_DIGITS_MAX 15

#define STATUS_WORD_MAX (sizeof("unsubscribed") - 1)

static const char *const names[FILTER_COUNT] = {
	[FILTER_LOWER] = "lower",   [FILTER_UPPER] = "upper",
	[FILTER_TRIM] = "trim",     [FILTER_DIGITS] = "digits",
	[FILTER_E164] = "e164",     [FILTER_SPLIT] = "split",
	[FILTER_JOIN] = "join",     [FILTER_ZIP] = "zip",
	[FILTER_BASE64] = "base64", [FILTER_HEX] = "hex",
	[FILTER_SHA256] = "sha256", [FILTER_URLDECODE] = "urldecode",
	[FILTER_TIME] = "time",     [FILTER_STATUS_WORD] = "status_word",
};

static enum err map_bytes(struct arena *a, struct str text, char (*change)(char),
                          struct str *ret_text)
{
	char *out = arena_bytes(a, text.len);

	if (out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < text.len; i++)
		out[i] = change(text.ptr[i]);
	*ret_text = (struct str){out, text.len};
	return ERR_OK;
}

static enum err keep_digits(struct arena *a, struct str text, struct str *ret_text)
{
	char *out = arena_bytes(a, text.len);
	size_t len = 0;

	if (out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < text.len; i++) {
		if (ascii_is_digit(text.ptr[i]))
			out[len++] = text.ptr[i];
	}
	*ret_text = (struct str){out, len};
	return ERR_OK;
}

static bool is_separator(char c)
{
	return memchr(" \t-./()", c, sizeof(" \t-./()") - 1) != NULL;
}

/** Digits of a number without separators, + and 00. @return their count, 0 when it is no number */
static size_t phone_digits(struct str text, char ret_digits[E164_DIGITS_MAX])
{
	char all[E164_DIGITS_MAX + 2] = {0};
	size_t len = 0;
	bool has_plus = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '+' && len == 0 && !has_plus) {
			has_plus = true;
		} else if (ascii_is_digit(c) && len < sizeof(all)) {
			all[len++] = c;
		} else if (!is_separator(c)) {
			return 0;
		}
	}

	size_t skip = !has_plus && len > 2 && all[0] == '0' && all[1] == '0' ? 2 : 0;

	len -= skip;
	if (len == 0 || len > E164_DIGITS_MAX || all[skip] == '0')
		return 0;
	memcpy(ret_digits, all + skip, len);
	return len;
}

static enum err to_e164(struct arena *a, struct str text, struct str *ret_text)
{
	char digits[E164_DIGITS_MAX];
	size_t len = phone_digits(text, digits);

	if (len == 0) {
		*ret_text = text;
		return ERR_OK;
	}

	char *out = arena_bytes(a, len + 1);

	if (out == NULL)
		return ERR_NOMEM;
	out[0] = '+';
	memcpy(out + 1, digits, len);
	*ret_text = (struct str){out, len + 1};
	return ERR_OK;
}

/** Either alphabet; `=` at the end may be missing. */
static enum err from_base64(struct arena *a, struct str text, struct str *ret_text)
{
	unsigned char *out = (unsigned char *)arena_bytes(a, text.len);
	size_t len = 0;

	if (out == NULL)
		return ERR_NOMEM;
	while (text.len > 0 && text.ptr[text.len - 1] == '=')
		text.len--;
	if (sodium_base642bin(out, text.len, text.ptr, text.len, NULL, &len, NULL,
	                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 ||
	    sodium_base642bin(out, text.len, text.ptr, text.len, NULL, &len, NULL,
	                      sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0)
		*ret_text = (struct str){(const char *)out, len};
	return ERR_OK;
}

static enum err from_hex(struct arena *a, struct str text, struct str *ret_text)
{
	unsigned char *out = (unsigned char *)arena_bytes(a, text.len / 2 + 1);
	size_t len = 0;

	if (out == NULL)
		return ERR_NOMEM;
	if (sodium_hex2bin(out, text.len / 2, text.ptr, text.len, NULL, &len, NULL) == 0)
		*ret_text = (struct str){(const char *)out, len};
	return ERR_OK;
}

static enum err to_sha256(struct arena *a, struct str text, struct str *ret_text)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char *out = arena_bytes(a, sizeof(hash) * 2 + 1);

	if (out == NULL)
		return ERR_NOMEM;
	crypto_hash_sha256(hash, (const unsigned char *)text.ptr, text.len);
	sodium_bin2hex(out, sizeof(hash) * 2 + 1, hash, sizeof(hash));
	*ret_text = (struct str){out, sizeof(hash) * 2};
	return ERR_OK;
}

static bool is_status_word(struct str word, struct str *ret_word)
{
	char low[STATUS_WORD_MAX];
	enum status s = STATUS_UNKNOWN;

	if (word.len == 0 || word.len > sizeof(low))
		return false;
	for (size_t i = 0; i < word.len; i++)
		low[i] = ascii_lower(word.ptr[i]);
	if (!status_from((struct str){low, word.len}, &s))
		return false;
	*ret_word = str_from(status_str(s));
	return true;
}

static struct str status_word(struct str text)
{
	struct str found = STR_EMPTY;

	for (size_t i = 0; i < text.len;) {
		size_t start = i;

		while (i < text.len && ascii_is_letter(text.ptr[i]))
			i++;
		if (is_status_word((struct str){text.ptr + start, i - start}, &found))
			break;
		if (i < text.len)
			i++;
	}
	return found;
}

const char *filter_str(enum filter f)
{
	return names[f];
}

bool filter_from(struct str name, enum filter *ret_filter)
{
	for (int i = 0; i < FILTER_COUNT; i++) {
		if (str_eq(name, str_from(names[i]))) {
			*ret_filter = (enum filter)i;
			return true;
		}
	}
	return false;
}

bool filter_is_lossy(enum filter f)
{
	return f == FILTER_STATUS_WORD || f == FILTER_SHA256;
}

enum err filter_apply(enum filter f, struct arena *a, struct str text, struct str *ret_text)
{
	struct str out = text;
	enum err err = ERR_OK;

	if (text.len == 0) {
		*ret_text = STR_EMPTY;
		return ERR_OK;
	}
	switch (f) {
	case FILTER_LOWER:
		err = map_bytes(a, text, ascii_lower, &out);
		break;
	case FILTER_UPPER:
		err = map_bytes(a, text, ascii_upper, &out);
		break;
	case FILTER_TRIM:
		out = str_trim(text);
		break;
	case FILTER_DIGITS:
		err = keep_digits(a, text, &out);
		break;
	case FILTER_E164:
		err = to_e164(a, text, &out);
		break;
	case FILTER_BASE64:
		err = from_base64(a, text, &out);
		break;
	case FILTER_HEX:
		err = from_hex(a, text, &out);
		break;
	case FILTER_SHA256:
		err = to_sha256(a, text, &out);
		break;
	case FILTER_URLDECODE:
		err = form_unescape(a, text, true, &out);
		break;
	case FILTER_STATUS_WORD:
		out = status_word(text);
		break;
	case FILTER_SPLIT:
	case FILTER_JOIN:
	case FILTER_ZIP:
	case FILTER_TIME:
	case FILTER_COUNT:
		assert(false); /* refused when the profile was loaded */
	}
	if (err == ERR_OK)
		*ret_text = out;
	return err;
}

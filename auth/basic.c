/* SPDX-License-Identifier: MIT */
#include "auth/basic.h"

#include <string.h>

#include <sodium.h>

/* The token behind the scheme word, when the scheme is Basic. */
static bool take_scheme(struct str header, struct str *ret_token)
{
	size_t len = 0;

	while (len < header.len && header.ptr[len] != ' ' && header.ptr[len] != '\t')
		len++;
	if (!str_ieq((struct str){header.ptr, len}, STR_LIT("Basic")))
		return false;
	*ret_token = str_trim((struct str){header.ptr + len, header.len - len});
	return true;
}

static bool decode(struct str token, char bytes[BASIC_BYTES_MAX], size_t *ret_len)
{
	bool padded = token.len > 0 && token.ptr[token.len - 1] == '=';
	int variant =
		padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;

	return token.len > 0 &&
	       sodium_base642bin((unsigned char *)bytes, BASIC_BYTES_MAX, token.ptr, token.len,
	                         NULL, ret_len, NULL, variant) == 0;
}

/* Source: RFC 7617, section 2: neither part may hold control characters. */
static bool has_control(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

enum err basic_parse(struct str header, struct basic *ret_basic)
{
	enum err err = ERR_PARSE;
	char bytes[BASIC_BYTES_MAX];
	struct str token;
	size_t len = 0;
	const char *colon;

	if (!take_scheme(header, &token))
		return ERR_NOENT;
	if (!decode(token, bytes, &len) || has_control(bytes, len))
		goto out;
	colon = memchr(bytes, ':', len);
	if (colon == NULL)
		goto out;

	size_t username_len = (size_t)(colon - bytes);

	memcpy(ret_basic->bytes, bytes, len);
	ret_basic->username = (struct str){ret_basic->bytes, username_len};
	ret_basic->password =
		(struct str){ret_basic->bytes + username_len + 1, len - username_len - 1};
	err = ERR_OK;
out:
	sodium_memzero(bytes, sizeof(bytes));
	return err;
}

void basic_wipe(struct basic *b)
{
	sodium_memzero(b, sizeof(*b));
}

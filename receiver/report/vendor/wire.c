/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/wire.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define PAIR_MAX 4096

static enum err append_base64(struct str bytes, struct buf *b)
{
	size_t size = sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(size);

	if (text == NULL)
		return ERR_NOMEM;
	(void)sodium_bin2base64(text, size, (const unsigned char *)bytes.ptr, bytes.len,
	                        sodium_base64_VARIANT_ORIGINAL);

	enum err err = buf_append(b, text, strlen(text));

	sodium_memzero(text, size);
	free(text);
	return err;
}

enum err wire_basic(struct str username, struct str password, struct buf *b)
{
	struct buf pair;
	enum err err;

	if (username.len > 0 && memchr(username.ptr, ':', username.len) != NULL)
		return ERR_INVAL;
	buf_init(&pair, PAIR_MAX);
	(void)buf_append_str(&pair, username);
	(void)buf_append_char(&pair, ':');
	(void)buf_append_str(&pair, password);
	err = buf_err(&pair);
	if (err == ERR_OK)
		err = buf_append_str(b, STR_LIT("Basic "));
	if (err == ERR_OK)
		err = append_base64(buf_str(&pair), b);
	if (pair.ptr != NULL)
		sodium_memzero(pair.ptr, pair.len);
	buf_fini(&pair);
	return err;
}

/* Source: RFC 3986, 2.3 */
static bool is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static void append_encoded(struct str text, struct buf *b)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_unreserved(text.ptr[i])) {
			(void)buf_append_char(b, text.ptr[i]);
		} else {
			(void)buf_printf(b, "%%%02X", (unsigned)(unsigned char)text.ptr[i]);
		}
	}
}

enum err wire_param(struct str name, struct str value, struct buf *b)
{
	if (b->len > 0)
		(void)buf_append_char(b, '&');
	append_encoded(name, b);
	(void)buf_append_char(b, '=');
	append_encoded(value, b);
	return buf_err(b);
}

bool wire_has_param(struct str url, struct str name)
{
	struct str path, query, part, key, value;

	(void)str_cut(url, '?', &path, &query);
	while (query.len > 0) {
		(void)str_cut(query, '&', &part, &query);
		(void)str_cut(part, '=', &key, &value);
		if (str_eq(key, name))
			return true;
	}
	return false;
}

bool wire_is_header_value(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < 0x20 || value.ptr[i] > 0x7e)
			return false;
	}
	return true;
}

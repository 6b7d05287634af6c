/* SPDX-License-Identifier: MIT */
#include "core/pem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/ascii.h"

#define HEAD_BYTES   6 /* of DER: a tag, and a length of up to five */
#define DER_SEQUENCE 0x30

/* What OpenSSL reads as a certificate. */
static const char *const labels[] = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"};

struct decoded {
	unsigned char head[HEAD_BYTES];
	size_t len; /* of all that was decoded */
};

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* @return false: no base64 */
static bool decode(struct str body, struct decoded *d)
{
	size_t letters = 0, pads = 0;
	uint32_t bits = 0;

	*d = (struct decoded){.len = 0};
	for (size_t i = 0; i < body.len; i++) {
		char c = body.ptr[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=') {
			pads++;
			continue;
		}
		if (value_of(c) < 0 || pads > 0)
			return false;
		bits = bits << 6 | (uint32_t)value_of(c);
		if (letters++ % 4 == 0)
			continue;

		unsigned unused =
			(unsigned)(6 - 2 * ((letters - 1) % 4)); /* bits of the next byte */

		if (d->len < HEAD_BYTES)
			d->head[d->len] = (unsigned char)(bits >> unused);
		d->len++;
	}
	return pads <= 2 && (letters + pads) % 4 == 0;
}

/* The length that the first element of DER says it has is there. */
static bool is_whole(const struct decoded *d)
{
	size_t len = d->head[1], head_len = 2;

	if (d->len < HEAD_BYTES || d->head[0] != DER_SEQUENCE)
		return false;
	if (len >= 0x80) {
		size_t bytes = len & 0x7f;

		if (bytes < 1 || bytes > HEAD_BYTES - head_len)
			return false;
		head_len += bytes;
		len = 0;
		for (size_t i = 2; i < head_len; i++)
			len = len << 8 | d->head[i];
	}
	return d->len >= head_len && d->len - head_len >= len;
}

static bool is_label(struct str name)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (str_eq(name, str_from(labels[i])))
			return true;
	}
	return false;
}

/* Cut @p text behind @p mark. @return false: it is not there */
static bool cut_at(struct str text, const char *mark, struct str *ret_before, struct str *ret_after)
{
	size_t len = strlen(mark);

	for (size_t i = 0; i + len <= text.len; i++) {
		if (memcmp(text.ptr + i, mark, len) != 0)
			continue;
		*ret_before = (struct str){text.ptr, i};
		*ret_after = (struct str){text.ptr + i + len, text.len - i - len};
		return true;
	}
	return false;
}

enum err pem_certificates(struct str text, size_t *ret_count)
{
	struct str before, name, body, end;
	struct decoded decoded;
	size_t count = 0;

	while (cut_at(text, "-----BEGIN ", &before, &text)) {
		if (!cut_at(text, "-----", &name, &text) || !is_label(name))
			continue;
		if (!cut_at(text, "-----END ", &body, &text) ||
		    !cut_at(text, "-----", &end, &text) || !str_eq(name, end) ||
		    !decode(body, &decoded) || !is_whole(&decoded))
			return ERR_PARSE;
		count++;
	}
	if (count == 0)
		return ERR_NOENT;
	*ret_count = count;
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "auth/password.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

/* Source: OWASP Password Storage Cheat Sheet, Argon2id: its five equal settings go from 46 MiB and
 * one pass to 7 MiB and five; this one, because the memory is the daemon's at each new pair. */
#define MAKE_PASSES 5
#define MAKE_MEMORY ((size_t)7 * 1024 * 1024)

#define VERIFY_MEMORY_KIB_MAX 262144U /* 256 MiB */
#define VERIFY_PASSES_MAX     16U
#define VERIFY_LANES_MAX      16U

/* Source: RFC 9106, section 3.1; libsodium refuses shorter ones. */
#define SALT_BYTES_MIN 8U
#define HASH_BYTES_MIN 16U
#define FIELD_BYTES    64U

static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "size of libsodium's strings");

enum err auth_init(void)
{
	return sodium_init() < 0 ? ERR_IO : ERR_OK;
}

enum err password_hash(struct str password, char ret_hash[PASSWORD_HASH_SIZE])
{
	char hash[crypto_pwhash_STRBYTES];
	const char *bytes = password.ptr != NULL ? password.ptr : "";

	if (crypto_pwhash_str_alg(hash, bytes, password.len, MAKE_PASSES, MAKE_MEMORY,
	                          crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_NOMEM;
	memcpy(ret_hash, hash, sizeof(hash));
	return ERR_OK;
}

/* Take "NAME=NUMBER" within bounds from the head of @p text, up to @p end. */
static bool take_number(struct str *text, struct str name, char end, uint64_t min, uint64_t max)
{
	struct str digits;
	uint64_t value;

	if (!str_has_prefix(*text, name))
		return false;
	text->ptr += name.len;
	text->len -= name.len;
	if (!str_cut(*text, end, &digits, text))
		return false;
	if (digits.len > 1 && digits.ptr[0] == '0')
		return false;
	return str_to_u64(digits, &value) == ERR_OK && value >= min && value <= max;
}

static bool is_base64(struct str text, size_t min_bytes)
{
	unsigned char bytes[FIELD_BYTES];
	size_t len;

	return sodium_base642bin(bytes, sizeof(bytes), text.ptr, text.len, NULL, &len, NULL,
	                         sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
	       len >= min_bytes;
}

bool password_hash_is_valid(const char *hash)
{
	const struct str head = STR_LIT("$argon2id$v=19$");
	struct str rest = str_from(hash);
	struct str salt;

	if (rest.len >= PASSWORD_HASH_SIZE || !str_has_prefix(rest, head))
		return false;
	rest.ptr += head.len;
	rest.len -= head.len;
	if (!take_number(&rest, STR_LIT("m="), ',', 8, VERIFY_MEMORY_KIB_MAX) ||
	    !take_number(&rest, STR_LIT("t="), ',', 1, VERIFY_PASSES_MAX) ||
	    !take_number(&rest, STR_LIT("p="), '$', 1, VERIFY_LANES_MAX))
		return false;
	return str_cut(rest, '$', &salt, &rest) && is_base64(salt, SALT_BYTES_MIN) &&
	       is_base64(rest, HASH_BYTES_MIN);
}

enum err password_verify(struct str password, const char *hash)
{
	const char *bytes = password.ptr != NULL ? password.ptr : "";

	if (!password_hash_is_valid(hash))
		return ERR_AUTH;
	errno = 0;
	if (crypto_pwhash_str_verify(hash, bytes, password.len) == 0)
		return ERR_OK;
	/* libsodium says EINVAL for a mismatch; whatever else is that it could not compute. */
	return errno == EINVAL ? ERR_AUTH : ERR_NOMEM;
}

void password_make(char ret_password[PASSWORD_MADE_SIZE])
{
	unsigned char bytes[24];

	randombytes_buf(bytes, sizeof(bytes));
	(void)sodium_bin2base64(ret_password, PASSWORD_MADE_SIZE, bytes, sizeof(bytes),
	                        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

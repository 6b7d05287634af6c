/* SPDX-License-Identifier: MIT */
/**
 * utf8 - stepping through UTF-8 that may be broken.
 *
 * A broken sequence is replaced by one U+FFFD per maximal part of it, as browsers do, so that every
 * reader of the same bytes makes the same text. Surrogates, overlong forms and code points above
 * U+10FFFF are broken.
 * Source: The Unicode Standard, 3.9, table 3-7.
 */
#ifndef NORMALISE_TEXT_UTF8_H
#define NORMALISE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"

/** U+FFFD in UTF-8. */
#define UTF8_REPLACEMENT     "\xef\xbf\xbd"
#define UTF8_REPLACEMENT_LEN 3

/**
 * Look at the sequence at @p at, which is before @p end.
 *
 * @param ret_len  bytes of the sequence; when it is broken, the bytes one U+FFFD stands for
 * @return whether it is well formed
 */
bool utf8_step(const char *at, const char *end, size_t *ret_len);

/** Broken parts in @p text. 0: it is valid. */
size_t utf8_broken(struct str text);

/** Write a code point up to U+10FFFF; a surrogate becomes U+FFFD. @return bytes written, 1 to 4 */
size_t utf8_put(char *to, uint32_t code);

/** @p text itself when it is valid, else a repaired copy. @return ERR_OK, ERR_NOMEM */
enum err utf8_repair(struct arena *a, struct str text, struct str *ret_valid) MUST_CHECK;

#endif /* NORMALISE_TEXT_UTF8_H */

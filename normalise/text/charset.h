/* SPDX-License-Identifier: MIT */
/**
 * charset - bytes in the few charsets that webhooks are seen in, as UTF-8.
 *
 * ISO-8859-1 is read as Windows-1252, as browsers do: senders who declare the one write the other.
 * Private to normalise/. Source: WHATWG Encoding Standard, index windows-1252; RFC 2781.
 */
#ifndef NORMALISE_TEXT_CHARSET_H
#define NORMALISE_TEXT_CHARSET_H

#include "core/arena.h"
#include "core/str.h"

enum charset { CHARSET_UTF8, CHARSET_WINDOWS_1252, CHARSET_UTF16_LE, CHARSET_UTF16_BE };

/** By its name in a media type; the empty name is UTF-8. @return ERR_OK, ERR_PARSE not known */
enum err charset_from(struct str name, enum charset *ret_charset) MUST_CHECK;

/**
 * Take a byte order mark off @p text; it overrides what was declared.
 *
 * @param charset  in: declared; out: what it is
 */
struct str charset_skip_bom(struct str text, enum charset *charset);

/**
 * The same text in UTF-8: @p text itself when it is UTF-8 (broken or not), else a copy in @p a.
 * Lone surrogates and a cut last unit become U+FFFD.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err charset_to_utf8(struct arena *a, struct str text, enum charset charset,
                         struct str *ret_text) MUST_CHECK;

#endif /* NORMALISE_TEXT_CHARSET_H */

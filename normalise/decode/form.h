/* SPDX-License-Identifier: MIT */
/**
 * form - application/x-www-form-urlencoded text as a tree. Private to normalise/.
 *
 * `a[b][c]=1` nests, `a[]=1` appends, `a[0]=1&a[1]=2` is an array as long as the numbers come in
 * order from 0, and an object of such names otherwise. Where a plain and a bracketed use of a name
 * meet, the later one wins. Brackets that do not match are part of the name.
 */
#ifndef NORMALISE_DECODE_FORM_H
#define NORMALISE_DECODE_FORM_H

#include "normalise/text/charset.h"
#include "normalise/value/value.h"

/**
 * @param charset     of the bytes behind %XX; UTF-16 counts as UTF-8
 * @param fields_max  most fields
 * @param ret_form    an object of strings, arrays and objects; borrows from @p text
 * @return ERR_OK, ERR_NOMEM the arena is full, ERR_LIMIT too many fields or brackets
 */
enum err form_read(struct arena *a, struct str text, enum charset charset, size_t fields_max,
                   struct value **ret_form, struct err_detail *reterr_detail) MUST_CHECK;

/** `+` and %XX decoded, without changing charsets. @return ERR_OK, ERR_NOMEM */
enum err form_unescape(struct arena *a, struct str text, bool plus_is_blank,
                       struct str *ret_text) MUST_CHECK;

#endif /* NORMALISE_DECODE_FORM_H */

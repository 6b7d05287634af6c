/* SPDX-License-Identifier: MIT */
/** percent - texts within lines of our own: percent-encoded, so that they hold neither blanks nor
 * line ends. No I/O. */
#ifndef CORE_PERCENT_H
#define CORE_PERCENT_H

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/** Append @p s; letters, digits and `-._~:,` as they are, all others as %XX. */
void percent_encode(struct str s, struct buf *b);

/** Take back percent_encode(). @return ERR_OK, ERR_PARSE, ERR_NOMEM; @p ret_text is malloc'd */
enum err percent_decode(struct str s, char **ret_text) MUST_CHECK;

#endif /* CORE_PERCENT_H */

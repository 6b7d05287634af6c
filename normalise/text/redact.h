/* SPDX-License-Identifier: MIT */
/**
 * redact - a vendor's text as one line for people, without what may be personal or secret. Private
 * to normalise/.
 *
 * Blanks and line ends become one blank. Control characters, marks that have no width and marks
 * that turn the direction of writing go. Replaced by `…` is
 *   * an e-mail address, also with %40,
 *   * a phone number: 7 and more digits, with blanks and `+-./()` between them; a date such as
 *     2024-09-03 stays,
 *   * a token: 20 and more ASCII letters and digits in a row, with what hangs together with it by
 *     `_-+/=.~%`.
 */
#ifndef NORMALISE_TEXT_REDACT_H
#define NORMALISE_TEXT_REDACT_H

#include <stddef.h>

#include "core/str.h"

/**
 * @param ret_text  valid UTF-8, cut between two characters
 * @param size      of it with the NUL, > 0
 */
void redact_line(struct str text, char *ret_text, size_t size);

#endif /* NORMALISE_TEXT_REDACT_H */

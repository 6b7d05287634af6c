/* SPDX-License-Identifier: MIT */
/** pasted_code - the authorisation code in what a person pasted. */
#ifndef CMD_AUTHORIZE_PASTED_CODE_H
#define CMD_AUTHORIZE_PASTED_CODE_H

#include "core/err.h"
#include "core/str.h"

/**
 * A code as it is, or the whole address that the browser was led to, whose `code` is taken.
 *
 * @param line      changed; blanks around it do not count
 * @param state     that of an address must be this one; NULL: it is not known
 * @param ret_code  part of @p line
 * @return ERR_OK, ERR_NOENT an address without a code, ERR_AUTH another `state`
 */
enum err pasted_code(char *line, const char *state, struct str *ret_code) MUST_CHECK;

#endif /* CMD_AUTHORIZE_PASTED_CODE_H */

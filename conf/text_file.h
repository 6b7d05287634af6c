/* SPDX-License-Identifier: MIT */
/** text_file - the content of a file that the configuration names. Private to conf/. */
#ifndef CONF_TEXT_FILE_H
#define CONF_TEXT_FILE_H

#include <stddef.h>

#include "core/err.h"

/**
 * Read a regular file: a pipe could hang the start, a device never end.
 *
 * @param max       most bytes; of a longer file one more is given, so that the caller sees it
 * @param ret_text  malloc'd, without a NUL behind it; the caller wipes and frees it
 * @param ret_why   goes behind the file's name, for people: what is wrong, and what to do; static
 * @return ERR_OK, ERR_PARSE (ret_why is set), ERR_NOMEM
 */
enum err text_file_read(const char *path, size_t max, char **ret_text, size_t *ret_len,
                        const char **ret_why) MUST_CHECK;

#endif /* CONF_TEXT_FILE_H */

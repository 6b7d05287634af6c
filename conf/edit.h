/* SPDX-License-Identifier: MIT */
/**
 * edit - put a pair of credentials into the text of a configuration file, and nothing else.
 *
 * Text is only inserted: what stands in the file stays byte for byte. The list `basic` may be a
 * block or in brackets. What was made is read again, and must say the same as before but for what
 * was put in; else it is refused, as is a form that cannot be extended in place.
 */
#ifndef CONF_EDIT_H
#define CONF_EDIT_H

#include "conf/conf.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

#define CONF_EDIT_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct conf_edit {
	size_t account, webhook; /* numbers of both in the file, from 0 */
	const char *username;    /* of the new pair, which becomes the first of the list */
	const char *password_hash;
	const char *until; /* RFC 3339: the pairs that are there and have no end get this one; NULL:
	                      they stay as they are */
};

/** Append the new pair as the lines of a list's item, each behind so many blanks. */
enum err conf_edit_pair_lines(const struct conf_edit *edit, unsigned indent, struct str newline,
                              struct buf *b) MUST_CHECK;

/**
 * @param text  of a configuration file that conf_load() takes
 * @param file  name for errors
 * @param b     gets the whole new text
 * @return ERR_OK
 *         ERR_INVAL  the list cannot be extended in place; the detail says why
 *         ERR_PARSE  not YAML, or the webhook or its list is not there: the file has changed
 *         ERR_NOMEM, ERR_LIMIT
 */
enum err conf_edit_text(struct str text, const char *file, const struct conf_edit *edit,
                        struct buf *b, struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Do it in the file: a new one beside it, checked as a configuration, synced and renamed, with mode
 * and owner of the old one. A symbolic link stays one.
 *
 * @return as conf_edit_text(); ERR_AUTH, ERR_IO, ERR_NOENT: the detail says what cannot be done.
 *         The file is as it was whenever it is not ERR_OK
 */
enum err conf_edit_file(const char *path, const struct conf_edit *edit,
                        struct err_detail *reterr_detail) MUST_CHECK;

#endif /* CONF_EDIT_H */

/* SPDX-License-Identifier: MIT */
/**
 * import_link - the file behind a link, downloaded by a command.
 *
 * It lies in $TMPDIR, or /tmp, and has no name there any more once the download has opened it, so
 * that nothing is left however the command ends. A signal stops the download.
 * The link is a secret: no text has more of it than the host.
 */
#ifndef CMD_IMPORT_IMPORT_LINK_H
#define CMD_IMPORT_IMPORT_LINK_H

#include "cmd/import/import_print.h"

struct import_link;

struct import_link_conf {
	const struct conf *conf;
	const struct conf_account *account;
	const struct profile_report *report; /* its limits; NULL: not known yet */
	const char *url;
	struct import_print *print;
};

/** Whether this is a link, and no file's name. */
bool import_link_is(const char *text);

/** @return EXIT_OK, else why not (said) */
enum exit_code import_link_get(const struct import_link_conf *conf,
                               struct import_link **ret_link) MUST_CHECK;
/** Accepts NULL. */
void import_link_free(struct import_link *l);

/** What to open; valid until it is freed. */
const char *import_link_path(const struct import_link *l);
/** What to call it. */
const char *import_link_host(const struct import_link *l);
struct str import_link_media_type(const struct import_link *l);

#endif /* CMD_IMPORT_IMPORT_LINK_H */

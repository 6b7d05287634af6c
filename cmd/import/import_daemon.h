/* SPDX-License-Identifier: MIT */
/**
 * import_daemon - an import through the daemon that runs: one request for each slice, and at the
 * end one that says so: POST /api/v1/imported?account=A&report=R&set=NAME%3DVALUE…, for an order of
 * this report that waits for somebody to bring it.
 */
#ifndef CMD_IMPORT_IMPORT_DAEMON_H
#define CMD_IMPORT_IMPORT_DAEMON_H

#include "cmd/import/import_print.h"

struct import_daemon_conf {
	const char *address; /* admin.address */
	const struct import_target *target;
	struct str sets;          /* loop values, urlencoded */
	struct import_file *file; /* begun */
	struct import_print *print;
};

/** @return EXIT_OK all of the file is in the journal, else why not (said); Ctrl-C stops it */
enum exit_code import_by_daemon(const struct import_daemon_conf *conf) MUST_CHECK;

#endif /* CMD_IMPORT_IMPORT_DAEMON_H */

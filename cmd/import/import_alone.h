/* SPDX-License-Identifier: MIT */
/** import_alone - an import without a daemon (app_alone.h). */
#ifndef CMD_IMPORT_IMPORT_ALONE_H
#define CMD_IMPORT_IMPORT_ALONE_H

#include "cmd/app/app_alone.h"
#include "cmd/import/import_print.h"

struct import_alone_conf {
	const struct import_target *target; /* of the configuration */
	struct import_file *file;           /* begun */
	struct import_print *print;
};

/**
 * @param conf      taken over
 * @param ret_done  whether all of the file is in the journal
 * @param ret_left  what is not published
 * @return EXIT_OK, else why it could not begin or go on (said on stderr)
 */
enum exit_code import_alone(struct conf *conf, const struct import_alone_conf *import,
                            bool *ret_done, struct app_alone_left *ret_left) MUST_CHECK;

#endif /* CMD_IMPORT_IMPORT_ALONE_H */

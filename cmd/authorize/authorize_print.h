/* SPDX-License-Identifier: MIT */
/** authorize_print - the lines of an authorisation (authorize_lines.h) for the person who asked. */
#ifndef CMD_AUTHORIZE_AUTHORIZE_PRINT_H
#define CMD_AUTHORIZE_AUTHORIZE_PRINT_H

#include <stdbool.h>

#include "cmd/base/command.h"
#include "core/str.h"

struct authorize_print {
	const char *account; /* borrowed */
	bool is_done;        /* the last line came */
	enum exit_code code;
	bool is_authorized, has_refresh;
	char text[400];
};

void authorize_print_init(struct authorize_print *p, const char *account);

/** One line; what is not known is passed over. */
void authorize_print_line(struct authorize_print *p, struct str line);

/** Say what came of it; the next question can be asked. @return the exit code that it means */
enum exit_code authorize_print_end(struct authorize_print *p, bool is_by_daemon) MUST_CHECK;

#endif /* CMD_AUTHORIZE_AUTHORIZE_PRINT_H */

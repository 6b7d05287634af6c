/* SPDX-License-Identifier: MIT */
/** import_head - which report a CSV is, by its header. */
#ifndef CMD_IMPORT_HEAD_H
#define CMD_IMPORT_HEAD_H

#include "cmd/command.h"
#include "normalise/report_spec.h"

/**
 * @param ret_report  NULL: no report's, or there is no header
 * @return EXIT_OK, EXIT_BAD_INPUT no CSV (said), …
 */
enum exit_code import_head(const char *path, const struct profile *profile,
                           const struct profile_report **ret_report) MUST_CHECK;

#endif /* CMD_IMPORT_HEAD_H */

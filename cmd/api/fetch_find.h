/* SPDX-License-Identifier: MIT */
/** fetch_find - what `fetch` looks for first: the report in the configuration, and its daemon. */
#ifndef CMD_API_FETCH_FIND_H
#define CMD_API_FETCH_FIND_H

#include <stdbool.h>

#include "cmd/base/command.h"

/** @return EXIT_OK, EXIT_CONFIGURATION (what there is was said) */
enum exit_code fetch_find_report(const struct conf *conf, const char *account_name,
                                 const char *report) MUST_CHECK;

/** Whether that report is ordered: then it has neither dry runs nor stretches of time. */
bool fetch_find_is_ordered(const struct conf *conf, const char *account_name, const char *report);

/**
 * Whether the daemon of this configuration runs. Another one may have the address: every
 * configuration has the same default.
 *
 * @return EXIT_OK, EXIT_UNAVAILABLE (said): somebody else answers, or nobody properly
 */
enum exit_code fetch_find_daemon(const struct conf *conf, bool *ret_runs) MUST_CHECK;

#endif /* CMD_API_FETCH_FIND_H */

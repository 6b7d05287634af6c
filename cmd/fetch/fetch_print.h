/* SPDX-License-Identifier: MIT */
/**
 * fetch_print - the lines of a fetch (fetch_lines.h) for the person who asked: progress in one line
 * that is rewritten where stderr is a terminal (else one line for each change of an order), events
 * of a dry run on stdout, and at the end one line that says what was done or went wrong.
 */
#ifndef CMD_FETCH_FETCH_PRINT_H
#define CMD_FETCH_FETCH_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/base/command.h"
#include "core/str.h"

struct fetch_print;

/** @param account, report  borrowed. @return ERR_OK, ERR_NOMEM */
enum err fetch_print_new(const char *account, const char *report, bool is_dry,
                         struct fetch_print **ret_print) MUST_CHECK;
/** Accepts NULL. */
void fetch_print_free(struct fetch_print *p);

/** One line. @return false: standard output takes no more */
bool fetch_print_line(void *print, struct str line);

/** All is fetched, and so many payloads are not published yet. */
void fetch_print_waiting(void *print, uint64_t waiting);

/** The progress line makes room for other text. */
void fetch_print_clear(struct fetch_print *p);

/** Whether the last line came. */
bool fetch_print_is_done(const struct fetch_print *p);

/** Say what came of it. @return the exit code that it means */
enum exit_code fetch_print_end(struct fetch_print *p) MUST_CHECK;

#endif /* CMD_FETCH_FETCH_PRINT_H */

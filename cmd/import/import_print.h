/* SPDX-License-Identifier: MIT */
/**
 * import_print - an import for the person who asked: progress in one line that is rewritten where
 * stderr is a terminal, the first rows that cannot be read, and one line at the end.
 */
#ifndef CMD_IMPORT_IMPORT_PRINT_H
#define CMD_IMPORT_IMPORT_PRINT_H

#include "cmd/base/command.h"
#include "cmd/base/progress_line.h"
#include "cmd/import/import_file.h"

struct import_print {
	uint64_t begin_ms;
	uint64_t bad;
	uint64_t line_ms; /* when the last line of a download was written; 0: none */
	struct progress_line line;
};

void import_print_init(struct import_print *p);

/** How far a download is; in a pipe a line now and then. @param size  0: not said */
void import_print_download(struct import_print *p, const char *host, uint64_t bytes, uint64_t size);

/** It is here: the import begins. */
void import_print_downloaded(struct import_print *p, const char *host, uint64_t bytes);

/** How far it is. @param is_waiting  the journal is full */
void import_print_progress(struct import_print *p, const struct import_count *count,
                           bool is_waiting);

/** All is imported, and so many payloads are not published yet. */
void import_print_waiting(void *print, uint64_t waiting);

/** A row that cannot be read. */
void import_print_bad(void *print, const char *text);

/** The progress line makes room for other text. */
void import_print_clear(struct import_print *p);

/**
 * Say what came of it.
 *
 * @return EXIT_OK, EXIT_BAD_INPUT some rows became dead letters, EXIT_INPUT_OUTPUT nobody can read
 * it
 */
enum exit_code import_print_end(struct import_print *p, const char *account, const char *report,
                                const struct import_count *count);

#endif /* CMD_IMPORT_IMPORT_PRINT_H */

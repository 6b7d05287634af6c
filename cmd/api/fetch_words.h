/* SPDX-License-Identifier: MIT */
/** fetch_words - members and words of the lines of a fetch. Private to fetch_lines.c. */
#ifndef CMD_API_FETCH_WORDS_H
#define CMD_API_FETCH_WORDS_H

#include "normalise/value/json_writer.h"
#include "receiver/report/run/run.h"

/** Loop values, pages, rows, bytes. */
void fetch_write_counts(struct json_writer *w, const struct report_value *values, size_t count,
                        const struct report_progress *p);

/** Where it is: page, window, stretch. */
void fetch_write_place(struct json_writer *w, const struct report_progress *p);

/** "done", "refused", … */
const char *fetch_end_word(enum report_end end);

/** "ok", "noent", … */
const char *fetch_err_word(enum err err);

#endif /* CMD_API_FETCH_WORDS_H */

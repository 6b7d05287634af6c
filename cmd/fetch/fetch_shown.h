/* SPDX-License-Identifier: MIT */
/** fetch_shown - how far a fetch is, as one line. Private to fetch_print.c. */
#ifndef CMD_FETCH_FETCH_SHOWN_H
#define CMD_FETCH_FETCH_SHOWN_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "core/buf.h"
#include "core/err.h"

#define FETCH_SHOWN_SIZE 512

struct fetch_shown;

enum err fetch_shown_new(struct fetch_shown **ret_shown) MUST_CHECK;
void fetch_shown_free(struct fetch_shown *s);

/** A progress line's object. @return whether its order is in another state than before */
bool fetch_shown_take(struct fetch_shown *s, const json_t *progress);
/** "campaign=…: waiting for the mail, …": the order of a progress line's object. */
void fetch_shown_order(const json_t *progress, char ret_text[FETCH_SHOWN_SIZE]);
/** A run line's object: it has ended. */
void fetch_shown_run(struct fetch_shown *s, const json_t *run);

/** "12 pages, 345 rows, 51 rows/s, 2026-11-20 to 2026-11-21, page 3 of 9, about 2 min left",
 * as wide as the terminal at most. */
void fetch_shown_text(const struct fetch_shown *s, char ret_text[FETCH_SHOWN_SIZE]);

/** "12 pages, 345 rows in 4 s" */
void fetch_shown_total(const struct fetch_shown *s, char ret_text[FETCH_SHOWN_SIZE]);

/** Append " campaign=…, type=…"; nothing when there is none. */
void fetch_shown_values(json_t *values, struct buf *b);

#endif /* CMD_FETCH_FETCH_SHOWN_H */

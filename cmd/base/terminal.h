/* SPDX-License-Identifier: MIT */
/** terminal - what a terminal shows: how wide it is, and text that fits it and does not steer it.
 */
#ifndef CMD_BASE_TERMINAL_H
#define CMD_BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/buf.h"
#include "core/str.h"

/** Who reads a stream: a person at a terminal, or a file or program, which gets everything. */
struct terminal {
	size_t columns; /* 40 or more; 0: no terminal, a line may be as long as it is */
	bool has_colours;
};

/** Of standard output or error. A terminal that does not say its columns has $COLUMNS, or 80. */
struct terminal terminal_of(int fd);

/** '?' for each byte of a control character: others' text must not steer the reader's terminal. */
void terminal_clean(char *text);

/** Append @p text like that. */
void terminal_append(struct buf *b, struct str text);

/** Columns that UTF-8 text takes: wide characters (East Asian, pictures) take two. */
size_t terminal_width(struct str text);

/** So many bytes of UTF-8 text fit: whole characters. */
size_t terminal_fit(struct str text, size_t columns);

/**
 * Append @p text, broken into lines that fit; no newline behind the last one. It is broken at
 * blanks; a word that is wider than a line behind its last '=' or '/', else where the line is full.
 * Nothing is left out but the blanks at a break.
 *
 * @param columns  of a line; 0: it is not broken
 * @param indent   blanks before each line but the first; less than @p columns
 */
void terminal_wrap(struct buf *b, struct str text, size_t columns, size_t indent);

/** Print @p lines and a newline; what is bad in red where there are colours. */
void terminal_print(const struct terminal *terminal, const char *lines, bool is_bad, FILE *out);

#endif /* CMD_BASE_TERMINAL_H */

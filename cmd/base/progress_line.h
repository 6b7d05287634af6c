/* SPDX-License-Identifier: MIT */
/**
 * progress_line - one line on stderr that says how far something is, and is rewritten: where stderr
 * is a terminal, else nothing is drawn.
 */
#ifndef CMD_BASE_PROGRESS_LINE_H
#define CMD_BASE_PROGRESS_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct progress_line {
	bool is_terminal, is_drawn;
	uint64_t drawn_ms; /* of the monotonic clock; 0: never */
};

void progress_line_init(struct progress_line *l);

/** Whether it would be seen, and is not redrawn more often than a person can read. */
bool progress_line_is_due(const struct progress_line *l);

/** Cut to the width of the terminal; control characters become '?'. Due or not. */
void progress_line_draw(struct progress_line *l, const char *text);

/** When it is due: all is read, and so many payloads are not published yet. */
void progress_line_publishing(struct progress_line *l, uint64_t waiting);

/** Make room for other text. */
void progress_line_clear(struct progress_line *l);

#endif /* CMD_BASE_PROGRESS_LINE_H */

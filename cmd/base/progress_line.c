/* SPDX-License-Identifier: MIT */
#include "cmd/base/progress_line.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/base/terminal.h"
#include "core/clock.h"

#define REDRAW_MS 100
#define TEXT_MAX  ((size_t)8192)

void progress_line_init(struct progress_line *l)
{
	*l = (struct progress_line){.is_terminal = terminal_of(STDERR_FILENO).columns > 0};
}

bool progress_line_is_due(const struct progress_line *l)
{
	return l->is_terminal && clock_mono_ms() - l->drawn_ms >= REDRAW_MS;
}

void progress_line_draw(struct progress_line *l, const char *text)
{
	struct terminal terminal = terminal_of(STDERR_FILENO); /* now: its window may change */
	struct buf b;

	if (terminal.columns == 0)
		return;
	buf_init(&b, TEXT_MAX);
	terminal_append(&b, str_from(text));
	/* One column stays free: some terminals begin a line of their own behind the last one. */
	(void)fprintf(stderr, "\r%.*s\033[K", (int)terminal_fit(buf_str(&b), terminal.columns - 1),
	              buf_cstr(&b));
	buf_fini(&b);
	l->is_drawn = true;
	l->drawn_ms = clock_mono_ms();
}

void progress_line_publishing(struct progress_line *l, uint64_t waiting)
{
	char text[80];

	if (!progress_line_is_due(l))
		return;
	(void)snprintf(text, sizeof(text), "publishing: %llu payload%s in the journal",
	               (unsigned long long)waiting, waiting == 1 ? "" : "s");
	progress_line_draw(l, text);
}

void progress_line_clear(struct progress_line *l)
{
	if (l->is_drawn)
		(void)fputs("\r\033[K", stderr);
	l->is_drawn = false;
}

/* SPDX-License-Identifier: MIT */
#include "cmd/base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_LEAST   40
#define COLUMNS_DEFAULT 80
#define COLUMNS_MOST    10000

/* ---- the terminal ---- */

static size_t columns_of_environment(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment */
	const char *text = getenv("COLUMNS");
	uint64_t columns = 0;

	if (str_to_u64(str_from(text), &columns) != ERR_OK || columns == 0 ||
	    columns > COLUMNS_MOST)
		return COLUMNS_DEFAULT;
	return (size_t)columns;
}

struct terminal terminal_of(int fd)
{
	struct terminal terminal = {.columns = 0};
	struct winsize size = {0, 0, 0, 0};

	if (isatty(fd) != 1)
		return terminal;
	terminal.has_colours = true;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
		terminal.columns = size.ws_col;
	} else {
		terminal.columns = columns_of_environment();
	}
	if (terminal.columns < COLUMNS_LEAST)
		terminal.columns = COLUMNS_LEAST;
	return terminal;
}

/* ---- characters ---- */

/** @param text  with a NUL behind it */
static void clean(char *text, size_t len)
{
	unsigned char *c = (unsigned char *)text;

	for (size_t i = 0; i < len; i++) {
		if (c[i] < 0x20 || c[i] == 0x7f) {
			c[i] = '?';
		} else if (c[i] == 0xc2 && c[i + 1] >= 0x80 && c[i + 1] < 0xa0) {
			c[i] = '?'; /* U+0080 to U+009F */
			c[i + 1] = '?';
		}
	}
}

void terminal_clean(char *text)
{
	clean(text, strlen(text));
}

void terminal_append(struct buf *b, struct str text)
{
	size_t begin = b->len;

	if (text.len > 0 && buf_append_str(b, text) == ERR_OK)
		clean(b->ptr + begin, text.len);
}

/* Of the character that begins with this byte of UTF-8; its other bytes take none. From U+3000 on
 * nearly all are wide: rather a blank too many than a line too long. */
static size_t width_of(char first)
{
	unsigned char c = (unsigned char)first;

	if ((c & 0xc0) == 0x80)
		return 0;
	return c >= 0xe3 ? 2 : 1;
}

size_t terminal_fit(struct str text, size_t columns)
{
	size_t taken = 0, len = 0;

	while (len < text.len && taken + width_of(text.ptr[len]) <= columns)
		taken += width_of(text.ptr[len++]);
	return len;
}

size_t terminal_width(struct str text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++)
		width += width_of(text.ptr[i]);
	return width;
}

/* ---- lines ---- */

static size_t count_blanks(struct str text)
{
	size_t count = 0;

	while (count < text.len && text.ptr[count] == ' ')
		count++;
	return count;
}

/* Where the last word begins of which a part may fit; 0 when it is the first one. */
static size_t begin_of_word(struct str text, size_t fitting)
{
	size_t at = fitting, first = count_blanks(text);

	if (text.ptr[at] == ' ')
		return at;
	while (at > first && text.ptr[at - 1] != ' ')
		at--;
	return at > first ? at : 0;
}

static size_t end_of_word(struct str text, size_t at)
{
	while (at < text.len && text.ptr[at] != ' ')
		at++;
	return at;
}

/* How much of @p text, which does not fit in @p room, goes into this line; a next one has @p next.
 */
static size_t break_at(struct str text, size_t room, size_t next)
{
	size_t fitting = terminal_fit(text, room);
	size_t begin = begin_of_word(text, fitting), at = fitting;
	size_t end = end_of_word(text, begin > 0 ? begin : count_blanks(text));
	const struct str word = {text.ptr + begin, end - begin};

	if (begin > 0 && terminal_width(word) <= next)
		return begin;
	while (at > begin + 1 && text.ptr[at - 1] != '=' && text.ptr[at - 1] != '/')
		at--;
	if (at > begin + 1)
		return at;
	return begin > 0 ? begin : fitting;
}

static struct str without_blanks(struct str text, bool at_end)
{
	size_t blanks = count_blanks(text);

	if (!at_end)
		return (struct str){text.ptr + blanks, text.len - blanks};
	while (text.len > 0 && text.ptr[text.len - 1] == ' ')
		text.len--;
	return text;
}

void terminal_wrap(struct buf *b, struct str text, size_t columns, size_t indent)
{
	size_t room = columns;

	while (columns > 0 && terminal_width(text) > room) {
		size_t len = break_at(text, room, columns - indent);

		(void)buf_append_str(b, without_blanks((struct str){text.ptr, len}, true));
		text = without_blanks((struct str){text.ptr + len, text.len - len}, false);
		if (text.len == 0)
			return; /* it was blanks */
		(void)buf_printf(b, "\n%*s", (int)indent, "");
		room = columns - indent;
	}
	(void)buf_append_str(b, text);
}

void terminal_print(const struct terminal *terminal, const char *lines, bool is_bad, FILE *out)
{
	bool is_red = is_bad && terminal->has_colours;

	(void)fprintf(out, "%s%s%s\n", is_red ? "\033[31m" : "", lines, is_red ? "\033[0m" : "");
}

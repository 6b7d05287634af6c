/* SPDX-License-Identifier: MIT */
#include "cmd/base/table.h"

#include <stdlib.h>
#include <string.h>

#define CELLS_STEP 256

struct cell {
	char *text; /* owned */
	bool is_marked;
};

struct table {
	size_t columns, count, room;
	struct cell *cells; /* owned */
	bool is_marked;     /* the row being filled */
};

/* Continuation bytes of UTF-8 take no column. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static bool make_room(struct table *t)
{
	struct cell *cells;

	if (t->count < t->room)
		return true;
	cells = realloc(t->cells, (t->room + CELLS_STEP) * sizeof(*cells));
	if (cells == NULL)
		return false;
	t->cells = cells;
	t->room += CELLS_STEP;
	return true;
}

void table_add(struct table *t, const char *text)
{
	struct cell *cell;

	if (!make_room(t))
		return;
	cell = &t->cells[t->count++];
	cell->text = strdup(text != NULL && text[0] != '\0' ? text : "-");
	cell->is_marked = t->is_marked;
	for (char *c = cell->text; c != NULL && *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	if (t->count % t->columns == 0)
		t->is_marked = false;
}

void table_mark(struct table *t)
{
	t->is_marked = true;
	for (size_t i = t->count - t->count % t->columns; i < t->count; i++)
		t->cells[i].is_marked = true;
}

static const char *text_of(const struct table *t, size_t i)
{
	return t->cells[i].text != NULL ? t->cells[i].text : "";
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t most = 0;

	for (size_t i = column; i < t->count; i += t->columns) {
		size_t width = width_of(text_of(t, i));

		most = width > most ? width : most;
	}
	return most;
}

static void print_cell(const struct table *t, size_t i, size_t width, FILE *out)
{
	const char *text = text_of(t, i);
	bool is_last = (i + 1) % t->columns == 0;

	(void)fputs(text, out);
	for (size_t shown = width_of(text); shown < width + 2 && !is_last; shown++)
		(void)fputc(' ', out);
}

void table_print(const struct table *t, FILE *out, bool has_colours)
{
	size_t *widths = calloc(t->columns, sizeof(*widths));

	for (size_t c = 0; widths != NULL && c < t->columns; c++)
		widths[c] = column_width(t, c);
	for (size_t i = 0; i < t->count; i++) {
		bool is_red = has_colours && t->cells[i].is_marked;

		if (is_red && i % t->columns == 0)
			(void)fputs("\033[31m", out);
		print_cell(t, i, widths != NULL ? widths[i % t->columns] : 0, out);
		if ((i + 1) % t->columns == 0)
			(void)fputs(is_red ? "\033[0m\n" : "\n", out);
	}
	free(widths);
}

enum err table_new(size_t columns, struct table **ret_table)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	t->columns = columns;
	*ret_table = t;
	return ERR_OK;
}

void table_free(struct table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

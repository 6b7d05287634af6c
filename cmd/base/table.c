/* SPDX-License-Identifier: MIT */
#include "cmd/base/table.h"

#include <stdlib.h>
#include <string.h>

#define CELLS_STEP   256
#define GAP          2 /* blanks between columns */
#define BELOW_INDENT 2
#define WRAP_INDENT  4
#define ROW_MAX      ((size_t)1024 * 1024)

struct cell {
	char *text; /* owned; NULL when it is empty */
	bool is_marked;
};

struct table {
	const struct table_column *columns; /* borrowed */
	size_t column_count, count, room;
	struct cell *cells; /* owned */
	bool is_marked;     /* the row being filled */
};

/* How it is printed. */
struct layout {
	const struct table *t;
	const struct terminal *terminal;
	size_t *widths; /* owned: a column's of the table; 0: it is below */
};

/* ---- filling ---- */

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

void table_add(struct table *t, struct str text)
{
	struct cell *cell;

	if (!make_room(t))
		return;
	cell = &t->cells[t->count++];
	cell->text = text.len > 0 ? str_dup(text) : NULL;
	cell->is_marked = t->is_marked;
	if (cell->text != NULL)
		terminal_clean(cell->text);
	if (t->count % t->column_count == 0)
		t->is_marked = false;
}

void table_mark(struct table *t)
{
	t->is_marked = true;
	for (size_t i = t->count - t->count % t->column_count; i < t->count; i++)
		t->cells[i].is_marked = true;
}

/* ---- what goes below ---- */

static struct str text_of(const struct table *t, size_t i)
{
	return str_from(t->cells[i].text != NULL ? t->cells[i].text : "-");
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t most = terminal_width(str_from(t->columns[column].head));

	for (size_t i = column; i < t->count; i += t->column_count) {
		size_t width = terminal_width(text_of(t, i));

		most = width > most ? width : most;
	}
	return most;
}

static size_t row_width(const struct layout *l)
{
	size_t width = 0;

	for (size_t c = 0; c < l->t->column_count; c++)
		width += l->widths[c] > 0 ? l->widths[c] + GAP : 0;
	return width - GAP;
}

/* @return whether there was one */
static bool put_below(struct layout *l, unsigned turn)
{
	for (size_t c = 0; c < l->t->column_count; c++) {
		if (l->t->columns[c].turn == turn) {
			l->widths[c] = 0;
			return true;
		}
	}
	return false;
}

static bool layout_init(struct layout *l, const struct table *t, const struct terminal *terminal)
{
	*l = (struct layout){t, terminal, calloc(t->column_count, sizeof(*l->widths))};
	if (l->widths == NULL)
		return false;
	for (size_t c = 0; c < t->column_count; c++)
		l->widths[c] = column_width(t, c);
	for (unsigned turn = 1; terminal->columns > 0 && row_width(l) > terminal->columns; turn++) {
		if (!put_below(l, turn))
			break;
	}
	return true;
}

/* ---- printing ---- */

static void append_cell(const struct layout *l, size_t column, struct str text, struct buf *line)
{
	bool is_last = true;

	if (l->widths[column] == 0)
		return;
	for (size_t c = column + 1; c < l->t->column_count; c++)
		is_last = is_last && l->widths[c] == 0;
	(void)buf_append_str(line, text);
	if (!is_last) {
		size_t pad = l->widths[column] + GAP - terminal_width(text);

		(void)buf_printf(line, "%*s", (int)pad, "");
	}
}

static void append_below(const struct layout *l, size_t first, struct buf *lines)
{
	struct buf line;

	buf_init(&line, ROW_MAX);
	for (size_t c = 0; c < l->t->column_count; c++) {
		if (l->widths[c] > 0 || l->t->cells[first + c].text == NULL)
			continue;
		buf_reset(&line);
		(void)buf_printf(&line, "%*s%s %s", BELOW_INDENT, "", l->t->columns[c].head,
		                 l->t->cells[first + c].text);
		(void)buf_append_char(lines, '\n');
		terminal_wrap(lines, buf_str(&line), l->terminal->columns, WRAP_INDENT);
	}
	buf_fini(&line);
}

static void print_head(const struct layout *l, FILE *out)
{
	struct buf line, lines;

	buf_init(&line, ROW_MAX);
	buf_init(&lines, ROW_MAX);
	for (size_t c = 0; c < l->t->column_count; c++)
		append_cell(l, c, str_from(l->t->columns[c].head), &line);
	terminal_wrap(&lines, buf_str(&line), l->terminal->columns, BELOW_INDENT);
	terminal_print(l->terminal, buf_cstr(&lines), false, out);
	buf_fini(&line);
	buf_fini(&lines);
}

/** @param first  cell of the row */
static void print_row(const struct layout *l, size_t first, FILE *out)
{
	struct buf line, lines;

	buf_init(&line, ROW_MAX);
	buf_init(&lines, ROW_MAX);
	for (size_t c = 0; c < l->t->column_count; c++)
		append_cell(l, c, text_of(l->t, first + c), &line);
	terminal_wrap(&lines, buf_str(&line), l->terminal->columns, BELOW_INDENT);
	append_below(l, first, &lines);
	terminal_print(l->terminal, buf_cstr(&lines), l->t->cells[first].is_marked, out);
	buf_fini(&line);
	buf_fini(&lines);
}

void table_print(const struct table *t, const struct terminal *terminal, FILE *out)
{
	struct layout l;

	if (!layout_init(&l, t, terminal))
		return;
	print_head(&l, out);
	for (size_t i = 0; i + t->column_count <= t->count; i += t->column_count)
		print_row(&l, i, out);
	free(l.widths);
}

/* ---- life ---- */

enum err table_new(const struct table_column *columns, size_t count, struct table **ret_table)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	t->columns = columns;
	t->column_count = count;
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

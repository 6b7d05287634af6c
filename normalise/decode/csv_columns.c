/* SPDX-License-Identifier: MIT */
#include "normalise/decode/csv_columns.h"

#include <stdlib.h>

#include "core/ascii.h"

#define SUFFIX_BYTES 8 /* "_4096" */

static bool is_filler(char c)
{
	return c == ' ' || c == '\t' || c == '_' || c == '-';
}

/* Equal but for case, blanks, `_` and `-`. */
static bool is_like(struct str a, struct str b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.len && is_filler(a.ptr[i]))
			i++;
		while (j < b.len && is_filler(b.ptr[j]))
			j++;
		if (i == a.len || j == b.len)
			return i == a.len && j == b.len && a.len > 0 && b.len > 0;
		if (ascii_lower(a.ptr[i++]) != ascii_lower(b.ptr[j++]))
			return false;
	}
}

static bool is_taken(const struct str *names, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(names[i], name))
			return true;
	}
	return false;
}

/* What naming one column looks at. */
struct naming {
	const struct decode_spec *spec;
	struct arena *a;
	const struct str *texts; /* of the header */
	size_t text_count;
	struct str *names; /* of the columns so far */
	struct csv_columns columns;
};

static bool is_in_header(const struct naming *n, struct str name)
{
	for (size_t i = 0; i < n->text_count; i++) {
		if (str_eq(str_trim(n->texts[i]), name))
			return true;
	}
	return false;
}

/* The profile's name for a column, when it is not another column's. */
static struct str known_name(const struct naming *n, struct str text)
{
	for (size_t i = 0; i < n->spec->column_count; i++) {
		struct str name = n->spec->columns[i];
		bool is_exact = str_eq(name, text);

		if (!is_exact && (!is_like(name, text) || is_in_header(n, name)))
			continue;
		if (!is_taken(n->names, n->columns.count, name))
			return name;
	}
	return STR_EMPTY;
}

/* NAME_2, NAME_3, …, the first that no column before has. */
static enum err free_name(struct arena *a, const struct str *names, size_t count, struct str *name)
{
	struct buf b;
	enum err err = ERR_OK;

	if (!is_taken(names, count, *name))
		return ERR_OK;
	buf_init(&b, name->len + SUFFIX_BYTES);
	for (size_t n = 2; n <= count + 2; n++) {
		buf_reset(&b);
		(void)buf_printf(&b, "%.*s_%zu", STR_FMT(*name), n);
		if (!is_taken(names, count, buf_str(&b)))
			break;
	}
	err = buf_err(&b) == ERR_OK ? arena_str_dup(a, buf_str(&b), name) : ERR_NOMEM;
	buf_fini(&b);
	return err;
}

static enum err numbered(struct arena *a, const char *before, size_t number, struct str *ret_name)
{
	struct buf b;
	enum err err;

	buf_init(&b, sizeof("column_") + SUFFIX_BYTES);
	(void)buf_printf(&b, "%s%zu", before, number);
	err = buf_err(&b) == ERR_OK ? arena_str_dup(a, buf_str(&b), ret_name) : ERR_NOMEM;
	buf_fini(&b);
	return err;
}

static enum err name_column(struct naming *n)
{
	struct str name = str_trim(n->texts[n->columns.count]), known = known_name(n, name);
	enum err err = ERR_OK;

	if (known.len > 0) {
		n->columns.known++;
		name = known;
	} else if (name.len == 0) {
		err = numbered(n->a, "column_", n->columns.count + 1, &name);
	}
	if (err == ERR_OK)
		err = free_name(n->a, n->names, n->columns.count, &name);
	n->names[n->columns.count++] = name;
	return err;
}

/* Without a header: 1, 2, …, as many as a row can have. */
static enum err number_columns(struct arena *a, struct str *names, struct csv_columns *ret_columns)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < CSV_COLUMNS_MAX && err == ERR_OK; i++)
		err = numbered(a, "", i + 1, &names[i]);
	*ret_columns = (struct csv_columns){.names = names, .count = CSV_COLUMNS_MAX};
	return err;
}

static enum err name_columns(struct naming *n, struct csv_columns *ret_columns,
                             struct err_detail *reterr_detail)
{
	enum err err = ERR_OK;

	while (n->columns.count < n->text_count && err == ERR_OK)
		err = name_column(n);
	if (err != ERR_OK)
		return err;
	if (n->columns.known == 0 && n->spec->column_count > 0) {
		err_detail_set(reterr_detail,
		               "the header has none of the columns that the maps look at");
		return ERR_PARSE;
	}
	n->columns.names = n->names;
	*ret_columns = n->columns;
	return ERR_OK;
}

enum err csv_columns_read(const struct decode_spec *spec, const struct csv_head *head,
                          struct csv_fields *fields, struct arena *a,
                          struct csv_columns *ret_columns, struct err_detail *reterr_detail)
{
	struct naming n = {.spec = spec, .a = a, .text_count = CSV_COLUMNS_MAX};
	enum err err = ERR_OK;

	if (!spec->csv.no_header) {
		err = csv_fields_split(fields, head->line, head->delimiter, head->encoding, a,
		                       &n.texts, &n.text_count);
	}
	if (err != ERR_OK)
		return err == ERR_LIMIT ? ERR_PARSE : err;
	n.names = arena_alloc(a, (n.text_count + 1) * sizeof(*n.names));
	if (n.names == NULL)
		return ERR_NOMEM;
	if (spec->csv.no_header)
		return number_columns(a, n.names, ret_columns);
	return name_columns(&n, ret_columns, reterr_detail);
}

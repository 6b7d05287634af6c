/* SPDX-License-Identifier: MIT */
#include "normalise/decode/csv_row.h"

void csv_row_begin(struct csv_row *r, char delimiter)
{
	*r = (struct csv_row){.delimiter = delimiter, .is_blank = true, .fields = 1};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void end_field(struct csv_row *r)
{
	r->fields++;
	r->is_blank = false;
	r->place = CSV_BEFORE;
}

static void behind_quote(struct csv_row *r, char c)
{
	if (is_blank(c)) {
		r->place = CSV_BEHIND;
		return;
	}
	r->is_broken = true;
	r->place = CSV_PLAIN;
}

/* A byte that is no line end. */
static void take(struct csv_row *r, char c)
{
	if (r->place != CSV_QUOTED && c == r->delimiter) {
		end_field(r);
		return;
	}
	switch (r->place) {
	case CSV_BEFORE:
		if (is_blank(c))
			return;
		r->is_blank = false;
		r->place = c == '"' ? CSV_QUOTED : CSV_PLAIN;
		return;
	case CSV_PLAIN:
		return;
	case CSV_QUOTED:
		r->place = CSV_QUOTE; /* everything else was stepped over */
		return;
	case CSV_QUOTE:
		if (c == '"') {
			r->place = CSV_QUOTED;
			return;
		}
		behind_quote(r, c);
		return;
	case CSV_BEHIND:
		behind_quote(r, c);
		return;
	}
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* Over bytes that change nothing. */
static const char *skip(const struct csv_row *r, const char *p, const char *end)
{
	if (r->place == CSV_PLAIN) {
		while (p < end && *p != r->delimiter && !is_line_end(*p))
			p++;
	} else if (r->place == CSV_QUOTED) {
		while (p < end && *p != '"' && !is_line_end(*p))
			p++;
	}
	return p;
}

bool csv_row_scan(struct csv_row *r, const char **at, const char *end, bool is_last)
{
	const char *p = *at;

	while ((p = skip(r, p, end)) < end) {
		if (!is_line_end(*p)) {
			take(r, *p++);
			continue;
		}
		if (*p == '\r' && p + 1 == end && !is_last)
			break;
		p += *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
		r->lines++;
		if (r->place != CSV_QUOTED) {
			*at = p;
			return true;
		}
	}
	*at = p;
	return false;
}

struct str csv_row_text(const char *start, const char *at, bool is_ended)
{
	if (is_ended && at[-1] == '\n' && at - start > 1 && at[-2] == '\r')
		at--;
	if (is_ended)
		at--;
	return (struct str){start, (size_t)(at - start)};
}

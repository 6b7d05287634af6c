/* SPDX-License-Identifier: MIT */
#include "normalise/decode/csv_head.h"

#include <inttypes.h>
#include <string.h>

#include "core/ascii.h"
#include "normalise/decode/csv_row.h"
#include "normalise/decode/form.h"

#define VAR_NAME    "_csv"
/* So many rows behind the header say which delimiter it is. */
#define SAMPLE_ROWS 20

static const char delimiters[] = {',', ';', '\t', '|'};
/* In the order of enum csv_encoding. */
static const char encodings[] = {'a', 'u', 'w'};

/** What one delimiter makes of the first rows. */
struct sample {
	size_t fields; /* of the first row */
	size_t rows;
	size_t even; /* rows with as many fields */
};

static struct sample take_sample(struct str text, char delimiter, bool is_all)
{
	const char *at = text.ptr, *end = text.ptr + text.len;
	struct sample s = {.fields = 0};
	struct csv_row row;

	while (at < end && s.rows <= SAMPLE_ROWS) {
		csv_row_begin(&row, delimiter);
		if (!csv_row_scan(&row, &at, end, is_all) && !is_all && s.rows > 0)
			break; /* the sample ends in it */
		if (row.is_blank)
			continue;
		if (s.rows == 0)
			s.fields = row.fields;
		s.rows++;
		if (row.fields == s.fields)
			s.even++;
	}
	return s;
}

static bool is_better(struct sample a, struct sample b)
{
	size_t left = a.even * b.rows, right = b.even * a.rows;

	return left != right ? left > right : a.fields > b.fields;
}

static char find_delimiter(struct str text, bool is_all)
{
	struct sample best = {.fields = 0};
	char found = ',';

	for (size_t i = 0; i < sizeof(delimiters); i++) {
		struct sample s = take_sample(text, delimiters[i], is_all);

		if (s.fields > 1 && (best.fields == 0 || is_better(s, best))) {
			best = s;
			found = delimiters[i];
		}
	}
	return found;
}

/* What the first byte says that is none of CSV. */
static const char *is_other(struct str text)
{
	text = str_trim(text);
	if (text.ptr[0] == '<')
		return "an HTML page or other markup, not CSV";
	if (text.ptr[0] == '{' || text.ptr[0] == '[')
		return "JSON, not CSV";
	return NULL;
}

static enum err fail(struct err_detail *reterr_detail, const char *text)
{
	err_detail_set(reterr_detail, "%s", text);
	return ERR_PARSE;
}

/* @p at: the header's first byte. */
static enum err read_header(struct str text, bool is_all, struct csv_head *head, size_t *ret_len,
                            struct err_detail *reterr_detail)
{
	const char *at = text.ptr;
	struct csv_row row;

	csv_row_begin(&row, head->delimiter);

	bool is_ended = csv_row_scan(&row, &at, text.ptr + text.len, is_all);

	if (!is_ended && !is_all)
		return fail(reterr_detail, "the header is longer than 64 KiB");
	if (row.place == CSV_QUOTED)
		return fail(reterr_detail, "the file ends within quotes, in its header");
	if (row.is_broken)
		return fail(reterr_detail, "text behind a closing quote in the header");
	if (row.fields > CSV_COLUMNS_MAX)
		return fail(reterr_detail, "the header has more than 4096 columns");
	head->line = csv_row_text(text.ptr, at, is_ended);
	if (memchr(head->line.ptr, '\0', head->line.len) != NULL) {
		return fail(reterr_detail, "a NUL byte in the header: no text, or UTF-16 without a "
		                           "byte order mark");
	}
	head->first_line += row.lines;
	*ret_len = (size_t)(at - text.ptr);
	return ERR_OK;
}

/* Whatever the delimiter is: a line of nothing else is none of a header. */
static bool has_nothing(struct str line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (memchr(delimiters, line.ptr[i], sizeof(delimiters)) == NULL &&
		    line.ptr[i] != ' ' && line.ptr[i] != '\r' && line.ptr[i] != '\n')
			return false;
	}
	return true;
}

/* @return bytes of lines before the first row that has something */
static size_t skip_blank_lines(struct str text, uint64_t *lines)
{
	const char *at = text.ptr, *end, *start = at;
	struct csv_row row;

	if (text.len == 0)
		return 0;
	end = text.ptr + text.len;
	while (at < end) {
		start = at;
		csv_row_begin(&row, ',');
		(void)csv_row_scan(&row, &at, end, true);
		if (!has_nothing((struct str){start, (size_t)(at - start)}))
			break;
		*lines += row.lines;
		start = at;
	}
	return (size_t)(start - text.ptr);
}

/* Of a text without quotes: "sep=;". @return '\0': it is none */
static char named_delimiter(struct str line)
{
	static const struct str name = {"sep=", 4};

	if (line.len != name.len + 1 || !str_ieq((struct str){line.ptr, name.len}, name) ||
	    memchr(delimiters, line.ptr[name.len], sizeof(delimiters)) == NULL)
		return '\0';
	return line.ptr[name.len];
}

/* "sep=<tab>" ends with its delimiter, so only blanks are none of it. */
static struct str trim_blanks(struct str s)
{
	while (s.len > 0 && s.ptr[s.len - 1] == ' ')
		s.len--;
	while (s.len > 0 && s.ptr[0] == ' ')
		s = (struct str){s.ptr + 1, s.len - 1};
	return s;
}

/* Excel's first line, which says the delimiter and is no row. @return its bytes; 0: there is none
 */
static size_t read_named(struct str text, char *ret_delimiter)
{
	struct str line = text;
	char delimiter;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\n' || text.ptr[i] == '\r') {
			line.len = i;
			break;
		}
	}

	size_t len = line.len;

	line = trim_blanks(line);
	if (line.len > 1 && line.ptr[0] == '"' && line.ptr[line.len - 1] == '"')
		line = (struct str){line.ptr + 1, line.len - 2};
	delimiter = named_delimiter(line);
	if (delimiter == '\0')
		return 0;
	*ret_delimiter = delimiter;
	return len;
}

/* @return bytes before the header, or the first row */
static size_t skip_to_header(struct str text, struct csv_head *head)
{
	size_t skipped = skip_blank_lines(text, &head->first_line), len;

	len = read_named((struct str){text.ptr + skipped, text.len - skipped}, &head->delimiter);
	if (len == 0)
		return skipped;
	skipped += len;
	/* What is left of the line is its end: a blank line. */
	return skipped + skip_blank_lines((struct str){text.ptr + skipped, text.len - skipped},
	                                  &head->first_line);
}

enum err csv_head_read(const struct csv_spec *spec, struct str text, struct csv_head *ret_head,
                       size_t *ret_len, struct err_detail *reterr_detail)
{
	bool is_all = text.len <= CSV_HEAD_MAX;
	struct csv_head head = {.delimiter = spec->delimiter, .encoding = ret_head->encoding};
	size_t len = 0;
	enum err err;

	if (!is_all)
		text.len = CSV_HEAD_MAX;
	head.first_line = 1;

	size_t skipped = skip_to_header(text, &head);

	if (skipped == text.len)
		return ERR_NOENT;
	text = (struct str){text.ptr + skipped, text.len - skipped};
	if (is_other(text) != NULL)
		return fail(reterr_detail, is_other(text));
	if (head.delimiter == '\0')
		head.delimiter = find_delimiter(text, is_all);
	if (!spec->no_header) {
		err = read_header(text, is_all, &head, &len, reterr_detail);
		if (err != ERR_OK)
			return err;
	}
	*ret_head = head;
	*ret_len = skipped + len;
	return ERR_OK;
}

enum err csv_head_write(const struct csv_head *head, struct buf *vars)
{
	struct str line = head->line;

	(void)buf_printf(vars, VAR_NAME "=%%%02X%c%" PRIu64 "%%3A", (unsigned)head->delimiter,
	                 encodings[head->encoding], head->first_line);
	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];

		if (ascii_is_alnum(c) || c == '_' || c == '-') {
			(void)buf_append_char(vars, c);
		} else {
			(void)buf_printf(vars, "%%%02X", (unsigned)(unsigned char)c);
		}
	}
	return buf_err(vars);
}

static bool read_encoding(char c, enum csv_encoding *ret_encoding)
{
	for (size_t i = 0; i < sizeof(encodings); i++) {
		if (encodings[i] == c) {
			*ret_encoding = (enum csv_encoding)i;
			return true;
		}
	}
	return false;
}

static enum err parse(struct str text, struct csv_head *ret_head)
{
	struct csv_head head = {.line = STR_EMPTY};
	struct str number;

	if (text.len < 2 || memchr(delimiters, text.ptr[0], sizeof(delimiters)) == NULL ||
	    !read_encoding(text.ptr[1], &head.encoding))
		return ERR_PARSE;
	head.delimiter = text.ptr[0];
	text = (struct str){text.ptr + 2, text.len - 2};
	if (!str_cut(text, ':', &number, &head.line) ||
	    str_to_u64(number, &head.first_line) != ERR_OK)
		return ERR_PARSE;
	*ret_head = head;
	return ERR_OK;
}

enum err csv_head_find(struct str vars, struct arena *a, struct csv_head *ret_head)
{
	struct str field, name, text;

	while (vars.len > 0) {
		(void)str_cut(vars, '&', &field, &vars);
		if (!str_cut(field, '=', &name, &text) || !str_eq(name, STR_LIT(VAR_NAME)))
			continue;
		if (form_unescape(a, text, true, &text) != ERR_OK)
			return ERR_NOMEM;
		return parse(text, ret_head);
	}
	return ERR_NOENT;
}

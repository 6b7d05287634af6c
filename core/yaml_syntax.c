/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/yaml_parts.h"

enum err yaml_fail_mark(const char *file, yaml_mark_t mark, struct err_detail *reterr_detail,
                        const char *text)
{
	yaml_fail_place(file, mark.line + 1, mark.column + 1, reterr_detail);
	err_detail_set(reterr_detail, "%s", text);
	return ERR_PARSE;
}

static struct str line_of(struct str text, size_t line)
{
	struct str head = STR_EMPTY;

	for (size_t i = 0; i <= line; i++)
		(void)str_cut(text, '\n', &head, &text);
	return head;
}

static bool is_tab_indented(struct str line)
{
	size_t i = 0;

	while (i < line.len && line.ptr[i] == ' ')
		i++;
	return i < line.len && line.ptr[i] == '\t';
}

/* libyaml could not read bytes as characters: it knows only the offset. */
static enum err fail_reader(const char *file, const yaml_parser_t *parser, struct str text,
                            struct err_detail *reterr_detail)
{
	size_t line = 1, col = 1;

	for (size_t i = 0; i < parser->problem_offset && i < text.len; i++) {
		col = text.ptr[i] == '\n' ? 1 : col + 1;
		line += text.ptr[i] == '\n';
	}
	yaml_fail_place(file, line, col, reterr_detail);
	err_detail_set(reterr_detail, "not readable as text (%s); save the file as UTF-8",
	               parser->problem);
	return ERR_PARSE;
}

static enum err fail_syntax(const char *file, const yaml_parser_t *parser, struct str text,
                            struct err_detail *reterr_detail)
{
	yaml_mark_t mark = parser->problem_mark;
	struct str line = line_of(text, mark.line);

	if (is_tab_indented(line))
		return yaml_fail_mark(file, mark, reterr_detail, "a tab cannot indent; use blanks");
	if (mark.column < line.len && strchr("@`%", line.ptr[mark.column]) != NULL &&
	    line.ptr[mark.column] != '\0') {
		return yaml_fail_mark(
			file, mark, reterr_detail,
			"a value cannot begin with '@', '`' or '%'; put it in quotes");
	}
	yaml_fail_place(file, mark.line + 1, mark.column + 1, reterr_detail);
	if (parser->context != NULL) {
		err_detail_set(reterr_detail,
		               "not YAML: %s (%s that begins in line %zu); check indentation, "
		               "colons and quotes",
		               parser->problem, parser->context, parser->context_mark.line + 1);
	} else {
		err_detail_set(reterr_detail, "not YAML: %s; check indentation, colons and quotes",
		               parser->problem);
	}
	return ERR_PARSE;
}

enum err yaml_fail_parser(const char *file, const yaml_parser_t *parser, struct str text,
                          struct err_detail *reterr_detail)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return ERR_NOMEM;
	if (parser->error == YAML_READER_ERROR)
		return fail_reader(file, parser, text, reterr_detail);
	return fail_syntax(file, parser, text, reterr_detail);
}

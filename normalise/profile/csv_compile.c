/* SPDX-License-Identifier: MIT */
#include "normalise/profile/profile_parts.h"
#include "normalise/profile/scalar_compile.h"

/* With "auto" in front; the position is what the texts stand for. */
static const char *const delimiters[] = {"auto", ",", ";", "tab", "|", NULL};
static const char delimiter_chars[] = {'\0', ',', ';', '\t', '|'};
/* In the order of enum csv_encoding. */
static const char *const encodings[] = {"auto",     "utf-8",    "windows-1252",
                                        "utf-16le", "utf-16be", NULL};

static enum err header_compile(struct compiler *c, const struct yaml_node *node,
                               struct csv_spec *csv)
{
	static const char *const choices[] = {"true", "false", NULL};
	size_t i = 0;
	enum err err = compile_choice(c, node, choices, &i);

	csv->no_header = i == 1;
	return err;
}

enum err csv_compile(struct compiler *c, const struct yaml_node *node, struct decode_spec *spec)
{
	static const char *const known[] = {"delimiter", "header", "encoding", NULL};
	struct csv_spec csv = {.delimiter = '\0'};
	size_t i = 0;
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *delimiter = yaml_get(node, "delimiter");
	const struct yaml_node *header = yaml_get(node, "header");
	const struct yaml_node *encoding = yaml_get(node, "encoding");

	if (spec->as != DECODE_CSV && spec->as != DECODE_AUTO)
		return yaml_fail_key(node, c->detail, "\"csv\" is for as: csv or auto");
	if (delimiter != NULL)
		err = compile_choice(c, delimiter, delimiters, &i);
	csv.delimiter = delimiter_chars[i];
	if (err == ERR_OK && header != NULL)
		err = header_compile(c, header, &csv);
	i = 0;
	if (err == ERR_OK && encoding != NULL)
		err = compile_choice(c, encoding, encodings, &i);
	csv.encoding = (enum csv_encoding)i;
	spec->csv = csv;
	return err;
}

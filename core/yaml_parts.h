/* SPDX-License-Identifier: MIT */
/**
 * yaml_parts - what the files of yaml share; nobody else includes it.
 *
 * yaml.c has the document and reads files, yaml_build.c makes its nodes of libyaml's events,
 * yaml_syntax.c says in our words what libyaml could not read, yaml_node.c is about the nodes of a
 * document that is there.
 */
#ifndef CORE_YAML_PARTS_H
#define CORE_YAML_PARTS_H

#include <yaml.h>

#include "core/arena.h"
#include "core/yaml.h"

struct yaml_doc {
	struct yaml_node root; /* first: yaml_file() gets from the root to its document */
	struct arena arena;    /* owns the other nodes and every text */
	char *file;            /* owned */
};

/* yaml.c */

/** Begin a detail: where. */
void yaml_fail_place(const char *file, size_t line, size_t col, struct err_detail *d);

/* yaml_build.c */

/** Make the nodes of @p doc. @return as yaml_parse() */
enum err yaml_build(struct yaml_doc *doc, struct str text,
                    struct err_detail *reterr_detail) MUST_CHECK;

/* yaml_syntax.c */

/** @return ERR_PARSE always */
enum err yaml_fail_mark(const char *file, yaml_mark_t mark, struct err_detail *reterr_detail,
                        const char *text) MUST_CHECK;
/** What stopped @p parser in @p text. @return ERR_PARSE, ERR_NOMEM */
enum err yaml_fail_parser(const char *file, const yaml_parser_t *parser, struct str text,
                          struct err_detail *reterr_detail) MUST_CHECK;

#endif /* CORE_YAML_PARTS_H */

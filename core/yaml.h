/* SPDX-License-Identifier: MIT */
/**
 * yaml - a YAML 1.1 document as a tree of nodes that know their line.
 *
 * Wraps libyaml. Used by conf/ and normalise/profile, so that every complaint
 * about a file names file, line and key. Refused, with a clear text: a second
 * document, anchors and aliases, tags, duplicate keys, keys that are not
 * scalars, NUL characters, more than YAML_DEPTH_MAX levels, more than
 * YAML_NODES_MAX nodes, more than YAML_BYTES_MAX bytes. UTF-8 and, with a byte
 * order mark, UTF-16 are read.
 *
 * Ownership: the document owns every node and text; they live until yaml_free().
 */
#ifndef CORE_YAML_H
#define CORE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX 100000
#define YAML_BYTES_MAX ((size_t)4 * 1024 * 1024)

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	struct str text; /* SCALAR: its value, NUL-terminated */
	bool quoted;     /* SCALAR: written in quotes or as a block: never null, true or a number */
	struct str key;  /* key under which it stands in its mapping, NUL-terminated; else empty */
	unsigned line, col;         /* of the value, from 1 */
	unsigned key_line, key_col; /* of the key, from 1; 0 when it has none */
	size_t count;               /* children */
	struct yaml_node *first;    /* first child, in the order of the file */
	struct yaml_node *next;     /* next sibling */
	struct yaml_node *parent;   /* NULL for the root */
	unsigned mark;              /* for the document's owner; 0 after yaml_parse() */
};

struct yaml_doc;

/**
 * Read one document.
 *
 * @param file  name for errors and yaml_where(); copied
 * @return ERR_OK
 *         ERR_PARSE  not YAML, or refused as above; also an empty document
 *         ERR_NOMEM
 */
enum err yaml_parse(struct str text, const char *file, struct yaml_doc **ret_doc,
                    struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Read a file.
 *
 * @return as yaml_parse()
 *         ERR_NOENT  no such file
 *         ERR_AUTH   may not read it
 *         ERR_LIMIT  over YAML_BYTES_MAX
 *         ERR_IO
 *         The detail has file and text each time but for ERR_NOMEM.
 */
enum err yaml_parse_file(const char *path, struct yaml_doc **ret_doc,
                         struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Accepts NULL.
 *
 * Has a linker name of its own: libyaml exports a function called yaml_free(), calls it itself,
 * and would get this one.
 */
void yaml_free(struct yaml_doc *doc) __asm__("yaml_doc_free");

struct yaml_node *yaml_root(struct yaml_doc *doc);

/** Name of the file the node's document was read from. */
const char *yaml_file(const struct yaml_node *node);

/** The child of a mapping with this key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/**
 * A node that may be one thing or a list of them, as a list: follow `next` so often as it says.
 *
 * @param ret_first  the node itself, or its first child (NULL when it has none)
 * @return how many
 */
size_t yaml_items(const struct yaml_node *node, const struct yaml_node **ret_first);

/** Whether both say the same, wherever it is written. */
bool yaml_same(const struct yaml_node *a, const struct yaml_node *b);

/** Whether it is a plain (unquoted) empty, "~" or "null". */
bool yaml_is_null(const struct yaml_node *node);

/**
 * Fill @p reterr_detail with file, line, column and key path of @p node
 * ("accounts[0].webhooks[1].auth") and a text.
 *
 * @return ERR_PARSE always, so that a caller can say `return yaml_fail(…)`
 */
enum err yaml_fail(const struct yaml_node *node, struct err_detail *reterr_detail, const char *fmt,
                   ...) PRINTF_LIKE(3, 4);

/** As yaml_fail(), with line and column of the node's key. */
enum err yaml_fail_key(const struct yaml_node *node, struct err_detail *reterr_detail,
                       const char *fmt, ...) PRINTF_LIKE(3, 4);

/** The word of @p known that @p word was probably meant to be, or NULL. @p known ends with NULL. */
const char *yaml_nearest(struct str word, const char *const *known);

/**
 * Refuse every key of @p mapping that is not in @p known, with the nearest known one as a
 * suggestion ("unknown key \"usrname\"; did you mean \"username\"?").
 *
 * @param known  NULL-terminated list of literals
 * @return ERR_OK, ERR_PARSE (also when the node is not a mapping)
 */
enum err yaml_check_keys(const struct yaml_node *mapping, const char *const *known,
                         struct err_detail *reterr_detail) MUST_CHECK;

#endif /* CORE_YAML_H */

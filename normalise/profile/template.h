/* SPDX-License-Identifier: MIT */
/**
 * template - `${name}` in the requests of a profile.
 *
 * `${name}` is replaced by the text of that name, `${name:int}` likewise, but the text must be
 * digits with an optional '-', and a JSON value that is nothing else becomes a number.
 * `${name:path}` in a path keeps the '/' of its text, but for those at its begin. `$$` is a '$'.
 * Which names there are is said by whoever checks and renders: variables of the account,
 * loop values, `from`, `to`, `page`, `offset`, `cursor`, `hook.url` and so on.
 *
 * Pure. Rendered text may hold secrets: it is never logged.
 */
#ifndef NORMALISE_PROFILE_TEMPLATE_H
#define NORMALISE_PROFILE_TEMPLATE_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "core/yaml.h"

/** @return whether there is such a name; @p ret_text is borrowed until the next call */
typedef bool (*template_lookup_fn)(void *arg, struct str name, struct str *ret_text);

/** @return whether the name may be used where the template stands */
typedef bool (*template_known_fn)(void *arg, struct str name);

/** How a replaced text is written. What stands outside of `${}` is never changed. */
enum template_encoding {
	TEMPLATE_PLAIN, /* as it is; CR, LF and NUL in a replaced text are ERR_INVAL */
	TEMPLATE_PATH,  /* percent-encoded as one path segment (RFC 3986 unreserved pass) */
	TEMPLATE_QUERY  /* percent-encoded as a query value; ':' and ',' also pass */
};

/**
 * Check syntax and names at load time.
 *
 * @return ERR_OK, ERR_PARSE (text of the detail says which name and what is known)
 */
enum err template_check(struct str text, template_known_fn known, void *arg,
                        struct err_detail *reterr_detail) MUST_CHECK;

/** Check every scalar of a tree (the `json` of a request). The detail has file and line. */
enum err template_check_tree(const struct yaml_node *node, template_known_fn known, void *arg,
                             struct err_detail *reterr_detail) MUST_CHECK;

/** Whether the template uses this name. */
bool template_uses(struct str text, struct str name);

/**
 * Append the rendered text.
 *
 * @return ERR_OK, ERR_NOENT a name has no text now, ERR_INVAL a text is no number or holds what
 *         may not stand there, ERR_LIMIT, ERR_NOMEM (both of the buffer)
 */
enum err template_render(struct str text, enum template_encoding encoding,
                         template_lookup_fn lookup, void *arg, struct buf *b) MUST_CHECK;

/**
 * Append a YAML tree as JSON: plain scalars that are null, true, false or a JSON number are written
 * as such, everything else as a string.
 *
 * @return as template_render()
 */
enum err template_render_json(const struct yaml_node *node, template_lookup_fn lookup, void *arg,
                              struct buf *b) MUST_CHECK;

#endif /* NORMALISE_PROFILE_TEMPLATE_H */

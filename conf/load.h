/* SPDX-License-Identifier: MIT */
/**
 * load - what the parts of conf/ share: a configuration while it is being read, and after.
 */
#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include "conf/conf.h"
#include "core/arena.h"
#include "core/yaml.h"

/** Where a scalar's text came from: kept in its node's mark. */
enum conf_origin { ORIGIN_LITERAL, ORIGIN_ENVIRONMENT, ORIGIN_FILE };

/** struct conf with everything that stands behind it. */
struct conf_full {
	struct conf conf;     /* first: conf_print() and conf_free() get from it to this */
	struct arena arena;   /* owns every text and list of conf */
	struct yaml_doc *doc; /* owned; expanded */
	const char *folder;   /* of the file; in the arena */
};

/** What reading needs. */
struct conf_load {
	struct conf_full *full; /* borrowed */
	conf_warn_fn warn;      /* NULL: nobody listens */
	void *warn_arg;
	struct err_detail *detail; /* NULL: nobody asks */
};

/**
 * A configuration out of a document.
 *
 * @param file  path of the document: relative paths in it start at its folder
 * @param doc   taken over on success, stays the caller's on failure
 * @return as conf_load()
 */
enum err conf_from_yaml(struct yaml_doc *doc, const char *file, conf_warn_fn warn, void *warn_arg,
                        struct conf **ret_conf, struct err_detail *reterr_detail) MUST_CHECK;

/** Replace `${NAME}` and `${file:PATH}` in every value of the document (expand.c). */
enum err conf_expand(struct conf_load *load, struct yaml_node *root) MUST_CHECK;

/** Read everything but profiles and accounts (parse.c). */
enum err conf_parse(struct conf_load *load, const struct yaml_node *root) MUST_CHECK;

/**
 * Read the plain values of a section into @p base, defaults first; refuse unknown keys.
 *
 * @param node  mapping; NULL when the section is not there: then only defaults
 */
enum err conf_parse_section(struct conf_load *load, const char *section,
                            const struct yaml_node *node, void *base) MUST_CHECK;

/** The built-in profiles and those of the folders (parse.c). */
enum err conf_parse_profiles(struct conf_load *load, const struct yaml_node *root) MUST_CHECK;

/** Accounts and their webhooks (account.c); everything else must be there. */
enum err conf_parse_accounts(struct conf_load *load, const struct yaml_node *root) MUST_CHECK;

/** The sense of what conf_parse() read, and the defaults that depend on other values (check.c). */
enum err conf_check(struct conf_load *load, const struct yaml_node *root) MUST_CHECK;

/** Webhooks need a listener (check.c). */
enum err conf_check_listen(struct conf_load *load, const struct yaml_node *root) MUST_CHECK;

/** Tell of something that does not stop the start. */
void conf_warn(const struct conf_load *load, const struct yaml_node *node, const char *text);

/** @p path as it is when absolute, else behind the file's folder; in the arena. */
enum err conf_absolute(struct conf_load *load, struct str path, struct str *ret_path) MUST_CHECK;

/** Count of items of a list that may be missing or empty. ERR_PARSE when it is not a list. */
enum err conf_list(struct conf_load *load, const struct yaml_node *node,
                   size_t *ret_count) MUST_CHECK;

#endif /* CONF_LOAD_H */

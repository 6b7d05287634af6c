/* SPDX-License-Identifier: MIT */
/**
 * schema - the one table of every key of the configuration file.
 *
 * The parser, `check --print`, the check of a reload and docs/config.md are made from it. A key
 * that is a plain value says where it goes; lists and mappings with a life of their own are named,
 * so that they are known and documented, and read by conf/parse.c and conf/account.c.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/yaml.h"

enum conf_type {
	CONF_TEXT,     /* const char *; min and max are its length in bytes */
	CONF_PATH,     /* const char *, made absolute */
	CONF_ADDRESS,  /* const char *: "127.0.0.1:8080", "[::1]:8080" */
	CONF_SIZE,     /* uint64_t bytes */
	CONF_DURATION, /* uint64_t ms */
	CONF_NUMBER,   /* uint64_t or unsigned */
	CONF_RATE,     /* struct conf_rate */
	CONF_WORD,     /* int, enum or bool; one of words */
	CONF_NODE,     /* a mapping or list with code of its own */
	CONF_REFUSED   /* not in this version; doc says what to do */
};

struct conf_rate {
	uint64_t count, per_ms;
};

struct conf_word {
	const char *text; /* NULL ends the list */
	int value;
};

struct conf_key {
	const char *section; /* "" for the top; "listen[]" for the items of a list */
	const char *name;
	enum conf_type type;
	size_t offset; /* in the section's struct: struct conf, or the item's */
	size_t width;  /* of the member */
	uint64_t min, max;
	const char *def;               /* as it would be written; NULL: none */
	const char *unit;              /* CONF_NUMBER: of what; CONF_NODE: what is written there */
	const struct conf_word *words; /* CONF_WORD */
	bool reload;                   /* whether a reload takes a change */
	bool secret;                   /* printed as `***`, warned of when written literally */
	bool required;
	const char *doc; /* one or two sentences */
};

struct conf_section {
	const char *name;
	const char *doc;
};

extern const struct conf_key conf_keys[];
extern const size_t conf_key_count;
extern const struct conf_section conf_sections[];
extern const size_t conf_section_count;

#define CONF_SECTION_KEYS_MAX 24

/**
 * The names of a section's keys, for yaml_check_keys().
 *
 * @param ret_names  NULL-terminated
 */
void conf_section_names(const char *section, const char *ret_names[CONF_SECTION_KEYS_MAX]);

/** NULL when there is none. */
const struct conf_key *conf_key_find(const char *section, const char *name);

#endif /* CONF_SCHEMA_H */

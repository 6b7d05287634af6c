/* SPDX-License-Identifier: MIT */
/**
 * map - a profile's mapping of a record to a fact, compiled.
 *
 * map_compile.c makes it from YAML, with time_, set_, counters_, value_ and condition_compile.c;
 * map_apply.c and counters.c run it. Private to normalise/.
 */
#ifndef NORMALISE_PROFILE_MAP_H
#define NORMALISE_PROFILE_MAP_H

#include "core/yaml.h"
#include "normalise/event/fact.h"
#include "normalise/profile/profile.h"
#include "normalise/profile/value_expr.h"

struct pool_path {
	struct field_path *path; /* owned */
	struct pool_path *next;
};

struct pool_format {
	struct timestamp_format *format; /* owned */
	struct pool_format *next;
};

/** Memory of everything compiled from one document. */
struct map_pool {
	struct arena arena;
	struct pool_path *paths;
	struct pool_format *formats;
	struct pool_zone *zones; /* in the order of their numbers */
	size_t zone_count;
};

/** A zone as written: an IANA name or `${var}`. */
struct pool_zone {
	struct str text;
	bool is_var; /* text is the variable's name */
	struct pool_zone *next;
};

void map_pool_init(struct map_pool *pool);
void map_pool_fini(struct map_pool *pool);

struct status_word {
	struct str word;
	enum status status;
};

struct status_rule {
	struct value_expr at;
	const struct status_word *words;
	size_t word_count;
	bool has_words; /* false: the 18 words themselves */
	bool is_fixed;
	enum status fixed;
};

/** One of a vendor's counters; it stands in the place of a status. */
struct counter_rule {
	const struct field_path *at;
	struct str word; /* member of the object there; empty: the number itself is there */
	enum status status;
};

struct set_rule {
	enum field field;
	struct value_expr value;
};

enum key_kind { KEY_FIELD, KEY_TIME, KEY_VALUE };

struct key_rule {
	enum key_kind kind;
	enum field field;        /* FIELD */
	struct value_expr value; /* VALUE */
};

struct map {
	struct str name; /* empty: written in the configuration */
	struct conditions when;
	struct time_rule time;
	struct status_rule status;           /* not with counters */
	const struct counter_rule *counters; /* one for each status at most */
	size_t counter_count;                /* 0: the map has a status */
	bool has_ordinal;     /* identical rows of a window are different facts: their number comes
	                         with the payload (normalise/ordinals.h) */
	struct set_rule *set; /* room for every field */
	size_t set_count;
	const struct key_rule *key;
	size_t key_count;
};

/** What compiling needs beside the node. */
struct compiler {
	struct map_pool *pool;
	const struct yaml_node *maps; /* the profile's `maps`, for `like`; may be NULL */
	const struct profile_var *vars;
	size_t var_count;
	const struct yaml_node *time_filter; /* a `do: [time]` of the present map; else NULL */
	bool allow_zip;                      /* the present value may be pairs */
	bool has_base;                       /* the profile has a `base` for its requests */
	struct err_detail *detail;
};

/** Compile one map. @return ERR_OK, ERR_PARSE, ERR_NOMEM */
enum err map_compile(struct compiler *c, const struct yaml_node *node, struct str name,
                     struct map *ret_map) MUST_CHECK;

/** `time`. @return as map_compile() */
enum err time_compile(struct compiler *c, const struct yaml_node *node,
                      struct time_rule *rule) MUST_CHECK;

/** `at`, `as` and `tz` of a mapping that may have other keys too. @return as map_compile() */
enum err time_part_compile(struct compiler *c, const struct yaml_node *node,
                           struct time_rule *rule) MUST_CHECK;

/** `counters`; replaces what @p map has of them. @return as map_compile() */
enum err counters_compile(struct compiler *c, const struct yaml_node *node,
                          struct map *map) MUST_CHECK;

/** One of our 18 words. @return as map_compile() */
enum err status_word_compile(struct compiler *c, const struct yaml_node *node,
                             enum status *ret_status) MUST_CHECK;

/** A `set`; what @p map sets already stays. @return as map_compile() */
enum err set_compile(struct compiler *c, const struct yaml_node *node, struct map *map,
                     bool is_done[FIELD_COUNT]) MUST_CHECK;

/** `key`, after `set`. @return as map_compile() */
enum err key_compile(struct compiler *c, const struct yaml_node *node, struct map *map) MUST_CHECK;

/** A value in any of its forms. @return ERR_OK, ERR_PARSE, ERR_NOMEM */
enum err value_compile(struct compiler *c, const struct yaml_node *node,
                       struct value_expr *ret_expr) MUST_CHECK;

/** The value at @p key of a mapping, where it is given. @return as value_compile() */
enum err value_member_compile(struct compiler *c, const struct yaml_node *node, const char *key,
                              const struct value_expr **ret_expr) MUST_CHECK;

/** `at`, `do` and `sep` of a mapping. @return as value_compile() */
enum err pick_compile(struct compiler *c, const struct yaml_node *node,
                      struct pick *pick) MUST_CHECK;

/** One condition or a list of them. @return as value_compile() */
enum err conditions_compile(struct compiler *c, const struct yaml_node *node,
                            struct conditions *ret_conditions) MUST_CHECK;

/** The condition in a mapping that may have other keys too. @return as value_compile() */
enum err condition_part_compile(struct compiler *c, const struct yaml_node *node,
                                struct conditions *ret_conditions) MUST_CHECK;

/** A JSON Pointer, owned by the pool. @return as value_compile() */
enum err path_compile(struct compiler *c, const struct yaml_node *node, struct str text,
                      bool allow_any, const struct field_path **ret_path) MUST_CHECK;

/**
 * Zeroed memory of the pool for @p count things; never NULL for ERR_OK, also when @p count is 0.
 */
enum err compile_alloc(struct compiler *c, size_t count, size_t size, void **ret_memory) MUST_CHECK;

/** A NUL-terminated copy in the pool. */
enum err compile_text(struct compiler *c, struct str text, struct str *ret_text) MUST_CHECK;

/** Fail unless @p node is a scalar that is neither null nor empty. */
enum err compile_need_text(struct compiler *c, const struct yaml_node *node,
                           const char *expected) MUST_CHECK;

/**
 * Choose a compiled map for the present record of @p ev.
 *
 * @param zones  of the source, by the pool's numbers
 * @return whether its `when` holds
 */
bool map_matches(const struct map *map, struct eval *ev, const struct timestamp_zone *const *zones);

/**
 * Fill what the map says into @p fact (fields, pairs, status, time, key, record); the rest stays.
 * Call map_matches() first. A map of counters leaves status and count to counters_read().
 *
 * @return ERR_OK, ERR_LIMIT, ERR_NOMEM
 */
enum err map_apply(const struct map *map, struct eval *ev, struct fact *fact) MUST_CHECK;

/** A counter that was read. */
struct counter {
	enum status status;
	int64_t count;
};

struct counter_list {
	struct counter list[STATUS_COUNT];
	size_t count;
};

/**
 * The record's counters, in the map's order: whole numbers of 0 and more, also as text. What is
 * taken, or says nothing (null, ""), is marked; another value stays for data.extra.
 */
void counters_read(const struct map *map, struct eval *ev, struct counter_list *ret_counters);

#endif /* NORMALISE_PROFILE_MAP_H */

/* SPDX-License-Identifier: MIT */
/**
 * value_expr - "where a value comes from" in a profile, compiled.
 *
 *     expression = choices, the first that gives something counts
 *     choice     = pick + `map` + `when`
 *     pick       = places (the first that is not empty) + filters
 *
 * No choice holds another one, so nothing here recurses and the work on a record is bounded by the
 * profile. Everything is owned by a map_pool (map.h). Private to normalise/.
 */
#ifndef NORMALISE_PROFILE_VALUE_EXPR_H
#define NORMALISE_PROFILE_VALUE_EXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/str.h"
#include "core/yaml.h"
#include "normalise/decode/decoder.h"
#include "normalise/profile/filters.h"
#include "normalise/value/timestamp.h"
#include "normalise/value/value.h"

enum place_kind { PLACE_RECORD, PLACE_SCOPE, PLACE_LITERAL };

struct place {
	enum place_kind kind;
	enum decode_scope scope;       /* SCOPE */
	const struct field_path *path; /* RECORD, SCOPE */
	struct str literal;            /* LITERAL */
};

struct pick {
	const struct place *places;
	size_t place_count;
	const enum filter *filters;
	size_t filter_count;
	struct str separator; /* of split, join, zip */
	bool is_lossy;        /* one of the filters is */
};

/** One line of `when`. */
struct condition {
	struct pick pick;
	const struct str *words; /* any of them, in any case; none: the test is `exists` */
	size_t word_count;
	bool is_negated; /* there is a text, and it is none of them */
	bool exists;
};

struct conditions {
	const struct condition *list;
	size_t count;
};

/** One line of `map`. */
struct word_pair {
	struct str from, to;
};

struct choice {
	struct pick pick;
	struct conditions when;
	bool has_map;
	const struct word_pair *map;
	size_t map_count;
};

struct value_expr {
	const struct choice *choices;
	size_t count;
};

/** `time` of a map. */
struct time_rule {
	struct value_expr at; /* no choices: the received time */
	const struct timestamp_format *const *formats;
	size_t format_count;
	bool has_zone;
	size_t zone; /* number in the pool's list of zones */
};

struct mark;

/** What an evaluation looks at. */
struct eval {
	struct value *record;
	struct decoder *decoder; /* for the scopes; NULL: they are empty */
	struct arena *arena;     /* texts that filters make, and marks */
	const struct time_rule *time;
	const struct timestamp_zone *zone; /* of that rule; may be NULL */
	bool keep_unused;                  /* do not mark what is taken */
	struct value *now;                 /* node the text under test comes from; may be NULL */
	struct mark *marks;                /* what was marked, so that it can be taken back */
	enum err err;                      /* ERR_LIMIT or ERR_NOMEM sticks */
};

/**
 * Whether a text will do; may change it. A text that will not do leaves the vendor's member unused,
 * and the next place is tried.
 */
typedef bool (*value_accept_fn)(void *arg, struct eval *ev, struct str *text);

/**
 * The first text that will do.
 *
 * @param accept  NULL: every text that is not empty
 * @return whether there is one
 */
bool value_expr_text(const struct value_expr *e, struct eval *ev, value_accept_fn accept, void *arg,
                     struct str *ret_text);

/**
 * Pairs of a PAIRS field: an object's members, or two lists put together by `zip`. NULL when there
 * are none.
 */
struct value *value_expr_pairs(const struct value_expr *e, struct eval *ev);

/** Whether all of them hold. */
bool conditions_hold(const struct conditions *when, struct eval *ev);

/** Read a text with the map's formats. */
bool eval_time(const struct eval *ev, struct str text, int64_t *ret_ms);

/** Mark a node as taken, unless keep_unused. Accepts NULL. */
void eval_use(struct eval *ev, struct value *v);

/** Take all marks back. */
void eval_unmark(struct eval *ev);

/** Memory of the evaluation; NULL sets ev->err. */
void *eval_alloc(struct eval *ev, size_t size);

/** RFC 3339 text in the evaluation's memory; empty when that is full. */
struct str eval_print_time(struct eval *ev, int64_t ms);

#endif /* NORMALISE_PROFILE_VALUE_EXPR_H */

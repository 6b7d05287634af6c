/* SPDX-License-Identifier: MIT */
/**
 * source - one feed of one configured account: a profile's source with the account's name and
 * variables.
 *
 * Immutable and counted: the configuration makes them, the receiver and the relay hold references,
 * so that a reload can swap the whole set while requests and journal entries of the old one are
 * still on their way.
 */
#ifndef NORMALISE_SOURCE_H
#define NORMALISE_SOURCE_H

#include "core/err.h"
#include "core/yaml.h"
#include "normalise/profile/profile.h"

/** A variable's value, already expanded. */
struct source_var {
	const char *name;
	const char *value;
};

struct source;

/**
 * @param instance  name of this daemon: first part of the events' `source`; copied, as are @p
 * account and @p vars
 * @param spec      borrowed from @p profile, of which the source takes a reference
 * @param overrides mapping node with `decode` and `map` given in the configuration; NULL for none.
 * Only read during the call
 * @return ERR_OK, ERR_PARSE (detail), ERR_NOMEM
 */
enum err source_new(const char *instance, const char *account, const struct profile *profile,
                    const struct profile_source *spec, const struct source_var *vars,
                    size_t var_count, const struct yaml_node *overrides, struct source **ret_source,
                    struct err_detail *reterr_detail) MUST_CHECK;

struct source *source_ref(struct source *s);
/** Let go of one reference. Accepts NULL. */
void source_unref(struct source *s);

const char *source_account(const struct source *s);
const char *source_name(const struct source *s);
const char *source_vendor(const struct source *s);
const char *source_instance(const struct source *s);
/** Methods, answers, … as the profile says. */
const struct profile_source *source_spec(const struct source *s);
/** The vendor's profile; lives as long as the source. */
const struct profile *source_profile(const struct source *s);

struct timestamp_zone;
/** Time zones of its maps, by the numbers that the compiled maps use. For normalise.c. */
const struct timestamp_zone *const *source_zones(const struct source *s);

/** The sources of a configuration, found by account and name. Counted like a source. */
struct source_table;

enum err source_table_new(struct source_table **ret_table) MUST_CHECK;
/** @return ERR_OK (takes a reference of its own), ERR_EXISTS, ERR_NOMEM */
enum err source_table_add(struct source_table *t, struct source *s) MUST_CHECK;
struct source_table *source_table_ref(struct source_table *t);
void source_table_unref(struct source_table *t);
/** Borrowed from the table; NULL when there is none. */
struct source *source_table_find(const struct source_table *t, struct str account, struct str name);
size_t source_table_count(const struct source_table *t);
struct source *source_table_at(const struct source_table *t, size_t i);

#endif /* NORMALISE_SOURCE_H */

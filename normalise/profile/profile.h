/* SPDX-License-Identifier: MIT */
/**
 * profile - one vendor's YAML document, compiled and checked (docs/adding-a-vendor.md has the
 * vocabulary).
 *
 * Everything that can be known at load time is checked at load time, with file, line and key; after
 * that only a vendor's data can surprise. A profile is immutable; sources (normalise/source.h)
 * borrow from it.
 */
#ifndef NORMALISE_PROFILE_PROFILE_H
#define NORMALISE_PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "core/yaml.h"
#include "normalise/decode/decoder.h"

struct profile;
struct map; /* compiled mapping: private to normalise/ (map.h) */

/** HTTP verbs a webhook takes, as a set. */
enum profile_method {
	METHOD_POST = 1 << 0,
	METHOD_GET = 1 << 1,
	METHOD_PUT = 1 << 2,
	METHOD_PATCH = 1 << 3,
	METHOD_DELETE = 1 << 4
};

/** One feed as the profile describes it. */
struct profile_source {
	const char *name; /* "sms" */
	unsigned methods; /* enum profile_method, or-ed; 0: a report */
	unsigned invalid; /* status for an authenticated body that cannot be decoded: 400 (default)
	                     or 200 */
	unsigned later;   /* status for "try again": 503 (default), Brevo 429 */
	const char *reply_type; /* media type and body of the answer 200 */
	const char *reply_body;
	bool map_required; /* the configuration must give `map` (a generic source without a map of
	                      its own) */
	bool takes_map;    /* the configuration may give `decode` and `map` */
	struct decode_spec decode;
	const struct map *const
		*maps; /* tried in order; every one whose `when` holds gives an event */
	size_t map_count;
};

struct profile_var {
	const char *name;
	const char *fallback; /* default; NULL: must be given */
	bool secret;
};

/**
 * Compile a document. @p doc is taken over on success (freed by profile_free()), stays the caller's
 * on failure.
 *
 * @return ERR_OK, ERR_PARSE (detail: file, line, key, text), ERR_NOMEM
 */
enum err profile_new(struct yaml_doc *doc, struct profile **ret_profile,
                     struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Let go of one reference; a new profile has one. Accepts NULL.
 * Sources hold references of their own, so that a reload may free the set a source was made from.
 */
void profile_free(struct profile *p);

/** One more reference, to be let go of with profile_free(). @return @p p */
struct profile *profile_ref(const struct profile *p);

/** Whether they were made from the same document: a reload reads every profile anew. */
bool profile_same(const struct profile *a, const struct profile *b);

/** Vendor's name, as in `vendor:` of an account. */
const char *profile_name(const struct profile *p);
/** One line for people: what `profile` is about (key `about`); may be "". */
const char *profile_about(const struct profile *p);
const struct profile_source *profile_webhook(const struct profile *p, struct str name);
size_t profile_webhook_count(const struct profile *p);
const struct profile_source *profile_webhook_at(const struct profile *p, size_t i);
size_t profile_var_count(const struct profile *p);
const struct profile_var *profile_var_at(const struct profile *p, size_t i);

/** All profiles: the built-in ones and those of the configuration. */
struct profile_set;

/**
 * The built-in ones (conf/vendors/ at build time).
 *
 * @return ERR_OK, ERR_NOMEM, ERR_PARSE: a bug, detail says where
 */
enum err profile_set_new(struct profile_set **ret_set, struct err_detail *reterr_detail) MUST_CHECK;
void profile_set_free(struct profile_set *set);
/**
 * Add every *.yaml of a folder, in order of name; one with the name of a built-in replaces it.
 * @return ERR_OK
 *         ERR_PARSE
 *         ERR_EXISTS  two of one folder have one name
 *         ERR_NOENT   no such folder
 *         ERR_IO, ERR_NOMEM
 */
enum err profile_set_add_folder(struct profile_set *set, const char *path,
                                struct err_detail *reterr_detail) MUST_CHECK;
const struct profile *profile_set_get(const struct profile_set *set, struct str name);
size_t profile_set_count(const struct profile_set *set);
const struct profile *profile_set_at(const struct profile_set *set, size_t i);

#endif /* NORMALISE_PROFILE_PROFILE_H */

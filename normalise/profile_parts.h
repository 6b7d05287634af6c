/* SPDX-License-Identifier: MIT */
/**
 * profile_parts - what the files behind profile.h and source.h share. Private to normalise/.
 */
#ifndef NORMALISE_PROFILE_PARTS_H
#define NORMALISE_PROFILE_PARTS_H

#include "normalise/map.h"
#include "normalise/profile.h"

/** A profile that is built in: conf/vendors/ at build time. */
struct builtin_profile {
	const char *file; /* "conf/vendors/everlytic.yaml" */
	const unsigned char *text;
	size_t len;
};

extern const struct builtin_profile builtin_profiles[];
extern const size_t builtin_profile_count;

/** The profile's memory and zones. */
const struct map_pool *profile_pool(const struct profile *p);
/** Its `maps`; NULL when it has none. */
const struct yaml_node *profile_maps(const struct profile *p);

/** The compiled maps of a profile, in the order of the file. */
struct map_list {
	const struct map *maps;
	size_t count;
};

/**
 * Compile one webhook; its name is the node's key.
 *
 * @return ERR_OK, ERR_PARSE, ERR_NOMEM
 */
enum err webhook_compile(struct compiler *c, const struct yaml_node *node,
                         const struct map_list *maps,
                         struct profile_source *ret_webhook) MUST_CHECK;

/** Compile a `decode`. @return as webhook_compile() */
enum err decode_compile(struct compiler *c, const struct yaml_node *node,
                        struct decode_spec *ret_spec) MUST_CHECK;

#endif /* NORMALISE_PROFILE_PARTS_H */

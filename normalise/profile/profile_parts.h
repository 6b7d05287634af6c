/* SPDX-License-Identifier: MIT */
/**
 * profile_parts - what the files behind profile.h and source.h share. Private to normalise/.
 */
#ifndef NORMALISE_PROFILE_PROFILE_PARTS_H
#define NORMALISE_PROFILE_PROFILE_PARTS_H

#include "normalise/profile/map.h"
#include "normalise/profile/profile.h"

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

struct register_spec;

/**
 * Compile one webhook; its name is the node's key.
 *
 * @param ret_register  its `register`; NULL when it has none
 * @return ERR_OK, ERR_PARSE, ERR_NOMEM
 */
enum err webhook_compile(struct compiler *c, const struct yaml_node *node,
                         const struct map_list *maps, struct profile_source *ret_webhook,
                         const struct register_spec **ret_register) MUST_CHECK;

enum source_kind { SOURCE_WEBHOOK, SOURCE_REPORT };

/** The name of a webhook or report: the node's key. @return as webhook_compile() */
enum err source_name_compile(struct compiler *c, const struct yaml_node *node,
                             enum source_kind kind, struct profile_source *source) MUST_CHECK;

/** `decode` and `map`, where they are given. @return as webhook_compile() */
enum err source_maps_compile(struct compiler *c, const struct yaml_node *node,
                             const struct map_list *maps, struct profile_source *source) MUST_CHECK;

/** What a CSV's columns are called, from the source's maps. @return as webhook_compile() */
enum err source_columns_compile(struct compiler *c, struct profile_source *source) MUST_CHECK;

/** `decode.csv`. @return as webhook_compile() */
enum err csv_compile(struct compiler *c, const struct yaml_node *node,
                     struct decode_spec *spec) MUST_CHECK;

/** Refuse what a file cannot be read as. @return as webhook_compile() */
enum err decode_check_file(struct compiler *c, const struct yaml_node *node,
                           const struct decode_spec *spec) MUST_CHECK;

/** Compile a `decode`. @return as webhook_compile() */
enum err decode_compile(struct compiler *c, const struct yaml_node *node,
                        struct decode_spec *ret_spec) MUST_CHECK;

#endif /* NORMALISE_PROFILE_PROFILE_PARTS_H */

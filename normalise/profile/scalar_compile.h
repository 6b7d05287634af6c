/* SPDX-License-Identifier: MIT */
/**
 * scalar_compile - single values of a profile: numbers, durations, sizes, words, pointers.
 *
 * Each complains at its node with what was expected. Private to normalise/.
 */
#ifndef NORMALISE_PROFILE_SCALAR_COMPILE_H
#define NORMALISE_PROFILE_SCALAR_COMPILE_H

#include "normalise/profile/map.h"

/** Longest duration of a profile: ten years. */
#define COMPILE_DURATION_MAX_MS ((uint64_t)3650 * 86400 * 1000)

/** A whole number from @p low to @p high. @return ERR_OK, ERR_PARSE */
enum err compile_number(struct compiler *c, const struct yaml_node *node, uint64_t low,
                        uint64_t high, uint64_t *ret_number) MUST_CHECK;

/** An HTTP status from @p low to @p high. @return ERR_OK, ERR_PARSE */
enum err compile_status(struct compiler *c, const struct yaml_node *node, unsigned low,
                        unsigned high, unsigned *ret_status) MUST_CHECK;

/** `15m`, at least @p low_ms. @return ERR_OK, ERR_PARSE */
enum err compile_duration(struct compiler *c, const struct yaml_node *node, uint64_t low_ms,
                          uint64_t *ret_ms) MUST_CHECK;

/** `-7d`: so long ago. @return ERR_OK, ERR_PARSE */
enum err compile_ago(struct compiler *c, const struct yaml_node *node, uint64_t *ret_ms) MUST_CHECK;

/** `7d` or `-7d`. @return ERR_OK, ERR_PARSE */
enum err compile_shift(struct compiler *c, const struct yaml_node *node,
                       int64_t *ret_ms) MUST_CHECK;

/** `1s..2m`: the shortest and the longest pause. @return ERR_OK, ERR_PARSE */
enum err compile_pauses(struct compiler *c, const struct yaml_node *node, uint64_t *ret_min_ms,
                        uint64_t *ret_max_ms) MUST_CHECK;

/** `16MiB`, at least one byte. @return ERR_OK, ERR_PARSE */
enum err compile_size(struct compiler *c, const struct yaml_node *node,
                      uint64_t *ret_bytes) MUST_CHECK;

/**
 * One of @p words, which end with NULL; the complaint has the nearest, or all of them.
 *
 * @return ERR_OK, ERR_PARSE
 */
enum err compile_choice(struct compiler *c, const struct yaml_node *node, const char *const *words,
                        size_t *ret_index) MUST_CHECK;

/** A JSON Pointer that is not empty. @return as path_compile() */
enum err compile_pointer(struct compiler *c, const struct yaml_node *node, bool allow_any,
                         const struct field_path **ret_path) MUST_CHECK;

/** A word or a list of words. @return ERR_OK, ERR_PARSE, ERR_NOMEM */
enum err compile_words(struct compiler *c, const struct yaml_node *node,
                       const struct str **ret_words, size_t *ret_count) MUST_CHECK;

/** Whether the profile has a variable of that name. */
bool compile_has_var(const struct compiler *c, struct str name);

/** A time zone: an IANA name or `${var}`. @return ERR_OK, ERR_PARSE, ERR_NOMEM */
enum err compile_zone_check(struct compiler *c, const struct yaml_node *node) MUST_CHECK;

#endif /* NORMALISE_PROFILE_SCALAR_COMPILE_H */

/* SPDX-License-Identifier: MIT */
/**
 * map_input - files of any size for `map`, in slices: CSV, and streams of JSON values.
 */
#ifndef CMD_MAP_INPUT_H
#define CMD_MAP_INPUT_H

#include <stdio.h>

#include "cmd/base/command.h"
#include "normalise/decode/decoder.h"

/** Where slices go. What comes back as EXIT_OK or EXIT_BAD_INPUT lets the reading go on. */
struct map_slices {
	/** The header of a CSV, before its slices; may be NULL. */
	enum exit_code (*head)(void *arg, struct str header, char delimiter);
	/** @param vars  to be put among the payload's; may be empty */
	enum exit_code (*slice)(void *arg, struct str body, struct str vars, const char *type);
	void *arg;
};

/**
 * @param name        of the input, for complaints
 * @param media_type  of the input; may be NULL
 * @return EXIT_OK, EXIT_BAD_INPUT some of it could not be read (complained), or what ended it
 */
enum exit_code map_read_csv(FILE *in, const char *name, const struct decode_spec *spec,
                            const char *media_type, const struct map_slices *slices);

/** The same for a JSON stream. */
enum exit_code map_read_stream(FILE *in, const char *name, const struct map_slices *slices);

#endif /* CMD_MAP_INPUT_H */

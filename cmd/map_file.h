/* SPDX-License-Identifier: MIT */
/**
 * map_file - the input of `map` as payloads of a source: whole, or in slices.
 */
#ifndef CMD_MAP_FILE_H
#define CMD_MAP_FILE_H

#include <stdbool.h>

#include "cmd/base/command.h"
#include "core/buf.h"
#include "core/payload.h"
#include "normalise/source.h"

struct map_options {
	const char *vendor;
	const char *source; /* NULL: told by the header of a CSV */
	const char *account;
	const char *file; /* NULL: standard input */
	const char *media_type;
	int64_t received_ms;
	struct buf sets; /* of every --set, urlencoded */
};

/** @return EXIT_OK, EXIT_BAD_INPUT some records were bad (complained), or what ends the command */
typedef enum exit_code (*map_payload_fn)(const struct source *source,
                                         const struct payload *payload);

/** Whether the vendor has reports that are read from CSV files. */
bool map_has_csv(const struct profile *profile);

/** Read the input and give it to @p map_payload. @return as that does; complains */
enum exit_code map_file(const struct map_options *o, const struct profile *profile,
                        map_payload_fn map_payload);

#endif /* CMD_MAP_FILE_H */

/* SPDX-License-Identifier: MIT */
/**
 * import_file - a downloaded file as the slices that become payloads (receiver/report/report_file).
 *
 * Every slice was decoded before it is given: what cannot be is told first.
 */
#ifndef CMD_IMPORT_IMPORT_FILE_H
#define CMD_IMPORT_IMPORT_FILE_H

#include "cmd/api/import_target.h"
#include "cmd/base/command.h"

struct import_file;

struct import_slice {
	struct str body;
	struct str vars; /* urlencoded: loop values, and what the slice alone does not say */
	uint64_t rows;   /* 0: there are no more slices */
};

struct import_count {
	uint64_t bytes, size; /* of the file: read, in all */
	uint64_t rows;        /* given */
	uint64_t bad;         /* of them cannot be read: they become dead letters */
};

/** A row, or the like, that cannot be read: where and why. */
typedef void (*import_bad_fn)(void *arg, const char *text);

struct import_file_conf {
	const char *path;
	const char *name;              /* what it is called in texts: the path, a link's host */
	struct str media_type;         /* of a download; may be empty */
	const struct profile *profile; /* its limit is that of a page, which is read whole */
};

/** @param conf  its name is borrowed. @return EXIT_OK, else why it cannot be read (said) */
enum exit_code import_file_open(const struct import_file_conf *conf, import_bad_fn on_bad,
                                void *arg, struct import_file **ret_file) MUST_CHECK;
/** Accepts NULL. */
void import_file_free(struct import_file *f);

/**
 * Which report it is, by the header of a CSV. Before import_file_begin().
 *
 * @param ret_report  NULL: no report's, or there is no header
 * @return EXIT_OK, else why not (said)
 */
enum exit_code import_file_report(struct import_file *f, const struct profile *profile,
                                  const struct profile_report **ret_report) MUST_CHECK;

/**
 * @param target, sets  borrowed
 * @return EXIT_OK, else why not (said)
 */
enum exit_code import_file_begin(struct import_file *f, const struct import_target *target,
                                 struct str sets) MUST_CHECK;

/**
 * The next slice, valid until the next call.
 *
 * @return EXIT_OK also at the end, else why not (detail; nothing is said)
 */
enum exit_code import_file_next(struct import_file *f, struct import_slice *ret_slice,
                                struct err_detail *reterr_detail) MUST_CHECK;

const struct import_count *import_file_count(const struct import_file *f);

#endif /* CMD_IMPORT_IMPORT_FILE_H */

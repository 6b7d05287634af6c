/* SPDX-License-Identifier: MIT */
/**
 * report_file - a downloaded file as the slices that become payloads; the same ones each time.
 *
 *     open ─▶ begin(report) ─▶ [seek] ─▶ next, next, … ─▶ no rows: the end
 *
 * CSV and streams are read in pieces, a JSON page whole. gzip and zip (of one file) are unpacked
 * while they are read, told by their first bytes; what is unpacked counts against the limit.
 * Memory does not grow with the file.
 *
 * Blocking reads of a local file; a slice's worth at a time. Threads: any, one at a time.
 */
#ifndef RECEIVER_REPORT_FILE_REPORT_FILE_H
#define RECEIVER_REPORT_FILE_REPORT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"
#include "normalise/profile/report_spec.h"

#define REPORT_FILE_SLICE_BYTES ((size_t)256 * 1024)

struct report_file;

struct report_file_place {
	uint64_t offset; /* of the unpacked bytes */
	uint64_t line, rows;
};

struct report_file_slice {
	struct str body;
	struct str vars; /* urlencoded: what the rows alone do not say (`_csv=…`); may be empty */
	struct str media_type; /* of the payload */
	uint64_t rows;         /* 0: there are no more slices */
	struct report_file_place next;
	bool is_last; /* nothing follows it */
};

struct report_file_conf {
	const char *path;      /* "-": standard input, which is only read once */
	struct str media_type; /* of the download; may be empty */
	uint64_t max_bytes;    /* unpacked; 0: no limit */
	size_t page_max;       /* of a JSON page, which is read whole */
};

/**
 * @return ERR_OK
 *         ERR_NOENT, ERR_AUTH, ERR_IO  cannot be opened or read (detail)
 *         ERR_PARSE  an archive that is damaged, encrypted, or has not just one file (detail)
 *         ERR_NOMEM
 */
enum err report_file_open(const struct report_file_conf *conf, struct report_file **ret_file,
                          struct err_detail *reterr_detail) MUST_CHECK;
/** Accepts NULL. */
void report_file_free(struct report_file *f);

/**
 * The CSV report of a profile whose header this is (csv_report_of()). Before report_file_begin().
 *
 * @param ret_report  NULL when it is none's, or no CSV
 * @return ERR_OK, ERR_PARSE no CSV at all (HTML, JSON; detail), ERR_IO, ERR_NOMEM
 */
enum err report_file_report(struct report_file *f, const struct profile *profile,
                            const struct profile_report **ret_report,
                            struct err_detail *reterr_detail) MUST_CHECK;

/** Read it as this. @p decode is borrowed. @return ERR_OK, ERR_PARSE, ERR_IO, ERR_NOMEM */
enum err report_file_begin(struct report_file *f, const struct decode_spec *decode,
                           struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Go on where next of a slice said. After report_file_begin().
 *
 * @return ERR_INVAL no CSV, or packed: it is read on from its begin, and the caller passes over the
 *         slices before that place, with a turn for others between them; else as report_file_next()
 */
enum err report_file_seek(struct report_file *f, struct report_file_place place,
                          struct err_detail *reterr_detail) MUST_CHECK;

/**
 * The next slice, valid until the next call; without rows at the end.
 *
 * @return ERR_OK
 *         ERR_PARSE  HTML, no header, a broken archive, a stream that ends within a record (detail)
 *         ERR_LIMIT  more than max_bytes or page_max (detail)
 *         ERR_IO, ERR_NOMEM
 */
enum err report_file_next(struct report_file *f, struct report_file_slice *ret_slice,
                          struct err_detail *reterr_detail) MUST_CHECK;

/** Bytes of the file itself: read so far, and in all (0: standard input). */
void report_file_progress(const struct report_file *f, uint64_t *ret_read, uint64_t *ret_size);

#endif /* RECEIVER_REPORT_FILE_REPORT_FILE_H */

/* SPDX-License-Identifier: MIT */
/**
 * file_case - files to read reports from, and what reading them gives.
 */
#ifndef TESTS_RECEIVER_REPORT_FILE_FILE_CASE_H
#define TESTS_RECEIVER_REPORT_FILE_FILE_CASE_H

#include "core/buf.h"
#include "receiver/report/file/report_file.h"

#define CASE_SLICES_MAX 64

struct file_case {
	char folder[32], path[64];
};

/** Make an empty folder for one file. */
void file_case_open(struct file_case *c);
/** Remove both. */
void file_case_close(struct file_case *c);

/** Write the file. */
void file_case_put(struct file_case *c, struct str bytes);
void file_case_put_gzip(struct file_case *c, struct str bytes);
/** A zip of one file, deflated. */
void file_case_put_zip(struct file_case *c, struct str bytes);
/** Put the file itself into a zip, a gzip: packed once more. */
struct str file_case_bytes(const struct file_case *c);

/** What a file gave. */
struct file_read {
	enum err err; /* of the call that ended it */
	struct err_detail detail;
	struct buf bodies, vars; /* of all slices, each followed by '\0' */
	size_t slices;
	uint64_t rows;
	struct report_file_place places[CASE_SLICES_MAX]; /* behind each slice */
	size_t last;                                      /* slices that said so */
	char media_type[64];
	uint64_t bytes, size; /* of the file: read, and all of it */
};

/** Open the file and read it to its end, from a place. */
void file_case_read_from(const struct file_case *c, const struct report_file_conf *conf,
                         const struct decode_spec *decode, struct report_file_place from,
                         struct file_read *ret_read);
void file_case_read(const struct file_case *c, const struct decode_spec *decode,
                    struct file_read *ret_read);
void file_read_fini(struct file_read *r);

/** Rows of passona's delivery-csv, with its header; owned by the caller. */
void file_case_rows(struct buf *text, size_t count);

#endif /* TESTS_RECEIVER_REPORT_FILE_FILE_CASE_H */

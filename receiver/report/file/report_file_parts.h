/* SPDX-License-Identifier: MIT */
/**
 * report_file_parts - what the parts of report_file share. Of report_file*.c only.
 *
 * report_file_bytes.c gives the bytes of a file, unpacked; report_file_gzip.c and
 * report_file_zip.c unpack them; report_file_slices.c cuts them; report_file.c is the door.
 */
#ifndef RECEIVER_REPORT_FILE_REPORT_FILE_PARTS_H
#define RECEIVER_REPORT_FILE_REPORT_FILE_PARTS_H

#include "core/buf.h"
#include "normalise/decode/csv_cut.h"
#include "normalise/decode/stream_cut.h"
#include "receiver/report/file/report_file.h"

#define FILE_PIECE_BYTES ((size_t)64 * 1024)
#define FILE_FIRST_BYTES ((size_t)4 * 1024)

/* ---- report_file_zip.c ---- */

struct file_zip;

/**
 * @param fd  borrowed; a regular file, at its begin
 * @return ERR_OK, ERR_PARSE damaged, encrypted, or not just one file (detail), ERR_NOMEM
 */
enum err file_zip_open(int fd, struct file_zip **ret_zip,
                       struct err_detail *reterr_detail) MUST_CHECK;
/** Accepts NULL. */
void file_zip_free(struct file_zip *z);
/** @param ret_piece  valid until the next call; empty: the end. @return ERR_OK, ERR_PARSE (detail)
 */
enum err file_zip_next(struct file_zip *z, struct str *ret_piece,
                       struct err_detail *reterr_detail) MUST_CHECK;
/** Bytes of the zip that were read; more than it has once it has ended. */
uint64_t file_zip_read(const struct file_zip *z);

/* ---- report_file_gzip.c ---- */

struct file_gzip;

/** @return ERR_OK, ERR_NOMEM */
enum err file_gzip_new(struct file_gzip **ret_gzip) MUST_CHECK;
/** Accepts NULL. */
void file_gzip_free(struct file_gzip *z);
/**
 * Unpack some of the bytes, so that memory does not grow with what they hold.
 *
 * @param bytes      in: what came; out: what is left of it
 * @param ret_piece  valid until the next call; may be empty
 * @return ERR_OK, ERR_PARSE damaged (detail), ERR_NOMEM
 */
enum err file_gzip_take(struct file_gzip *z, struct str *bytes, struct str *ret_piece,
                        struct err_detail *reterr_detail) MUST_CHECK;
/** Nothing follows. @return ERR_OK, ERR_PARSE cut off (detail) */
enum err file_gzip_end(const struct file_gzip *z, struct err_detail *reterr_detail) MUST_CHECK;

/* ---- report_file_bytes.c ---- */

struct file_bytes;

/** @return as report_file_open() */
enum err file_bytes_open(const struct report_file_conf *conf, struct file_bytes **ret_bytes,
                         struct err_detail *reterr_detail) MUST_CHECK;
/** Accepts NULL. */
void file_bytes_free(struct file_bytes *b);
/**
 * @param ret_piece  valid until the next call; empty: the end
 * @return ERR_OK, ERR_PARSE damaged, ERR_LIMIT more than max_bytes, ERR_IO (detail)
 */
enum err file_bytes_next(struct file_bytes *b, struct str *ret_piece,
                         struct err_detail *reterr_detail) MUST_CHECK;
/**
 * Go on at this offset.
 *
 * @return ERR_OK, ERR_INVAL a pipe, or packed (nothing has changed), ERR_PARSE the file is shorter,
 * as file_bytes_next()
 */
enum err file_bytes_seek(struct file_bytes *b, uint64_t offset,
                         struct err_detail *reterr_detail) MUST_CHECK;
void file_bytes_progress(const struct file_bytes *b, uint64_t *ret_read, uint64_t *ret_size);

/* ---- report_file_slices.c ---- */

/** A slice with its bytes; the one before it stays valid while the next one is cut. */
struct file_slice {
	struct buf body, vars;
	uint64_t rows;
	struct report_file_place next;
};

struct report_file {
	struct file_bytes *bytes; /* owned */
	size_t page_max;
	struct buf media_type; /* of the download */
	struct buf head;       /* what report_file_report() has read, to be read again */
	struct buf first;      /* bytes of it, for what an error says */
	size_t head_at;
	const struct decode_spec *decode; /* borrowed; NULL before report_file_begin() */
	enum decode_as as;                /* CSV, JSON_STREAM, or JSON: a page */
	struct csv_cut *csv;              /* owned; one of these two, or neither: a page */
	struct stream_cut *stream;        /* owned */
	bool is_ended;                    /* nothing is to be read any more */
	bool is_over;                     /* nothing is to be cut any more */
	enum err err;                     /* of what was read; comes behind the slices before it */
	struct err_detail detail;
	uint64_t rows; /* cut so far, of streams */
	struct file_slice slices[2];
	unsigned now;      /* of the two: the one that was given last */
	bool has_next;     /* the other one is cut */
	enum err next_err; /* what cutting it gave */
	struct err_detail next_detail;
};

/** What a vendor's error says, which came instead of a CSV, behind what the detail says. */
void report_file_explain(const struct report_file *f, struct err_detail *detail);

/** The next piece of the file. @return as file_bytes_next() */
enum err report_file_read(struct report_file *f, struct str *ret_piece,
                          struct err_detail *reterr_detail) MUST_CHECK;

/** The next piece, also of what was read before. @return as file_bytes_next() */
enum err report_file_piece(struct report_file *f, struct str *ret_piece,
                           struct err_detail *reterr_detail) MUST_CHECK;

/** Feed the cutter one piece. Errors are kept in the file. */
void report_file_feed(struct report_file *f);

/** A slice of a CSV or a stream into @p to; without rows at the end. @return as report_file_next()
 */
enum err report_file_cut(struct report_file *f, struct file_slice *to,
                         struct err_detail *reterr_detail) MUST_CHECK;

/** The same of a JSON page, which is one slice. @return as report_file_next() */
enum err report_file_page(struct report_file *f, struct file_slice *to,
                          struct err_detail *reterr_detail) MUST_CHECK;

#endif /* RECEIVER_REPORT_FILE_REPORT_FILE_PARTS_H */

/* SPDX-License-Identifier: MIT */
/** download_head - what a file's answer and its first bytes say. No I/O. Private to download. */
#ifndef RECEIVER_REPORT_FILE_DOWNLOAD_HEAD_H
#define RECEIVER_REPORT_FILE_DOWNLOAD_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define DOWNLOAD_SNIFF_BYTES   512
#define DOWNLOAD_VALIDATOR_MAX 512 /* a longer one is not kept */

/** Content-Range (RFC 9110 14.4). */
struct download_range {
	bool has_part; /* first and last are given; not in a 416 */
	uint64_t first, last;
	int64_t size; /* of the whole; -1: not said */
};

/** @return ERR_OK, ERR_PARSE also when last is before first, or not within the size */
enum err download_range_read(struct str value, struct download_range *ret_range) MUST_CHECK;

/** Whether it can be given back in If-Range. */
bool download_is_validator(struct str value);

/** Two validators of one kind, ETags or times, that are not the same. */
bool download_differs(struct str ours, struct str theirs);

/** Whether these first bytes of a file begin a page for people. */
bool download_is_html(struct str bytes);

#endif /* RECEIVER_REPORT_FILE_DOWNLOAD_HEAD_H */

/* SPDX-License-Identifier: MIT */
/**
 * paging - which page comes next, and when it is enough. No I/O.
 *
 * Each page asked for has a cursor text: the link, the number, the offset or the token. It is what
 * the checkpoint keeps.
 *
 * Built in, whatever the profile says: a `next` equal to the present one, or a page with the same
 * records as the last one, ends paging with an error, as does page number `pages_max`; null, "" and
 * missing end it quietly. A page without rows is the last one, unless it has both a `next` and a
 * `more` that is true; `more` counts before `stop_short`, too.
 */
#ifndef RECEIVER_REPORT_VENDOR_PAGING_H
#define RECEIVER_REPORT_VENDOR_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "normalise/page.h"

struct paging {
	const struct page_spec *spec; /* borrowed */
	unsigned pages_max;
	unsigned pages;  /* taken so far */
	uint64_t number; /* NUMBER: present page; OFFSET: rows before it */
	uint64_t size;   /* rows of a full page as far as known; 0: not */
	char *cursor; /* owned; LINK, TOKEN: how the present page was found; NULL for the first */
	bool has_digest;
	uint8_t digest[PAGE_DIGEST_BYTES];
};

enum paging_next { PAGING_MORE, PAGING_END, PAGING_ERROR };

void paging_init(struct paging *p, const struct page_spec *spec, unsigned pages_max);
void paging_fini(struct paging *p);

/**
 * Go on where a checkpoint says, instead of at the first page.
 *
 * @param cursor  as paging_cursor() gave it; one that is not readable is ERR_INVAL: begin anew
 */
enum err paging_resume(struct paging *p, struct str cursor) MUST_CHECK;

/**
 * Append the text of the present page, for the checkpoint: "page:7 size:100", "offset:300",
 * "link:…", "size:100 token:…"; "" is the first.
 */
enum err paging_cursor(const struct paging *p, struct buf *b) MUST_CHECK;

/**
 * A page was read: step on.
 *
 * @param reterr_text  PAGING_ERROR: why, for people; static
 * @return PAGING_MORE the paging stands at the next page; PAGING_END; PAGING_ERROR (also out of
 *         memory)
 */
enum paging_next paging_take(struct paging *p, const struct page *page, const char **reterr_text);

/** Value of `${page}`, `${offset}` or `${cursor}`; false when it has no such name. */
bool paging_lookup(const struct paging *p, struct str name, char *scratch, size_t scratch_size,
                   struct str *ret_text);

#endif /* RECEIVER_REPORT_VENDOR_PAGING_H */

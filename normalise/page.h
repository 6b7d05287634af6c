/* SPDX-License-Identifier: MIT */
/**
 * page - what the report engine has to know of a page before it goes into the journal.
 *
 * Pure. Reads a JSON page to its end without building it, so that half a document is never taken
 * for a whole one, and looks up the few members that steer paging.
 */
#ifndef NORMALISE_PAGE_H
#define NORMALISE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "normalise/profile/report_spec.h"

#define PAGE_DIGEST_BYTES 16

struct timestamp_zone;

/** Texts are in the caller's arena. */
struct page {
	size_t records;   /* rows; null, "" or a missing list counts none */
	bool is_ok;       /* `ok` holds, or there is none */
	struct str error; /* the vendor's text when it does not, as page_error_text() writes it;
	                     may be empty */
	bool has_next;    /* LINK, TOKEN: not null, not "" and not missing */
	struct str next;  /* the link or token */
	bool has_last, has_more, more;
	uint64_t last;                     /* number or digits in a text */
	uint64_t size;                     /* from `size_at`; 0: not said */
	struct str same;                   /* value of `same`; empty: none */
	uint8_t digest[PAGE_DIGEST_BYTES]; /* of the records' bytes: equal pages have equal ones */
};

/**
 * @param body   JSON text
 * @param arena  for texts; the caller resets it
 * @return ERR_OK
 *         ERR_PARSE  not a complete JSON document (the detail says where, and when it looks like
 *                    HTML says that), or what should lead to the next page is no text; the detail
 *                    holds no text of the body
 *         ERR_LIMIT  a member that steers paging is too large for the arena. A record that is too
 *                    deep or too large counts as one: it becomes a dead letter, not the page
 *         ERR_NOMEM
 */
enum err page_read(struct str body, const struct decode_spec *decode, const struct page_spec *spec,
                   const struct ok_spec *ok, struct arena *arena, struct page *ret_page,
                   struct err_detail *reterr_detail) MUST_CHECK;

/** One id of a list. @p value is borrowed for the call. */
typedef enum err (*page_value_fn)(void *arg, struct str value);

/**
 * The ids of one page of a list: records where `when` holds and now is within `after` and `until`.
 * A record without a readable id or time is skipped and counted; without any time it counts.
 *
 * @param zones   of the source, for `after` and `until` (source_zones()); NULL: they have none
 * @param now_ms  wall clock
 * @return ERR_OK, ERR_PARSE, ERR_LIMIT, ERR_NOMEM, or what @p fn gave
 */
enum err page_list_values(struct str body, const struct list_spec *list,
                          const struct timestamp_zone *const *zones, int64_t now_ms,
                          page_value_fn fn, void *arg, size_t *ret_skipped,
                          struct err_detail *reterr_detail) MUST_CHECK;

/** A webhook as the vendor lists it; what it does not say is empty. */
struct page_hook {
	struct str id, url, status, events;
};

/** One of them. @p hook is borrowed for the call. */
typedef enum err (*page_hook_fn)(void *arg, const struct page_hook *hook);

/**
 * The webhooks of one page of a registration's list. What else is in a record (our password with
 * some vendors) is not looked at.
 *
 * @return ERR_OK, ERR_PARSE, ERR_LIMIT, ERR_NOMEM, or what @p fn gave
 */
enum err page_hooks(struct str body, const struct register_spec *spec, page_hook_fn fn, void *arg,
                    struct err_detail *reterr_detail) MUST_CHECK;

/**
 * A readable line from a vendor's error answer: the known members of JSON errors (title, message,
 * detail, status, error_key, error_message, error, error_description, code, trace_id, errors{},
 * data when it is a text; one object, an array of them, or a bare string), the <title> of HTML,
 * else the first line of text. Control characters go; what looks like a phone number, an e-mail
 * address or a token (20 and more letters and digits in a row) is replaced by `…`. At most @p size
 * bytes with the NUL.
 */
void page_error_text(struct str body, struct str media_type, char *ret_text, size_t size);

/** Does the JSON body, or one of its elements when it is a list, fulfil the conditions? False when
 * it is no JSON. */
bool page_matches(struct str body, const struct conditions *when);

#endif /* NORMALISE_PAGE_H */

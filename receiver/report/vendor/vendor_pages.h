/* SPDX-License-Identifier: MIT */
/**
 * vendor_pages - ask a vendor for a list, page by page, and give away each page's body.
 *
 *     request ─▶ answer ─▶ ok? ─▶ on_page ─▶ is there a next one? ─▶ on_done
 *        ▲                                            │
 *        └────────────────────────────────────────────┘
 *
 * Nothing of it is logged, or kept over a restart. An answer without content has no page.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_VENDOR_VENDOR_PAGES_H
#define RECEIVER_REPORT_VENDOR_VENDOR_PAGES_H

#include "core/err.h"
#include "core/str.h"
#include "normalise/page.h"
#include "receiver/report/vendor/vendor_client.h"

struct vendor_pages;

/** All borrowed; what is pointed to outlives the asking. */
struct vendor_pages_conf {
	struct vendor_client *client;
	const struct request_spec *request;
	const struct page_spec *page;
	const struct decode_spec *decode;
	const struct ok_spec *ok;
	unsigned pages_max;
	size_t body_max;        /* bytes of a page */
	const char *unreadable; /* said before why a page cannot be read; "" */
};

/** How it ended. Valid during the callback. */
struct vendor_pages_end {
	enum vendor_end end; /* VENDOR_OK: each page was given */
	unsigned status;     /* of the last answer; 0: none */
	bool was_sent;
	uint64_t retry_ms; /* VENDOR_LATER */
	const char *text;  /* for people; "" for OK */
};

struct vendor_pages_ops {
	/**
	 * @return ERR_OK; ERR_EXISTS enough: that was the last page; else why it cannot be read,
	 *         which ends it with VENDOR_FAILED
	 */
	enum err (*on_page)(void *arg, struct str body, struct err_detail *reterr_detail);
	/** vendor_pages_free() may be called from within. */
	void (*on_done)(void *arg, const struct vendor_pages_end *end);
};

/** Begin; callbacks come from the loop. @return ERR_OK, ERR_NOMEM, or as vendor_client_send() */
enum err vendor_pages_new(const struct vendor_pages_conf *conf, const struct vendor_pages_ops *ops,
                          void *arg, struct vendor_pages **ret_pages) MUST_CHECK;
/** Before its end: no callback comes. Accepts NULL. */
void vendor_pages_free(struct vendor_pages *p);

#endif /* RECEIVER_REPORT_VENDOR_VENDOR_PAGES_H */

/* SPDX-License-Identifier: MIT */
/**
 * import_order - a request of the admin API that puts one slice into the journal.
 *
 *     POST /api/v1/import?account=A&report=R&set=NAME%3DVALUE…&vars=LENGTH
 *
 * The body is the slice. With `vars` its first LENGTH bytes are vars instead, urlencoded: what the
 * slice alone does not say (a header may be longer than a query).
 */
#ifndef CMD_API_IMPORT_ORDER_H
#define CMD_API_IMPORT_ORDER_H

#include "cmd/api/import_target.h"

/** Most bytes of one request's body: with its vars. */
#define IMPORT_BODY_MAX ((size_t)2 * 1024 * 1024)

/** A payload with its bytes; owned. */
struct import_order {
	struct buf vars, body;
	char *account, *report;
	struct payload payload;
};

/**
 * @param ret_order  import_order_fini(); untouched on failure
 * @return ERR_OK
 *         ERR_NOENT  no such account or report (detail)
 *         ERR_PARSE  the query is wrong, or the slice is not of this report (detail)
 *         ERR_NOMEM
 */
enum err import_order_read(const struct conf *conf, struct str query, struct str body,
                           struct import_order *ret_order,
                           struct err_detail *reterr_detail) MUST_CHECK;

void import_order_fini(struct import_order *o);

#endif /* CMD_API_IMPORT_ORDER_H */

/* SPDX-License-Identifier: MIT */
/**
 * authorize_lines - a person's authorisation: a query in, lines of JSON out. The daemon sends them
 * to its client, and `authorize` without a daemon reads them itself, so that both look the same.
 *
 *     instance=I&account=A                             device flow
 *     instance=I&account=A&code=C&redirect_uri=U       exchange a code
 *     instance=I&account=A&state=S&redirect_uri=U      the address to open
 *
 *     {"device":{"verification_uri":…,"verification_uri_complete":…,"user_code":…,
 *                "expires_seconds":…}}
 *     {"url":…}
 *     {"done":{"err":"ok","has_refresh":true,"text":…}}   the last line
 *
 * Threads: the loop's.
 */
#ifndef CMD_API_AUTHORIZE_LINES_H
#define CMD_API_AUTHORIZE_LINES_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/str.h"
#include "receiver/report/vendor/vendor_client.h"

/** What is asked for; "" is not given. */
struct authorize_order {
	struct buf texts;
	const char *instance, *account, *code, *redirect_uri, *state;
};

/** @return ERR_OK, ERR_PARSE (detail), ERR_NOMEM; authorize_order_fini() either way */
enum err authorize_order_read(struct str query, struct authorize_order *ret_order,
                              struct err_detail *reterr_detail) MUST_CHECK;
void authorize_order_fini(struct authorize_order *order);

struct authorize_lines;

struct authorize_lines_ops {
	/** @return false: nobody can read on */
	bool (*on_line)(void *arg, struct str line);
	/** After the last line. It may free the authorize_lines. @p err ERR_OK: tokens are there */
	void (*on_end)(void *arg, enum err err);
};

/**
 * Callbacks come from the loop, never from within.
 *
 * @param client  borrowed; must outlive it
 * @param order   only read during the call
 * @return ERR_OK
 *         ERR_PARSE   the account needs none, or its vendor has no such way (detail)
 *         ERR_EXISTS  another one of the account is under way (detail)
 *         ERR_NOMEM
 */
enum err authorize_lines_new(struct loop *loop, struct vendor_client *client,
                             const struct authorize_order *order,
                             const struct authorize_lines_ops *ops, void *arg,
                             struct authorize_lines **ret_lines,
                             struct err_detail *reterr_detail) MUST_CHECK;

/** Drop what is under way. Accepts NULL. Not from on_line(). */
void authorize_lines_free(struct authorize_lines *l);

#endif /* CMD_API_AUTHORIZE_LINES_H */

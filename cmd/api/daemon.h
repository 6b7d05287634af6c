/* SPDX-License-Identifier: MIT */
/** daemon - the client side of the admin listener, for commands: it blocks. */
#ifndef CMD_API_DAEMON_H
#define CMD_API_DAEMON_H

#include <signal.h>
#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/**
 * GET @p path of the admin listener at @p address.
 *
 * @param ret_status  of HTTP
 * @return ERR_OK     whatever the status
 *         ERR_NOENT  nobody listens there
 *         ERR_LIMIT  the answer is larger than the buffer
 *         ERR_IO     no or half an answer
 *         ERR_NOMEM
 *         but for ERR_OK the detail says it for a person
 */
enum err daemon_get(const char *address, const char *path, struct buf *answer, long *ret_status,
                    struct err_detail *reterr_detail) MUST_CHECK;

struct daemon_lines {
	/** A line without its newline. @return false: no more */
	bool (*on_line)(void *arg, struct str line);
	void *arg;
	const volatile sig_atomic_t *stop; /* a signal sets it; NULL */
};

/**
 * POST @p form (urlencoded), and read lines as they come.
 *
 * @return ERR_OK        all of it was read
 *         ERR_INVAL     the daemon refuses it (400)
 *         ERR_CANCELED  on_line() or @c stop ended it
 *         others as daemon_get(); ERR_IO also for other statuses
 */
enum err daemon_post(const char *address, const char *path, struct str form,
                     const struct daemon_lines *lines, struct err_detail *reterr_detail) MUST_CHECK;

/**
 * POST @p body, and wait for the answer.
 *
 * @param stop  a signal sets it
 * @return ERR_OK        200
 *         ERR_AGAIN     503: not now (detail)
 *         ERR_INVAL     the daemon refuses it (4xx): its own text is the detail
 *         ERR_CANCELED  @p stop ended it
 *         others as daemon_get()
 */
enum err daemon_send(const char *address, const char *path, struct str body,
                     const volatile sig_atomic_t *stop,
                     struct err_detail *reterr_detail) MUST_CHECK;

#endif /* CMD_API_DAEMON_H */

/* SPDX-License-Identifier: MIT */
/**
 * asking - ask one account's vendor from a command, without a daemon.
 *
 * Accounts with OAuth2 need the store, where their tokens are, and the daemon must not have it
 * open.
 */
#ifndef CMD_APP_ASKING_H
#define CMD_APP_ASKING_H

#include "cmd/base/command.h"
#include "core/client/http_client.h"
#include "core/loop.h"
#include "receiver/report/vendor/vendor_client.h"
#include "store/store.h"

struct asking {
	struct loop *loop;
	struct http_client *http;
	struct store *store; /* NULL: not needed */
	struct vendor_client *client;
};

/**
 * @param conf, account  borrowed until asking_close(), which is called either way
 * @return EXIT_OK
 *         EXIT_CONFIGURATION  the account lacks variables
 *         EXIT_UNAVAILABLE    the daemon has the store open, or out of memory
 *         others              the store cannot be opened, as exit_code_from_err() says
 *         but for EXIT_OK it was said on stderr
 */
enum exit_code asking_open(const struct conf *conf, const struct conf_account *account,
                           struct asking *ret_asking) MUST_CHECK;

/** Also of one that was never opened, or is closed. */
void asking_close(struct asking *a);

/** What the end of a request means for the exit code. */
enum exit_code asking_exit_code(enum vendor_end end);

#endif /* CMD_APP_ASKING_H */

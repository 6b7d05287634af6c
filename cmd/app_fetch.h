/* SPDX-License-Identifier: MIT */
/**
 * app_fetch - a fetch without a daemon: the parts of the daemon without its listeners.
 *
 *     store ─▶ relay, publisher ─▶ reports ─▶ the runs ─▶ relay drained ─▶ store closed
 *
 * What is fetched is committed and published as the daemon would do it. When the broker is away it
 * stays in the journal: nothing is lost.
 */
#ifndef CMD_APP_FETCH_H
#define CMD_APP_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/command.h"

struct app_fetch_conf {
	const char *account;
	struct str query; /* fetch_lines.h */
	bool is_dry;      /* nothing is published either */
	/** @return false: stop */
	bool (*on_line)(void *arg, struct str line);
	/** While what was fetched is published: so many payloads wait. */
	void (*on_waiting)(void *arg, uint64_t waiting);
	void *arg;
};

struct app_fetch_left {
	uint64_t waiting;  /* payloads in the journal */
	char trouble[200]; /* why */
};

/**
 * Fetch until the runs are done and the journal is empty, or a signal stops it in order.
 *
 * @param conf      taken over
 * @param ret_left  what is not published
 * @return EXIT_OK: the lines say the rest; else why it could not begin or go on (said on stderr)
 */
enum exit_code app_fetch(struct conf *conf, const struct app_fetch_conf *fetch,
                         struct app_fetch_left *ret_left) MUST_CHECK;

#endif /* CMD_APP_FETCH_H */

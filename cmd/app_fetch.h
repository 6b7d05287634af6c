/* SPDX-License-Identifier: MIT */
/** app_fetch - a fetch without a daemon (app_alone.h). */
#ifndef CMD_APP_FETCH_H
#define CMD_APP_FETCH_H

#include "cmd/app_alone.h"

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

/**
 * @param conf      taken over
 * @param ret_left  what is not published
 * @return EXIT_OK: the lines say the rest; else why it could not begin or go on (said on stderr)
 */
enum exit_code app_fetch(struct conf *conf, const struct app_fetch_conf *fetch,
                         struct app_alone_left *ret_left) MUST_CHECK;

#endif /* CMD_APP_FETCH_H */

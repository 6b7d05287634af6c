/* SPDX-License-Identifier: MIT */
/** fetch_alone - a fetch without a daemon (app_alone.h). */
#ifndef CMD_FETCH_FETCH_ALONE_H
#define CMD_FETCH_FETCH_ALONE_H

#include "cmd/app/app_alone.h"

struct fetch_alone_conf {
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
enum exit_code fetch_alone(struct conf *conf, const struct fetch_alone_conf *fetch,
                           struct app_alone_left *ret_left) MUST_CHECK;

#endif /* CMD_FETCH_FETCH_ALONE_H */

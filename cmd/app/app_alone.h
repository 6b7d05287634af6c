/* SPDX-License-Identifier: MIT */
/**
 * app_alone - work without a daemon (`fetch`, `import`): the parts of the daemon without its
 * listeners.
 *
 *     store ─▶ relay, publisher ─▶ the work ─▶ relay drained ─▶ store closed
 *
 * What the work commits is published as the daemon would do it. When the broker is away it stays in
 * the journal: nothing is lost.
 */
#ifndef CMD_APP_APP_ALONE_H
#define CMD_APP_APP_ALONE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/app/app_state.h"

struct app_alone;

struct app_alone_conf {
	const char *account; /* borrowed; only its reports can be asked for */
	bool is_dry;         /* nothing is stored or published */
	/** Begin; app_alone_done() or app_alone_fail() ends it. @return EXIT_OK, or why not (said)
	 */
	enum exit_code (*begin)(void *arg, struct app *app, struct app_alone *alone);
	/** Also when it did not begin. Puts under way may still be told of their end. */
	void (*end)(void *arg);
	/** While the rest is published: so many payloads wait. */
	void (*on_waiting)(void *arg, uint64_t waiting);
	void *arg;
};

struct app_alone_left {
	uint64_t waiting;  /* payloads in the journal */
	char trouble[200]; /* why */
};

/** All is committed. */
void app_alone_done(struct app_alone *a);

/** It cannot go on (said): stop in order and give this code. */
void app_alone_fail(struct app_alone *a, enum exit_code code);

/**
 * Run until the work is done and the journal is empty, or a signal stops it in order.
 *
 * @param conf      taken over
 * @param ret_left  what is not published
 * @return EXIT_OK; what app_alone_conf.begin or app_alone_fail() gave; EXIT_INPUT_OUTPUT the
 * journal fails; EXIT_UNAVAILABLE it is full and nobody takes it, another process has the store, or
 * out of memory; others as the store's opening says. But for EXIT_OK it was said on stderr
 */
enum exit_code app_alone(struct conf *conf, const struct app_alone_conf *alone,
                         struct app_alone_left *ret_left) MUST_CHECK;

/** A note on stderr of what is not published; nothing when nothing waits. */
void app_alone_note(const struct app_alone_left *left, const char *command);

#endif /* CMD_APP_APP_ALONE_H */

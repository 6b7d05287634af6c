/* SPDX-License-Identifier: MIT */
/**
 * scripted - a vendor that answers each path in the order of its script, with a loop, an HTTP
 * client and a store of the test's own.
 */
#ifndef TESTS_RECEIVER_REPORT_VENDOR_SCRIPTED_H
#define TESTS_RECEIVER_REPORT_VENDOR_SCRIPTED_H

#include "core/client/http_client.h"
#include "store/store.h"
#include "tests/core/client/vendor_fixture.h"

#define SCRIPTED_STEPS_MAX 16

/** Answers to requests whose line has @c path in it; the last one of a path is repeated. */
struct scripted_step {
	const char *path;
	const char *answer; /* NULL: the connection is closed without one */
	unsigned given;
};

struct scripted {
	struct loop *loop;
	struct http_client *http;
	struct store *store;
	char store_path[128];
	struct vendor vendor;
	char base[64];
	pthread_mutex_t lock; /* guards steps */
	struct scripted_step steps[SCRIPTED_STEPS_MAX];
	size_t count;
};

/** An answer with a JSON body; several of them live at once. */
const char *scripted_json(unsigned status, const char *headers, const char *body);

void scripted_open(struct scripted *s);
void scripted_close(struct scripted *s);
/** Close the store and open it again, as after a crash. */
void scripted_reopen(struct scripted *s);

void scripted_add(struct scripted *s, const char *path, const char *answer);
/** Forget the script; what was seen stays. */
void scripted_clear(struct scripted *s);

/** Turn the loop until the number is reached, with a deadline. */
void scripted_wait(struct scripted *s, const unsigned *number, unsigned value);
/** Turn the loop for what is under way; for what must not come. */
void scripted_settle(struct scripted *s);

bool scripted_saw(struct scripted *s, const char *text);
/** How often the text was in a request. */
unsigned scripted_count(struct scripted *s, const char *text);

#endif /* TESTS_RECEIVER_REPORT_VENDOR_SCRIPTED_H */

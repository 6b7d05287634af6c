/* SPDX-License-Identifier: MIT */
/**
 * fake_vendor - a vendor_client that answers as the test says, in place of the real one.
 *
 * Each request is written down, and answered from the loop by the test's function. Bodies come in
 * pieces of `chunk` bytes and stop while they are not wanted. A call with on_turn() has its turn at
 * once, and is answered when it may go.
 */
#ifndef TESTS_RECEIVER_REPORT_VENDOR_FAKE_VENDOR_H
#define TESTS_RECEIVER_REPORT_VENDOR_FAKE_VENDOR_H

#include "core/buf.h"
#include "receiver/report/vendor/vendor_client.h"

#define FAKE_URL "https://api.acme.example/v1/items?page=1"

struct fake_request {
	size_t number;  /* from 1 */
	char path[128]; /* template, as it stands */
	char method[8];
	char job_id[64];
	char url[256]; /* a link that takes the request's place */
	char from[64], to[64], page[32], offset[32], cursor[256], campaign[64];
	bool is_safe, has_again, is_single;
};

/** What comes of it; all zero is an empty answer 200. */
struct fake_answer {
	struct vendor_result result;
	bool is_again;   /* half of the body comes twice */
	bool is_retried; /* the first try is not sent: another turn */
	struct str operation_location, content_location;
	struct buf body;
};

typedef void (*fake_answer_fn)(void *arg, const struct fake_request *request,
                               struct fake_answer *answer);

struct vendor_client {
	struct loop *loop;
	fake_answer_fn answer;
	void *arg;
	enum err send_result;
	size_t chunk; /* 0: all at once */
	bool is_held; /* answers wait for fake_vendor_release() */
	size_t sent, done, canceled, resumed, turns, gone;
	size_t open, open_most;
	struct fake_request last;
	struct vendor_call *call;   /* the newest */
	void (*on_step)(void *arg); /* something happens; may be NULL */
};

void fake_vendor_init(struct vendor_client *c, struct loop *loop, fake_answer_fn answer, void *arg);
/** Let the newest call go on. */
void fake_vendor_release(struct vendor_client *c);

#endif /* TESTS_RECEIVER_REPORT_VENDOR_FAKE_VENDOR_H */

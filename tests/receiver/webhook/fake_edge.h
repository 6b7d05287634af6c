/* SPDX-License-Identifier: MIT */
/**
 * fake_edge - what stands around receiver/webhook in its tests: requests, sources, credentials and
 * the store, all answering as the test says.
 */
#ifndef TESTS_RECEIVER_WEBHOOK_FAKE_EDGE_H
#define TESTS_RECEIVER_WEBHOOK_FAKE_EDGE_H

#include "core/http/http_server.h"
#include "normalise/source.h"
#include "receiver/webhook/webhook.h"
#include "store/store.h"

#define FAKE_HEADERS_MAX 8
#define FAKE_PUTS_MAX    16

struct http_request {
	const char *method, *path, *query, *body;
	const char *names[FAKE_HEADERS_MAX];
	const char *values[FAKE_HEADERS_MAX];
	size_t header_count;
	void *arg;
	bool is_accepted;
	size_t max_body;
	/* the reply */
	unsigned replies;
	struct http_reply reply;
	char media_type[64], reply_body[256], allow[64], challenge[96];
};

struct source {
	const char *account, *name;
	struct profile_source spec;
	unsigned refs;
};

/** One payload that was put into the store. */
struct fake_put {
	struct payload payload;
	store_put_done done;
	void *arg;
};

struct fake_edge {
	struct loop *loop;
	struct ingest *ingest;
	struct webhook *webhook;
	struct route_table *routes; /* of the webhook */
	struct source sms, open_hook, get_hook;
	struct credentials *credentials;
	/* store */
	enum err put_result;
	struct fake_put puts[FAKE_PUTS_MAX];
	size_t put_count;
	unsigned notified;
	/* credentials: "right" in the header's password is right */
	enum err check_result; /* ERR_OK: by the password; else what credentials_check() returns */
	bool is_known;
	credentials_done check_done;
	void *check_arg;
	unsigned checks;
	/* normalise */
	enum err decode_result;
	/* clients */
	const char *address;
	bool holds_bodies; /* the test calls on_request() or on_dropped() itself */
};

extern struct fake_edge edge;

/**
 * A webhook with /hooks/acme/sms (POST, Basic), /hooks/acme/open (POST, no auth, answers 200 to
 * what it cannot decode, 429 for later) and /hooks/acme/both (POST and GET, Basic).
 */
int fake_setup(void **state);
int fake_teardown(void **state);

/**
 * The same table once more, e.g. for a reload; without the source "sms" when @p with_sms is not
 * set.
 */
struct route_table *fake_routes(bool with_sms);

void fake_request(struct http_request *req, const char *method, const char *target_path);
void fake_header(struct http_request *req, const char *name, const char *value);
/** Run the request's head through the webhook. */
void fake_send(struct http_request *req);

#define RIGHT "Basic dTpyaWdodA==" /* u:right */
#define WRONG "Basic dTp3cm9uZw==" /* u:wrong */

#endif /* TESTS_RECEIVER_WEBHOOK_FAKE_EDGE_H */

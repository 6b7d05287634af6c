/* SPDX-License-Identifier: MIT */
/** client_fixture - an http_client and a vendor to talk to; notes what the client is told. */
#ifndef TESTS_CORE_CLIENT_CLIENT_FIXTURE_H
#define TESTS_CORE_CLIENT_CLIENT_FIXTURE_H

#include "core/buf.h"
#include "core/client/http_client.h"
#include "tests/core/client/vendor_fixture.h"

/** What came of a call. */
struct outcome {
	unsigned heads, bodies, dones;
	enum http_end end;
	unsigned status;
	bool was_sent;
	int64_t retry_after_s, length;
	uint64_t body_bytes;
	char media_type[128], location[128], text[256], header[64];
	const char *header_name; /* to be noted at the head and at the end */
	struct buf body;
	bool pause_each; /* on_body() takes a pause each time */
	struct http_call *call;
	void (*also)(struct outcome *o); /* in on_body(); may be NULL */
	void (*then)(struct outcome *o); /* in on_done(); may be NULL */
	void *arg;
};

struct client_fixture {
	struct loop *loop;
	struct http_client *client;
	struct vendor vendor;
	char url[128];
	struct outcome o;
};

void outcome_fini(struct outcome *o);

void client_fixture_init(struct client_fixture *f, vendor_script script, const char *text);
void client_fixture_fini(struct client_fixture *f);

/** GET of the vendor, with limits that fit. */
struct http_request client_request(const struct client_fixture *f);
extern const struct http_call_ops outcome_ops;
void client_send(struct client_fixture *f, const struct http_request *request, struct outcome *o);
/** Turn the loop until @p counter is @p value, with a deadline. */
void client_wait(struct client_fixture *f, const unsigned *counter, unsigned value);
/** Send f->o and wait for its end. */
void client_do(struct client_fixture *f, const struct http_request *request);
/** Run @p script once against a GET; the outcome is in f->o. The fixture is to be freed. */
void client_get(struct client_fixture *f, vendor_script script, const char *text);

#endif /* TESTS_CORE_CLIENT_CLIENT_FIXTURE_H */

/* SPDX-License-Identifier: MIT */
/** http_fixture - a server with a small application, and raw clients, on one loop; for tests. */
#ifndef TESTS_CORE_HTTP_HTTP_FIXTURE_H
#define TESTS_CORE_HTTP_HTTP_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/http/http_server.h"
#include "core/loop.h"

#define FIXTURE_HELD_MAX 64

/** What the application does with a request, by its path. */
struct fixture {
	struct loop *loop;
	struct http_server *server;
	uint16_t port;
	size_t max_body;
	unsigned heads, requests, dropped;
	struct http_request *held[FIXTURE_HELD_MAX]; /* "/hold…": waits for fixture_reply() */
	size_t held_count;
	struct http_request *undecided; /* "/decide": waits for accept or reply */
	struct buf last_body;
};

struct http_limits fixture_limits(void);
void fixture_init(struct fixture *f, const struct http_limits *limits);
void fixture_fini(struct fixture *f);

/** 200 with the body "held" for the oldest held request. */
void fixture_reply(struct fixture *f);

/** A connected client; close() it. */
int fixture_connect(const struct fixture *f);
/** Send all of it while the loop turns. */
void fixture_send(const struct fixture *f, int fd, struct str bytes);

/**
 * Turn the loop until the client got @p text (true), or its connection ended or five seconds
 * passed (false). What came is in @p got.
 */
bool fixture_expect(const struct fixture *f, int fd, const char *text, struct buf *got);
/** Turn the loop until the server closed; @p got gets what came. False after five seconds. */
bool fixture_expect_close(const struct fixture *f, int fd, struct buf *got);
/** Turn the loop until @p counter is @p value; false after five seconds. */
bool fixture_wait(const struct fixture *f, const unsigned *counter, unsigned value);
/** The same for the server's open connections. */
bool fixture_wait_connections(const struct fixture *f, size_t count);
/** How often @p text stands in @p got. */
size_t fixture_count(const struct buf *got, const char *text);

/** One client of a fixture with the usual limits. */
struct session {
	struct fixture f;
	int fd;
	struct buf got;
};

void session_open(struct session *s);
void session_close(struct session *s);
void session_send(struct session *s, const char *text);
bool session_expect(struct session *s, const char *text);
bool session_expect_close(struct session *s);

#endif /* TESTS_CORE_HTTP_HTTP_FIXTURE_H */

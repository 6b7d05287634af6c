/* SPDX-License-Identifier: MIT */
/**
 * vendor_fixture - a server with threads of its own that does what a test says, right or wrong.
 *
 * The test's script gets each connection in a thread of its own and talks HTTP (or not) by hand.
 */
#ifndef TESTS_CORE_CLIENT_VENDOR_FIXTURE_H
#define TESTS_CORE_CLIENT_VENDOR_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

#define VENDOR_LINKS_MAX 32

struct vendor;
struct ssl_st;

/** One connection. */
struct vendor_link {
	struct vendor *vendor;
	int fd;
	struct ssl_st *tls; /* NULL: plain */
	unsigned number;    /* from 0, in the order of the connections */
	pthread_t thread;
};

/** Runs in the connection's thread; the connection is closed when it returns. */
typedef void (*vendor_script)(struct vendor_link *link);

struct vendor {
	vendor_script script;
	const char *script_text; /* for a script: what to send */
	size_t script_len;
	void *tls_context; /* SSL_CTX; NULL: plain */
	uint16_t port;
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;    /* guards seen */
	struct buf seen;         /* all requests */
	atomic_uint connections; /* accepted, handshake included */
	atomic_uint requests;    /* read to the end */
	atomic_size_t sent;      /* bytes of all answers that the kernel or TLS took */
	atomic_bool stop;
	atomic_int gate; /* for scripts that wait for the test */
	struct vendor_link links[VENDOR_LINKS_MAX];
};

void vendor_start(struct vendor *v, vendor_script script, const char *text);
void vendor_stop(struct vendor *v);

/** Read one request, with its body; note it. @return false: the client has closed */
bool vendor_read(struct vendor_link *link);
/** @return false: the client has closed */
bool vendor_send(struct vendor_link *link, const char *bytes, size_t len);
bool vendor_say(struct vendor_link *link, const char *text);
/** Wait until the test has set the gate to at least @p value, or the vendor is stopped. */
void vendor_wait_gate(struct vendor_link *link, int value);
/** Wait until the client closes or the vendor is stopped. */
void vendor_wait_close(struct vendor_link *link);

/** One request, then the vendor's text, then the end of the connection. */
void vendor_once(struct vendor_link *link);
/** The same for each request, on one connection. */
void vendor_always(struct vendor_link *link);

bool vendor_saw(struct vendor *v, const char *text);

#endif /* TESTS_CORE_CLIENT_VENDOR_FIXTURE_H */

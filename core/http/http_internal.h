/* SPDX-License-Identifier: MIT */
/**
 * http_internal - what the files of core/http/http_server share. For those files only.
 *
 * A connection and its one present request are one object. It goes through
 *
 *     READ_HEAD ─▶ DECIDE ─▶ READ_BODY ─▶ ANSWER ─▶ READ_HEAD …       ─▶ CLOSE ─▶ LINGER ─▶ DEAD
 *                    └────────── GONE (no socket any more) ◀──┘
 *
 * DECIDE and ANSWER wait for the application, which holds the request; GONE is a request whose
 * client went away meanwhile: it lives until its reply. CLOSE waits until the last answer is
 * out, LINGER reads on for a moment so that the client sees it.
 */
#ifndef CORE_HTTP_HTTP_INTERNAL_H
#define CORE_HTTP_HTTP_INTERNAL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/buf.h"
#include "core/http/http_peers.h"
#include "core/http/http_reader.h"
#include "core/http/http_reply.h"
#include "core/http/http_server.h"

struct bufferevent;
struct evconnlistener;
struct inflate;

#define HTTP_REQUEST_MAGIC    0x68726571U
#define HTTP_CONNECTION_MAGIC 0x68636f6eU
#define HTTP_SERVER_MAGIC     0x68737276U

#define HTTP_WATERMARK_HEAD ((size_t)8 * 1024) /* read ahead while nobody is accepted */

enum http_phase {
	PHASE_READ_HEAD,
	PHASE_DECIDE,
	PHASE_READ_BODY,
	PHASE_ANSWER,
	PHASE_CLOSE,
	PHASE_LINGER,
	PHASE_GONE,
	PHASE_DEAD
};

/** Which deadline runs. */
enum http_clock {
	CLOCK_NONE,    /* the application has the word */
	CLOCK_FIRST,   /* connected, not a byte yet */
	CLOCK_REQUEST, /* from the first byte of a request to its last */
	CLOCK_IDLE,    /* between two requests */
	CLOCK_WRITE,   /* an answer that the client does not read */
	CLOCK_LINGER,
	CLOCK_COUNT
};

struct http_request {
	unsigned magic;
	struct http_reader reader;
	struct buf body;
	struct inflate *inflate; /* owned; NULL for a plain body */
	size_t max_body;
	void *arg; /* the application's */
	char address[INET6_ADDRSTRLEN];
};

struct http_connection {
	unsigned magic;
	struct http_request request;
	struct http_server *server; /* borrowed; NULL once it was freed */
	struct bufferevent *bev;    /* owned; NULL once closed */
	int fd;                     /* of bev */
	enum http_phase phase;
	struct http_peer_key peer;
	struct str in;    /* input being read; points into bev's buffer */
	size_t taken;     /* bytes before it, still to be drained there */
	size_t watermark; /* most bytes bev reads ahead */
	unsigned refusal; /* status to refuse the present request with; 0 for none */
	bool is_running;  /* inside http_connection_run(): freed at its end only */
	bool is_accepted; /* by the application */
	bool is_dropped;  /* GONE, and the application is yet to be told */
	bool is_fresh;    /* no request was answered yet */
	bool is_blocked;  /* output waits in bev */
	bool is_paused;   /* reading is off */
	bool is_ready;    /* stands in server->ready */
	bool has_eof;     /* the client will send nothing more */
	bool has_continued;
	size_t lingered; /* bytes read and dropped */
	size_t charged;  /* bytes counted in server->memory */
	size_t charged_open;
	enum http_clock clock;
	uint64_t deadline; /* monotonic, ms */
	TAILQ_ENTRY(http_connection) link;
	TAILQ_ENTRY(http_connection) clock_link;
	TAILQ_ENTRY(http_connection) ready_link;
};

TAILQ_HEAD(http_connection_list, http_connection);

struct http_listener {
	STAILQ_ENTRY(http_listener) link;
	struct evconnlistener *listener; /* owned */
};

STAILQ_HEAD(http_listener_list, http_listener);

struct http_server {
	unsigned magic;
	struct loop *loop; /* borrowed */
	struct http_limits limits;
	const struct http_server_ops *ops; /* borrowed */
	void *arg;                         /* borrowed */
	struct http_listener_list listeners;
	struct http_connection_list connections; /* also those that are GONE */
	struct http_connection_list ready;       /* to be run soon */
	struct http_connection_list clocks[CLOCK_COUNT];
	size_t connection_count; /* without those that are GONE */
	struct http_peers *peers;
	size_t memory;      /* bytes held by all connections */
	size_t memory_open; /* by those not accepted by the application */
	struct buf out;     /* answers on their way to the socket of out_owner */
	struct http_connection *out_owner;
	struct http_date date;
	struct loop_timer *tick; /* owned; runs out with the first deadline */
	uint64_t tick_due;       /* 0 when it does not run */
	struct loop_timer *ready_timer;
	struct loop_timer *pause_timer; /* accepts again when it runs out */
	bool is_draining;
	loop_fn on_idle;
	void *on_idle_arg;
};

/* http_server.c */

/** Run @p conn soon, from the loop. */
void http_server_wake(struct http_server *server, struct http_connection *conn);
/** Count a refused connection or request. */
void http_server_count_refusal(const char *cause);
/** A connection was closed. */
void http_server_on_closed(struct http_server *server);

/* http_listen.c: listening, and who gets in */

/** Forget the listeners. */
void http_listen_stop(struct http_server *server);
/** Callback of server->pause_timer: accept again. */
void http_listen_on_pause_end(void *arg);

/* http_clock.c */

/** Start a deadline; CLOCK_REQUEST goes on when it runs already. */
void http_clock_set(struct http_connection *conn, enum http_clock clock);
/** Callback of server->tick. */
void http_clock_on_tick(void *arg);

/* http_connection.c: from the socket to its end, and what it may hold */

/** Takes @p fd in any case. @return ERR_OK, ERR_NOMEM */
enum err http_connection_open(struct http_server *server, int fd, const struct http_peer_key *peer,
                              const char *address) MUST_CHECK;
/** Close now. May free @p conn. */
void http_connection_close(struct http_connection *conn);
/** Free one without a socket, or let http_connection_run() do it. */
void http_connection_release(struct http_connection *conn);
/** Free what the present request holds. */
void http_connection_forget_request(struct http_connection *conn);
/** Tell the application that an accepted request ends before its on_request(). */
void http_connection_tell_dropped(struct http_connection *conn);
/** Bytes that @p conn and its request hold. */
size_t http_connection_held(const struct http_connection *conn);
/** Count @p bytes for it in the server's memory, instead of what was counted before. */
void http_connection_charge(struct http_connection *conn, size_t bytes);
/** Those that are not accepted hold more than their share. */
bool http_connection_is_over_share(const struct http_connection *conn);

/* http_connection_run.c: its turns */

/** Read and answer as far as it goes. May free @p conn. */
void http_connection_run(struct http_connection *conn);
/** Its deadline passed; no clock runs any more. May free @p conn. */
void http_connection_expire(struct http_connection *conn);
/** After something changed: send what waits, set deadline, memory, reading. May free @p conn. */
void http_connection_settle(struct http_connection *conn);

/* http_connection_out.c: what goes out, and the end of that */

/** Send at once, without a turn through the loop; bev gets what the socket does not take. */
void http_connection_flush(struct http_connection *conn);
/** The one output buffer, for @p conn from now on. */
struct buf *http_connection_take_out(struct http_connection *conn);
/** The last answer is out: close, but let the client read it first (RFC 9112 9.6). */
void http_connection_linger(struct http_connection *conn);
/** LINGER: read and drop. Closes at the client's end or after enough. */
void http_connection_drop_input(struct http_connection *conn);

/* http_exchange.c: one request and its answer */

/** One step of the picture above; false when there is nothing to do now. */
bool http_exchange_advance(struct http_connection *conn);
/** Drain what was taken and show the next input; false when there is none. */
bool http_exchange_next_input(struct http_connection *conn);
/** Write an answer to the present request and go on to the next one or to the end. */
void http_exchange_answer(struct http_connection *conn, const struct http_reply *reply);
/** Answer instead of the application. */
void http_exchange_refuse(struct http_connection *conn, unsigned status);

/* http_body.c: these return 0, or the status to refuse with. */

/** Get ready for the body. */
unsigned http_body_start(struct http_connection *conn, size_t max_body) MUST_CHECK;
unsigned http_body_add(struct http_connection *conn, struct str piece) MUST_CHECK;
unsigned http_body_end(const struct http_connection *conn) MUST_CHECK;
void http_body_fini(struct http_request *req);

#endif /* CORE_HTTP_HTTP_INTERNAL_H */

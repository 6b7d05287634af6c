/* SPDX-License-Identifier: MIT */
/** http_client_internal - what the files of http_client share; nobody else includes it. */
#ifndef CORE_CLIENT_HTTP_CLIENT_INTERNAL_H
#define CORE_CLIENT_HTTP_CLIENT_INTERNAL_H

#include <sys/queue.h>

#include <curl/curl.h>

#include "core/buf.h"
#include "core/client/curl_loop.h"
#include "core/client/http_client.h"
#include "core/inflate.h"
#include "core/stay.h"

#define HTTP_CLIENT_MAGIC 0x68636c69U
#define HTTP_CALL_MAGIC   0x6863616cU

TAILQ_HEAD(http_calls, http_call);

struct http_client {
	unsigned magic;
	struct loop *loop;       /* borrowed: outlives us */
	struct curl_loop *curl;  /* owned; NULL until the first call */
	unsigned connections;    /* most open at once */
	CURLM *multi;            /* that one's */
	struct loop_timer *soon; /* owned; runs what waits in todo */
	struct http_calls calls; /* owned; all, but those in gone */
	struct http_calls gone;  /* owned; cancelled from a callback, freed after it */
	struct http_calls todo;  /* through todo_link: begin, go on, or fail */
	char *user_agent;        /* owned */
	struct stay stay;
	bool is_in_curl; /* libcurl is on the stack: no call of it but for a few */
};

enum http_coding {
	CODING_IDENTITY,
	CODING_GZIP,
};

struct http_call {
	unsigned magic;
	TAILQ_ENTRY(http_call) link;
	TAILQ_ENTRY(http_call) todo_link;
	struct http_client *client; /* borrowed */
	CURL *easy;                 /* owned */
	struct curl_slist *headers; /* owned */
	struct http_call_ops ops;
	void *arg;                /* borrowed */
	struct loop_timer *clock; /* owned; the whole call's and the idle time */

	bool is_in_todo, is_begun; /* begun: libcurl has it */
	bool is_identity;          /* the body is given as it comes */
	bool is_repeatable;        /* GET and HEAD: libcurl may send it again on a new connection */
	bool is_cancelled;
	unsigned attempts; /* times that the request went out */

	bool is_paused, is_in_body, is_resumed_early;
	bool wants_resume;
	bool is_over; /* ended with rc while it was paused: told at resume */
	CURLcode rc;

	uint64_t timeout_ms, idle_timeout_ms;
	uint64_t end_at_ms;  /* 0: none */
	uint64_t last_at_ms; /* something arrived; 0 while there is no connection */

	struct buf head; /* header lines of the answer */
	bool is_head_whole, is_told_head;
	struct http_answer answer;
	enum http_coding coding;
	struct inflate *inflate; /* owned; for gzip */
	struct buf decoded;
	uint64_t raw_bytes, body_max;

	enum http_end end; /* decided by us; HTTP_END_OK: nothing was */
	const char *why;   /* goes with end; static */
	char why_text[64];
	char curl_text[CURL_ERROR_SIZE];
};

/* http_client.c */

/** Do it on the next turn of the loop. */
void http_client_todo(struct http_call *call);
/** Read what libcurl has finished; ends calls. Not from within libcurl. */
void http_client_settle(struct http_client *client);
void http_client_enter(struct http_client *client);
/**
 * Set libcurl up, at the first call: it takes two megabytes with its TLS, which a daemon that only
 * receives does not need. @return ERR_OK, ERR_NOMEM
 */
enum err http_client_wake(struct http_client *client) MUST_CHECK;

/** @p client may be gone afterwards. */
void http_client_leave(struct http_client *client);

/* http_client_call.c */

/** Hand it to libcurl, or go on after a pause, or tell its end. */
void http_call_run(struct http_call *call);
/** Tell its end and free it. */
void http_call_finish(struct http_call *call, enum http_end end);
/** libcurl is done with it. */
void http_call_over(struct http_call *call, CURLcode rc);
void http_call_free(struct http_call *call);

/* http_client_clock.c */

/** (Re)start it for the next deadline. */
void http_call_wind_clock(struct http_call *call, uint64_t now_ms);
void http_call_on_clock(void *arg);

/* http_client_easy.c */

/** @return ERR_OK, ERR_INVAL, ERR_NOMEM */
enum err http_call_set_up(struct http_call *call, const struct http_request *request) MUST_CHECK;

/* http_client_answer.c: what arrives */

/** One line of the head. @return whether to go on; else call->end says why not */
bool http_call_take_line(struct http_call *call, struct str line) MUST_CHECK;
/** Bytes of the body. @return whether to go on */
bool http_call_take_body(struct http_call *call, struct str bytes) MUST_CHECK;
/** libcurl says that all is there: look for what it does not see; sets call->end. */
void http_call_check_whole(struct http_call *call);

/* http_client_end.c */

enum http_end http_end_of(const struct http_call *call, CURLcode rc);
/** Seconds of Retry-After; @p server_date, the Date header, may be empty. */
int64_t http_retry_after(struct str value, struct str server_date, int64_t now_ms);

#endif /* CORE_CLIENT_HTTP_CLIENT_INTERNAL_H */

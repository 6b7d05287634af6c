/* SPDX-License-Identifier: MIT */
/** imap_client_internal - what the files of imap_client share; nobody else includes it. */
#ifndef CORE_IMAP_IMAP_CLIENT_INTERNAL_H
#define CORE_IMAP_IMAP_CLIENT_INTERNAL_H

#include <sys/queue.h>

#include <curl/curl.h>

#include "core/client/curl_loop.h"
#include "core/imap/imap_client.h"
#include "core/imap/imap_reader.h"
#include "core/stay.h"

#define IMAP_CLIENT_MAGIC 0x696d6170U
#define IMAP_CALL_MAGIC   0x696d636cU

#define IMAP_TEXT_MAX    ((size_t)4 << 20)   /* of a response: 500,000 UIDs */
#define IMAP_LITERAL_MAX ((size_t)64 * 1024) /* where no mail was asked for */

TAILQ_HEAD(imap_calls, imap_call);

enum imap_link {
	IMAP_CLOSED,
	IMAP_CONNECTING, /* libcurl has it, up to the login */
	IMAP_OPEN,       /* logged in, no mailbox yet */
	IMAP_SELECTING,
	IMAP_READY,   /* a call can begin */
	IMAP_NOOPING, /* before a search: the server tells of new mails */
	IMAP_RUNNING, /* the first call's command */
};

struct imap_client {
	unsigned magic;
	struct loop *loop;         /* borrowed: outlives us */
	struct curl_loop *curl;    /* owned */
	CURL *easy;                /* owned; the connection's */
	struct loop_io *io;        /* owned; since it is logged in */
	struct loop_timer *clock;  /* owned; for what we wait for */
	struct loop_timer *soon;   /* owned; goes on with the calls */
	struct imap_calls calls;   /* owned; the first one may be running */
	struct imap_reader reader; /* while there is a connection */
	struct buf out;            /* bytes of it that were not sent yet, from sent on */
	size_t sent;
	enum imap_link link;
	unsigned tag;          /* of the last command */
	uint64_t began_ms;     /* the last command */
	bool is_kept;          /* it has served a call: it may have been closed since */
	bool has_answered;     /* something came for the command that runs */
	uint32_t uid_validity; /* of the selected mailbox; 0 before */
	struct stay stay;
	char *url, *user, *password, *mailbox, *ca; /* owned */
	bool is_read_only, is_tls_wanted;
	uint64_t timeout_ms;
	char curl_text[CURL_ERROR_SIZE];
	char text[256]; /* the server's words */
};

enum imap_call_kind {
	IMAP_CALL_SEARCH,
	IMAP_CALL_FETCH,
	IMAP_CALL_MARK,
};

struct imap_call {
	unsigned magic;
	TAILQ_ENTRY(imap_call) link;
	struct imap_client *client; /* borrowed */
	enum imap_call_kind kind;
	struct imap_ops ops;
	void *arg; /* borrowed */
	struct buf command;
	uint32_t uid_validity; /* wanted; 0: any */
	uint32_t above_uid;    /* of a search */
	size_t literal_max;
	uint32_t *uids; /* owned; found */
	size_t uid_count, uid_cap;
	bool is_cancelled, is_told; /* told: on_mail() was called */
	bool is_again;              /* its second attempt */
};

/* imap_client.c */

/** Begin what can begin. */
void imap_client_go_on(struct imap_client *client);
void imap_client_enter(struct imap_client *client);
/** @p client may be gone afterwards. */
void imap_client_leave(struct imap_client *client);
/** The connection is of no use: close it, and end the calls that it concerns. */
void imap_client_fail(struct imap_client *client, enum imap_end end, const char *text);
/** (Re)start the time that an answer may take. */
void imap_client_wind_clock(struct imap_client *client);

/* imap_client_conf.c */

/**
 * Whether @p conf can be.
 *
 * @param ret_is_tls_wanted  a connection that begins without TLS has to get it by STARTTLS
 * @return as imap_client_new()
 */
enum err imap_client_check(const struct imap_client_conf *conf, bool *ret_is_tls_wanted) MUST_CHECK;

/* imap_client_link.c */

/** Hand the connection to libcurl. @return ERR_OK, ERR_NOMEM */
enum err imap_link_open(struct imap_client *client) MUST_CHECK;
/** libcurl has logged in, or could not. */
void imap_link_over(struct imap_client *client, CURLcode rc);
void imap_link_close(struct imap_client *client);
/** Read what is there, when there is a connection. */
void imap_link_read(struct imap_client *client);
/** Send @p command with the next tag. */
void imap_link_send(struct imap_client *client, struct str command);

/* imap_client_answer.c */

/** @return whether to go on; else imap_client_fail() was called or the client is dying */
bool imap_client_take(struct imap_client *client, struct str response) MUST_CHECK;

/* imap_call.c */

/** One response of the running call. @return ERR_OK, ERR_PARSE, ERR_NOMEM */
enum err imap_call_take(struct imap_call *call, const struct imap_response *response) MUST_CHECK;
/** Tell its end and free it. */
void imap_call_finish(struct imap_call *call, enum imap_end end, const char *text);
void imap_call_free(struct imap_call *call);

#endif /* CORE_IMAP_IMAP_CLIENT_INTERNAL_H */

/* SPDX-License-Identifier: MIT */
/**
 * imap_client - one mailbox of an IMAP server on the event loop: search, fetch, mark as seen.
 *
 * One connection, made at the first call and kept; calls wait for each other in their order.
 * libcurl resolves, connects, does TLS (STARTTLS too) and logs in; what follows is spoken here,
 * over curl_easy_send() and curl_easy_recv(). See docs/decisions/0012-mailbox.md for why: libcurl's
 * own FETCH marks a mail as seen, ends at a line of the mail that looks like the server's "A003
 * OK", and cuts an answer to SEARCH that is longer than half of its buffer.
 *
 *     imap_client_search / _fetch / _mark_seen ─▶ on_mail … ─▶ on_done    always exactly one
 *                                                              on_done, unless imap_call_cancel()
 *
 * Nothing is ever deleted, moved, or marked by reading. Certificates and host names are always
 * verified. A call whose kept connection turns out to be closed before anything was told is made
 * once more on a new one; each of the calls may be repeated without harm.
 *
 * UIDs belong to a UIDVALIDITY: search tells it, the others want it back and end with
 * IMAP_END_CHANGED when the mailbox has got another one.
 *
 * Threads: the loop's. Nothing is ever logged here.
 * Source: RFC 3501.
 */
#ifndef CORE_IMAP_IMAP_CLIENT_H
#define CORE_IMAP_IMAP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/imap/imap_response.h"
#include "core/loop.h"
#include "core/str.h"

#define IMAP_UIDS_MAX  50000 /* of one search */
#define IMAP_FETCH_MAX 100   /* UIDs of one fetch or mark */

struct imap_client;
struct imap_call;

struct imap_client_conf {
	/** imaps://HOST[:PORT] or imap://HOST[:PORT]. imap:// needs STARTTLS, but to a loopback
	 * address, where it is plain. */
	const char *url;
	bool wants_starttls; /* also to a loopback address */
	const char *user, *password;
	const char *mailbox; /* "INBOX"; other than ASCII is in the server's modified UTF-7 */
	bool is_read_only;   /* EXAMINE; nothing can be marked then */
	const char *ca;      /* PEM file with authorities instead of the system's; NULL */
	/** Of connecting and logging in, and of a command to which nothing comes; 0: 30 s. A
	 * command may take ten times as long while something does. */
	uint64_t timeout_ms;
};

enum imap_end {
	IMAP_END_OK,
	IMAP_END_RESOLVE, /* no such host */
	IMAP_END_CONNECT, /* refused or unreachable */
	IMAP_END_TLS,     /* certificate or handshake refused, or no STARTTLS */
	IMAP_END_LOGIN,   /* name or password refused */
	IMAP_END_MAILBOX, /* no such mailbox */
	IMAP_END_CHANGED, /* it has another UIDVALIDITY: all UIDs are void */
	IMAP_END_REFUSED, /* the server did not do it: NO or BAD */
	IMAP_END_TIMEOUT,
	IMAP_END_CUT,      /* connection lost on the way */
	IMAP_END_PROTOCOL, /* not IMAP, or past a limit */
	IMAP_END_NOMEM,
};

/** Static text, such as "login refused". */
const char *imap_end_str(enum imap_end end);

/** Slices are valid during the callback. */
struct imap_answer {
	enum imap_end end;
	const char *text;      /* words for people, libcurl's or the server's; "" for OK */
	uint32_t uid_validity; /* 0: never got so far */
	const uint32_t *uids;  /* of a search, ascending; the newest IMAP_UIDS_MAX */
	size_t uid_count;
	bool has_more; /* there were older ones */
};

struct imap_ops {
	/** Of a fetch: one mail, in any order. May be NULL else. */
	void (*on_mail)(void *arg, const struct imap_mail *mail);
	/** The call is gone afterwards. */
	void (*on_done)(void *arg, const struct imap_answer *answer);
};

struct imap_search {
	int64_t since_ms; /* received on its UTC day or later, as the server counts days; 0: any */
	uint32_t above_uid; /* only higher UIDs */
	bool is_unseen;
	const struct str *from; /* any of these within the From header; ASCII */
	size_t from_count;      /* at most 16 */
};

enum imap_part {
	IMAP_PART_ADDRESS, /* From and Subject alone, 16 KiB of them */
	IMAP_PART_WHOLE,
};

struct imap_fetch {
	uint32_t uid_validity;
	const uint32_t *uids; /* copied; 1 to IMAP_FETCH_MAX */
	size_t uid_count;
	enum imap_part part;
	size_t max; /* most bytes of a whole mail: it is cut there, see its size */
};

/**
 * @param conf  copied
 * @return ERR_OK, ERR_NOMEM, ERR_NOENT no such CA file
 *         ERR_INVAL  not such a URL; control characters in a name or the password
 */
enum err imap_client_new(struct loop *loop, const struct imap_client_conf *conf,
                         struct imap_client **ret_client) MUST_CHECK;

/** Calls under way are cancelled without a callback. Accepts NULL. May be called from callbacks. */
void imap_client_free(struct imap_client *client);

/** Whether somebody is logged in at the moment. */
bool imap_client_is_connected(const struct imap_client *client);

/**
 * Begin a call. Callbacks come from the loop, never from within.
 *
 * @return ERR_OK, ERR_NOMEM
 *         ERR_INVAL  a name to search for that is not printable ASCII, or too many of them
 */
enum err imap_client_search(struct imap_client *client, const struct imap_search *search,
                            const struct imap_ops *ops, void *arg,
                            struct imap_call **ret_call) MUST_CHECK;
enum err imap_client_fetch(struct imap_client *client, const struct imap_fetch *fetch,
                           const struct imap_ops *ops, void *arg,
                           struct imap_call **ret_call) MUST_CHECK;
/** STORE +FLAGS.SILENT (\Seen); of @p fetch the UIDs count. */
enum err imap_client_mark_seen(struct imap_client *client, const struct imap_fetch *fetch,
                               const struct imap_ops *ops, void *arg,
                               struct imap_call **ret_call) MUST_CHECK;

/** End it without a callback; what the server still says to it is read and dropped. Accepts NULL.
 * From its own on_done() it does nothing. */
void imap_call_cancel(struct imap_call *call);

#endif /* CORE_IMAP_IMAP_CLIENT_H */

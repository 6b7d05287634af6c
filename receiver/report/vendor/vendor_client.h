/* SPDX-License-Identifier: MIT */
/**
 * vendor_client - one account's way to its vendor: authentication, rate limits, tries, circuit.
 *
 *     vendor_client_send ─▶ turn (parallel, rate windows, circuit) ─▶ token ─▶ HTTP
 *                              ▲                                                 │
 *                              └── 429, 5xx, no answer: wait, try again ◀────────┤
 *                                  401 with OAuth2: refresh once, try again      │
 *                                                          a success's body ─▶ on_body … ─▶ on_done
 *
 * Bodies reach on_body() only from an answer that the request expects; error answers are read here
 * (at most 64 KiB) and become one readable line. A request that is not safe to repeat (`is_safe`
 * false) is tried again only when nothing of it was sent, or after 429 and 503.
 *
 * A call with on_turn() (an order, which must be stored as sent before it is) takes its turn, calls
 * that, and sends nothing before vendor_call_go(). Until then it keeps its place among those that
 * may be sent at the same time, and counts against no rate window. go() is given once for the whole
 * call: what is tried again after 429, 503 or because nothing was sent asks for no second one.
 * Should the vendor have asked for a pause, or the circuit have opened, between the turn and go(),
 * the call waits as all do, or ends with VENDOR_LATER and was_sent false. Requests that are not
 * safe get a connection of their own: on a kept one nobody knows whether they arrived when it turns
 * out to be closed.
 *
 * A link to a file (`is_link`) is no question to the API: it takes no turn, counts against no rate,
 * and its failures do not open the circuit. It is fetched as it is stored (identity), so that it
 * can be gone on with by Range: 200 and 206 are its successes, whatever the spec says. Of an error
 * of a link only the status is told: the words of such a page may have the link in them. A file
 * behind a request of the profile (`is_link` without `url`) waits for its turn and is counted, but
 * keeps nobody waiting while it comes; a 401 there is about the account.
 *
 * Credentials go only to the origin of the account's `base`, or of a request's own base in the
 * profile (and to the token URL what belongs there). Redirects are not followed but for the
 * profile's hosts (of a link: to the base's own host and `hosts` too), without credentials, and
 * from https never to http. An order that is sent elsewhere may have been taken: it is
 * VENDOR_FAILED then, with was_sent.
 *
 * What was counted against the rate windows is stored before a request is sent, so that a restart
 * does not forget it (checkpoint "limits/ACCOUNT").
 *
 * A parameter or header of whose template nothing is left (the cursor of the first page) is not
 * sent. Requests that say nothing of it accept JSON.
 *
 * One log line per failed try at most once a minute and cause, and one when it works again; never a
 * URL's query, a header or a body.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_VENDOR_VENDOR_CLIENT_H
#define RECEIVER_REPORT_VENDOR_VENDOR_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/client/http_client.h"
#include "core/err.h"
#include "core/loop.h"
#include "normalise/profile/report_spec.h"
#include "normalise/profile/template.h"
#include "normalise/source.h"
#include "store/store.h"

struct vendor_client;
struct vendor_call;

struct vendor_client_conf {
	const char *account;
	const struct profile *profile; /* a reference is taken */
	const struct source_var *vars; /* copied */
	size_t var_count;
	struct str base; /* rendered address of the vendor's API, checked by conf; copied. When
	                    `vars` has `base`, it stands for the origin of every other URL of the
	                    profile too (token URL, other bases) */
	const char *ca;  /* authorities in PEM instead of the system's, for each request; NULL;
	                    copied */
	const struct rate_spec *rates; /* the account's own instead of the profile's; NULL */
	size_t rate_count;
};

/** What has come of a request. */
enum vendor_end {
	VENDOR_OK,           /* the body was given to its last byte */
	VENDOR_REFUSED,      /* 4xx: this request is wrong; asking again gives the same */
	VENDOR_UNAUTHORIZED, /* 401, 403, invalid_grant: a person has to do something */
	VENDOR_FAILED,       /* 5xx, no answer, too large, cut off: after all tries */
	VENDOR_LATER,        /* too many requests, or the circuit is open: not before retry_ms */
};

struct vendor_result {
	enum vendor_end end;
	unsigned status;       /* of the last answer; 0: none */
	bool was_sent;         /* the vendor may have acted on it */
	uint64_t retry_ms;     /* LATER: so long from now */
	char text[200];        /* for people; "" for OK */
	struct str location;   /* of the answer; valid during the callback */
	int64_t retry_after_s; /* as in struct http_answer */
	struct str media_type;
	struct str content_range; /* "bytes *" "/SIZE" of a 416 */
};

/** Head of an answer that is a success. Slices are valid during the callback. */
struct vendor_head {
	unsigned status;
	struct str media_type;
	int64_t length;           /* Content-Length; -1: not said */
	struct str validator;     /* strong ETag, else Last-Modified; empty: none */
	struct str content_range; /* of a 206 */
	struct str location, operation_location, content_location;
	int64_t retry_after_s; /* as in struct http_answer */
};

struct vendor_ops {
	/** Its turn, before the first try is sent; see above. Not of links. May be NULL. */
	void (*on_turn)(void *arg);
	/** Before on_body(), of each try. May be NULL. @return false: cancel, on_done() gives
	 * VENDOR_FAILED */
	bool (*on_head)(void *arg, const struct vendor_head *head);
	/** A success's bytes. @return false: pause after these; vendor_call_resume() */
	bool (*on_body)(void *arg, struct str bytes);
	/** The try that was giving bytes has failed and another begins: forget them. May be NULL:
	 * then such a failure is final. */
	void (*on_again)(void *arg);
	void (*on_done)(void *arg, const struct vendor_result *result);
};

#define VENDOR_EXTRA_MAX 4

struct vendor_header {
	const char *name;
	struct str value;
};

struct vendor_request {
	const struct request_spec *spec;
	template_lookup_fn
		lookup; /* names beside the account's variables; called during send only */
	void *lookup_arg;
	struct str url; /* instead of base, path and query: a link that was resolved; empty: none.
	                   Another origin than `base` gets no credentials and must be one of the
	                   profile's hosts, else VENDOR_REFUSED */
	bool is_safe;   /* may be repeated: reads (Samba's and Everlytic's POSTs too) */
	uint64_t body_max; /* 0: the profile's */
	uint64_t timeout_ms;
	bool is_link;
	bool is_anonymous;       /* without credentials, also to the own origin */
	bool is_any_host;        /* the person who runs us gave the link */
	bool is_single;          /* no second try here: the caller does that */
	const struct str *hosts; /* beside the profile's, for `url` and its redirects: ".a.b" is
	                            "a.b" and all below, "a.b:81" only that port; copied */
	size_t host_count;
	const struct vendor_header *headers; /* beside those of the spec, not templates; sent after
	                                        redirects too; copied */
	size_t header_count;                 /* at most VENDOR_EXTRA_MAX */
};

/**
 * @param http   borrowed; must outlive it
 * @param store  likewise; NULL: what was counted is not kept, for a command that asks a few times
 * @return ERR_OK, ERR_NOMEM, ERR_INVAL OAuth2 without a store
 */
enum err vendor_client_new(struct loop *loop, struct http_client *http, struct store *store,
                           const struct vendor_client_conf *conf,
                           struct vendor_client **ret_client) MUST_CHECK;

/** Calls under way are cancelled without a callback. Accepts NULL. */
void vendor_client_free(struct vendor_client *c);

/** @c spec of the request is not needed after the call. Callbacks come from the loop, never from
 * within. @return ERR_OK, ERR_NOENT a name of the template has no text, ERR_INVAL, ERR_NOMEM */
enum err vendor_client_send(struct vendor_client *c, const struct vendor_request *request,
                            const struct vendor_ops *ops, void *arg,
                            struct vendor_call **ret_call) MUST_CHECK;
void vendor_call_resume(struct vendor_call *call);
/** What on_turn() asked for is done: send it. From on_turn() too; never sends from within. */
void vendor_call_go(struct vendor_call *call);
/** End it without a callback. Accepts NULL. Not from its own callbacks. */
void vendor_call_cancel(struct vendor_call *call);

/** URL the call was sent to, to resolve links against; never logged. */
struct str vendor_call_url(const struct vendor_call *call);

/** For status and metrics. */
struct vendor_state {
	const char *circuit;    /* "closed", "open", "trial" */
	uint64_t open_ms;       /* so long until the next trial; 0 */
	uint64_t wait_ms;       /* so long until rate windows or Retry-After let one through */
	const char *auth;       /* "ok", "refused", "needs authorisation" */
	size_t waiting, active; /* calls */
	const char *trouble;    /* last failure's line; "" */
};

void vendor_client_state(const struct vendor_client *c, struct vendor_state *ret_state);

/** For the log. Borrowed. */
const char *vendor_client_account(const struct vendor_client *c);

/** Whether a link is of the base's origin and we have credentials for that. */
bool vendor_client_has_credentials(const struct vendor_client *c, struct str url);

/** For a person's authorisation; NULL when the vendor has other credentials. Borrowed. */
struct oauth2 *vendor_client_oauth2(struct vendor_client *c);

/** Somebody mended it: close the circuit. */
void vendor_client_reset(struct vendor_client *c);

/** Address of the account's API, as it was given. */
struct str vendor_client_base(const struct vendor_client *c);

#endif /* RECEIVER_REPORT_VENDOR_VENDOR_CLIENT_H */

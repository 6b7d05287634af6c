/* SPDX-License-Identifier: MIT */
/** vendor_internal - the parts of vendor_client know each other here. Private to it. */
#ifndef RECEIVER_REPORT_VENDOR_VENDOR_INTERNAL_H
#define RECEIVER_REPORT_VENDOR_VENDOR_INTERNAL_H

#include <sys/queue.h>

#include "core/arena.h"
#include "core/backoff.h"
#include "core/buf.h"
#include "receiver/report/vendor/circuit.h"
#include "receiver/report/vendor/limiter.h"
#include "receiver/report/vendor/oauth2.h"
#include "receiver/report/vendor/vendor_answer.h"
#include "receiver/report/vendor/vendor_client.h"

#define VENDOR_MAGIC       0x766e6472U
#define CALL_MAGIC         0x766e6463U
#define VENDOR_INSIDE_MS   60000 /* longer waits are the caller's */
#define VENDOR_HEADERS_MAX 24
#define VENDOR_TEXT_SIZE   200
#define VENDOR_STORE_MS    5000 /* the store fails: again after so long */

struct vendor_count;

enum call_state {
	CALL_WAITING,  /* for its turn */
	CALL_TURN,     /* it has it, and waits for vendor_call_go() */
	CALL_GO,       /* that was called */
	CALL_COUNTING, /* its count is on the way to the disk */
	CALL_TOKEN,    /* for an access token */
	CALL_SENT,     /* the answer is due */
};

struct vendor_call {
	unsigned magic;
	TAILQ_ENTRY(vendor_call) link;
	struct vendor_client *client; /* borrowed: owns us */
	struct vendor_ops ops;
	void *arg;
	bool is_listed;
	const char *forbidden; /* why the address must not be asked; static; NULL */
	bool has_place;        /* it is one of the client's active ones */
	bool may_go;           /* vendor_call_go() was called */
	bool is_trial;         /* it tries whether the circuit can be closed */
	enum call_state state;
	uint64_t number; /* in order of the calls */

	/* what is sent; vendor_request.c. Texts are in the arena */
	struct arena arena;
	const char *method;
	const char *url;
	struct http_client_header headers[VENDOR_HEADERS_MAX];
	size_t header_count;
	struct http_client_header credentials; /* empty: none, or an access token */
	struct str auth_query;                 /* credentials of a query */
	bool has_body;
	struct str body;
	struct http_client_header extra[VENDOR_EXTRA_MAX]; /* to other hosts too */
	size_t extra_count;
	bool is_home; /* it began with the origin of base … */
	bool is_ours; /* … and is sent there, with credentials */
	bool is_link, is_single, is_any_host;
	bool is_free; /* takes no turn */
	const struct str *hosts;
	size_t host_count;
	unsigned expect[EXPECT_MAX];
	size_t expect_count;
	bool is_safe;
	uint64_t body_max, timeout_ms;

	/* the present try; vendor_call.c */
	struct vendor_count *count; /* while COUNTING */
	struct http_call *http;     /* while SENT */
	char *token;                /* owned; the access token it was sent with; NULL */
	bool is_success;            /* the head was a success's: bytes go to on_body() */
	bool has_given;             /* bytes of this try were given */
	struct str content_range;   /* of the answer that is being judged */
	struct buf error;           /* an error answer's body */

	/* over all tries */
	unsigned tries; /* that failed */
	unsigned hops;  /* redirects */
	bool has_refreshed;
	bool was_sent; /* the last try: the vendor may have acted on it */
	unsigned status;
	struct backoff backoff;
	uint64_t due_ms;    /* WAITING: not before; monotonic */
	int64_t counted_ms; /* wall clock: counted against the rates then, and not sent yet; 0 */
};

TAILQ_HEAD(vendor_calls, vendor_call);

struct vendor_client {
	unsigned magic;
	struct loop *loop;
	struct http_client *http;
	struct store *store;
	struct arena texts;
	const char *account;
	struct profile *profile;
	const struct auth_spec *auth;
	const struct limits_spec *limits;
	struct source_var *vars;
	size_t var_count;
	struct str base;
	char *ca;          /* owned; PEM; NULL: the system's authorities */
	bool has_own_base; /* it stands for every origin of the profile */

	struct vendor_calls calls;
	uint64_t last_number;
	size_t active; /* calls that have a place */
	struct loop_timer *timer;
	uint64_t wake_ms; /* it rings then: monotonic */

	struct limiter limiter;
	bool has_rates, is_loaded;
	struct vendor_count *counting; /* the reading of what was counted */
	struct circuit circuit;
	struct backoff throttle; /* 429 that does not say how long */
	struct backoff crowded;  /* too many at the same time */
	uint64_t pause_ms;       /* nothing is sent before: monotonic; 0 */
	uint64_t single_ms;      /* one at a time until then: monotonic; 0 */
	struct oauth2 *oauth2;   /* owned; NULL */
	bool is_token_asked;
	const char *auth_state;
	char trouble[VENDOR_TEXT_SIZE];
	bool is_open_told;  /* it was logged that the circuit is open */
	bool is_store_told; /* likewise, that counts cannot be stored */
	char why_paused[VENDOR_TEXT_SIZE];
};

/* ---- vendor_url.c: names and addresses ---- */

/** Look up a variable of the account, then the caller's names. */
struct vendor_names {
	const struct vendor_client *client;
	template_lookup_fn lookup; /* NULL: none */
	void *arg;
};

bool vendor_name(void *arg, struct str name, struct str *ret_text);

/** Append an absolute URL of the profile, rendered, with the origin of the account's own base. */
enum err vendor_url_render(const struct vendor_client *c, struct str text,
                           struct buf *b) MUST_CHECK;

/** Append the address that the request's path is put behind. */
enum err vendor_url_base(const struct vendor_client *c, const struct request_spec *spec,
                         const struct vendor_names *names, struct buf *url) MUST_CHECK;

/** Why the call must not be sent there, for people; static. NULL: it may. */
const char *vendor_url_forbidden(const struct vendor_call *call, struct str url);

/* ---- vendor_request.c: what is sent ---- */

/** Fill what is sent. @return as vendor_client_send() */
enum err vendor_request_build(struct vendor_call *call,
                              const struct vendor_request *request) MUST_CHECK;

/** Make the call one to another origin: a GET without body, the spec's headers and credentials. */
enum err vendor_request_leave(struct vendor_call *call, struct str url) MUST_CHECK;

/* ---- vendor_auth.c ---- */

/** The call's credentials, but for access tokens. */
enum err vendor_auth_build(struct vendor_call *call) MUST_CHECK;
/** oauth2 of the account; @c oauth2 stays NULL for other kinds. @return ERR_OK, ERR_NOMEM */
enum err vendor_auth_new(struct vendor_client *c) MUST_CHECK;
/** Replace the account's secrets in a text for people. */
void vendor_auth_redact(const struct vendor_call *call, char *text);

/* ---- vendor_count.c: counts in the store ---- */

enum err vendor_count_load(struct vendor_client *c) MUST_CHECK;
/** Store the counts; the call goes on with vendor_call_counted(). */
enum err vendor_count_save(struct vendor_call *call) MUST_CHECK;
/** Its owner goes: what is under way ends by itself. Accepts NULL. */
void vendor_count_drop(struct vendor_count *count);

/* ---- vendor_turn.c: who may send, and when ---- */

/** Look again soon who may send. */
void vendor_turn_wake(struct vendor_client *c);
/** The timer's: nobody is called from within anything else. */
void vendor_turn_on_time(void *arg);
/** Back to those who wait, for at least so long. */
void vendor_turn_again(struct vendor_call *call, uint64_t wait_ms);
/** It keeps nobody waiting any more. */
void vendor_turn_leave(struct vendor_call *call);
/** Nothing is sent for so long. */
void vendor_turn_pause(struct vendor_client *c, uint64_t wait_ms, const char *why);

/* ---- vendor_call_send.c: a try goes out ---- */

/** It is this call's turn: count, token, send. */
void vendor_call_begin(struct vendor_call *call);
void vendor_call_counted(struct vendor_call *call, enum err err);
void vendor_call_forget_token(struct vendor_call *call);

/* ---- vendor_call.c: what comes of it ---- */

extern const struct http_call_ops vendor_call_ops;
/** Tell the caller and free it. */
void vendor_call_end(struct vendor_call *call, enum vendor_end end, const char *text,
                     uint64_t retry_ms, const struct http_answer *answer);
/** Without telling. */
void vendor_call_drop(struct vendor_call *call);

/* ---- vendor_verdict.c: what follows from an answer ---- */

void vendor_verdict_act(struct vendor_call *call, const struct vendor_verdict *verdict,
                        const struct http_answer *answer);
/** A success has begun: a trial need not wait for its end. */
void vendor_verdict_answers(struct vendor_call *call);
/** oauth2 gave no token. */
void vendor_verdict_no_token(struct vendor_call *call, enum err err, const char *text);

/* ---- vendor_trouble.c: log, metrics, state ---- */

void vendor_trouble_counted(const struct vendor_client *c, unsigned status);
/** For the state; whoever asked logs it. */
void vendor_trouble_show(struct vendor_client *c, const char *text);
/** It works. */
void vendor_trouble_over(struct vendor_client *c);
/** The circuit may be another now. */
void vendor_trouble_circuit(struct vendor_client *c);
/** The vendor wants to be left alone for so long. */
void vendor_trouble_pause(const struct vendor_client *c, uint64_t wait_ms, const char *why);
/** Whether what is sent can be counted. */
void vendor_trouble_store(struct vendor_client *c, enum err err);

#endif /* RECEIVER_REPORT_VENDOR_VENDOR_INTERNAL_H */

/* SPDX-License-Identifier: MIT */
/**
 * report_spec - what a profile says about asking a vendor: requests, authentication, limits,
 * lists, windows, paging, registration of webhooks (docs/adding-a-vendor.md has the words).
 *
 * Plain compiled values, owned by the profile and as immutable as it is. receiver/report runs
 * them; nothing here does anything. Texts that are templates say so.
 */
#ifndef NORMALISE_PROFILE_REPORT_SPEC_H
#define NORMALISE_PROFILE_REPORT_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"
#include "core/yaml.h"
#include "normalise/profile/profile.h"
#include "normalise/value/field_path.h"
#include "normalise/value/local_time.h"

#define RATES_MAX  4
#define EXPECT_MAX 8
#define EACH_MAX   4
#define HOSTS_MAX  8

struct value_expr;
struct conditions;
struct time_rule;

struct named_text {
	struct str name;
	struct str text; /* template */
};

enum request_body { REQUEST_BODY_NONE, REQUEST_BODY_JSON, REQUEST_BODY_FORM, REQUEST_BODY_TEXT };

struct request_spec {
	const char *method; /* "GET" */
	struct str base;    /* template of scheme://host[:port][/path]; empty: the profile's */
	struct str path;    /* template, begins with '/' */
	const struct named_text *query;
	size_t query_count;
	const struct named_text *headers; /* lower-case names */
	size_t header_count;
	enum request_body body;
	const struct yaml_node *json;  /* JSON: tree of templates, borrowed from the profile */
	const struct named_text *form; /* FORM */
	size_t form_count;
	struct str text;             /* TEXT: template */
	unsigned expect[EXPECT_MAX]; /* statuses that are a success; default: 200 */
	size_t expect_count;
};

enum auth_kind { AUTH_NONE, AUTH_BASIC, AUTH_BEARER, AUTH_HEADER, AUTH_QUERY, AUTH_OAUTH2 };

/** All texts are templates of the account's variables. */
struct auth_spec {
	enum auth_kind kind;
	struct str username, password; /* BASIC */
	struct str token;              /* BEARER */
	struct str name, value;        /* HEADER, QUERY */

	struct {                 /* OAUTH2: RFC 6749 */
		bool is_refresh; /* grant refresh_token, else client_credentials */
		struct str token_url, authorize_url, device_url;
		struct str client_id, client_secret; /* an empty secret: a public client */
		struct str refresh_token;            /* first one; the store's newer one counts */
		struct str scope;
	} oauth2;
};

struct rate_spec {
	unsigned count;
	uint64_t per_ms;
};

/** An error answer that means "too many requests", whatever its status. */
struct throttle_spec {
	unsigned status;               /* 0: any that is not a success */
	const struct conditions *when; /* on the JSON body; NULL: the status alone */
	bool until_midnight;           /* a daily quota: until 00:00 UTC */
};

struct limits_spec {
	struct rate_spec rates[RATES_MAX];
	size_t rate_count;
	unsigned parallel;   /* most requests at once; default 1 */
	uint64_t timeout_ms; /* of one request from its begin to the end of the body; default 2 min
	                      */
	uint64_t stream_timeout_ms; /* the same of a stream; default 1 h */
	uint64_t body_max;          /* decoded bytes of one page; default 16 MiB */
	uint64_t stream_body_max;   /* the same of a stream; default 4 GiB */
	unsigned pages_max;         /* of one window; default 100,000 */
	unsigned retry_max;         /* further tries of one request; default 4 */
	uint64_t backoff_min_ms;    /* between them, doubling with jitter; default 1 s … 2 min */
	uint64_t backoff_max_ms;
	const struct throttle_spec *throttles;
	size_t throttle_count;
};

/** `format` of window values. */
enum window_format {
	WINDOW_PATTERN,
	WINDOW_EPOCH_S,
	WINDOW_EPOCH_MS,
	WINDOW_RFC3339,
	WINDOW_RFC3339_MS
};

struct window_spec {
	bool is_given;          /* false: the report has no window, each run reads all of it */
	uint64_t start_ms;      /* a new report begins so long before now */
	uint64_t step_ms;       /* longest window; 0: one window up to now. Whole hours or days are
	                           aligned to local midnight */
	uint64_t max_ms;        /* the vendor keeps so much; 0: no limit */
	uint64_t lag_ms;        /* the newest records are asked for later */
	uint64_t lookback_ms;   /* each run begins so long before the watermark */
	uint64_t deep_every_ms; /* once in this time … */
	uint64_t deep_ms;       /* … it begins so long before; 0: never */
	bool is_closed; /* bounds "[]": `to` belongs to the window, so it is given as the last
	                   grain before the end; "[)" gives the end itself */
	enum window_format format;
	struct str pattern;    /* WINDOW_PATTERN: %Y %m %d %H %M %S */
	enum time_grain grain; /* from the pattern: the smallest unit in it */
	struct str tz;         /* template; of patterns and of days */
};

enum page_kind { PAGE_NONE, PAGE_LINK, PAGE_NUMBER, PAGE_OFFSET, PAGE_TOKEN };

struct page_spec {
	enum page_kind kind;
	const struct field_path *next;    /* LINK: the link; TOKEN: the token, `${cursor}` */
	int64_t start;                    /* NUMBER: first `${page}`, default 1; OFFSET: 0 */
	const struct field_path *last;    /* number of the last page; NULL: not said */
	const struct field_path *more;    /* true while there is more; NULL */
	const struct field_path *size_at; /* rows of a full page as the vendor says, remembered from
	                                     the first page; NULL */
	uint64_t size;                    /* the same, when the vendor does not say; 0: unknown */
	bool stop_short;                  /* a page with fewer rows than `size` is the last one */
	const struct field_path *same;    /* when this value of the first page is that of the last
	                                     complete run, there is nothing new; NULL */
};

struct ok_spec {
	const struct field_path *at; /* NULL: no test */
	const struct str *words;     /* any of them, in any case */
	size_t word_count;
	const struct field_path *error; /* text for people when it is none of them; NULL */
};

enum each_kind { EACH_CONFIGURED, EACH_VALUES, EACH_LIST, EACH_SEEN };

/** One loop value: `${name}` in requests, `@each/name` in maps. */
struct each_spec {
	const char *name;
	enum each_kind kind;      /* CONFIGURED: the configuration must say */
	const struct str *values; /* VALUES */
	size_t value_count;
	const struct list_spec *list; /* LIST */
	uint64_t seen_ms; /* SEEN: campaigns of our own events of so long, default 30 d */
};

/** A time in a list's record, moved by so much. */
struct list_time {
	const struct time_rule *rule; /* NULL: not given */
	int64_t plus_ms;
};

/** Ids that the vendor lists. */
struct list_spec {
	const char *name;
	struct request_spec request;
	struct page_spec page;
	struct ok_spec ok;
	struct decode_spec decode;
	const struct value_expr *value; /* the id */
	const struct conditions *when;  /* records that count; NULL: all */
	struct list_time after;         /* only from then on */
	struct list_time until;         /* only until then */
	uint64_t every_ms;              /* asked again so often, default 15 min */
};

/** How it becomes known that an ordered report is ready. */
enum ready_kind {
	READY_MAILBOX, /* a mail has a link to it */
	READY_POLL,    /* a status URL is asked until it says so */
	READY_HANDOFF  /* a person imports the file */
};

#define FROM_MAX 8

/** Which mails, and which of their links. */
struct ready_mail_spec {
	struct str from[FROM_MAX]; /* "reports@example.com", "@example.com"; none: any sender */
	size_t from_count;
	struct str hosts[HOSTS_MAX]; /* "files.example.com": that one; ".example.com": it and all
	                                below; without any: that of `base`, and all below */
	size_t host_count;
	struct str path_suffix; /* ".csv": of the link's path; empty: any */
	struct str path_part;   /* "/exports/": in it; empty: any */
};

/** What a job's answers say; read by normalise/profile/job_words.h. */
struct ready_poll_spec {
	bool has_request; /* else the status URL is that of the create's answer: `url`, Location,
	                     Operation-Location */
	struct request_spec request;    /* template, with ${job.id} */
	const struct value_expr *url;   /* of the create's answer; NULL */
	const struct value_expr *state; /* of a status answer; NULL: its HTTP status says it */
	const struct str *done;         /* words of `state`, in any case; others: not yet */
	size_t done_count;
	const struct str *failed;
	size_t failed_count;
	const struct value_expr *error; /* text for people when it failed; NULL */
	const struct value_expr *link;  /* where the file is; NULL */
	const struct field_path *parts; /* the same, of several files; NULL */
	uint64_t every_min_ms;          /* pause between two questions where Retry-After does not
	                                   say; grows by half; default 5 s … 5 min */
	uint64_t every_max_ms;
};

/** A report that is ordered, built by the vendor meanwhile, and fetched as a file. */
struct job_spec {
	struct request_spec create;  /* template, as a report's request; expects 200, 201, 202, 303
	                                unless it says otherwise */
	const struct value_expr *id; /* ${job.id}, of the create's answer; NULL: there is none */
	enum ready_kind by;
	uint64_t timeout_ms; /* then it is stale; default: mailbox 30 min, poll 1 h, handoff 7 d */
	struct ready_mail_spec mail;  /* MAILBOX */
	struct ready_poll_spec poll;  /* POLL */
	bool has_download;            /* the file is where this request says, not at a link */
	struct request_spec download; /* template, with ${job.id} */
	uint64_t file_max;            /* bytes of the file, and of what is packed in it; default
	                                 4 GiB */
	uint64_t download_timeout_ms; /* of one file, all tries together; default 1 h */
	bool has_remove;              /* the vendor's file is removed afterwards */
	struct request_spec remove;   /* template, with ${job.id} */
	unsigned parallel;            /* most jobs of the report at once; default 16 */
	const struct profile_report *fallback; /* asked when the job is stale or failed, with the
	                                          same loop values and window; NULL */
};

struct profile_report {
	struct profile_source source; /* name, decode, maps */
	uint64_t every_ms;            /* default of the configuration's `every` */
	struct each_spec each[EACH_MAX];
	size_t each_count;
	struct window_spec window;
	struct request_spec request;
	struct ok_spec ok;
	struct page_spec page;
	bool is_by_hand; /* without a request and a job: a person brings the files (CSV) */
	const struct job_spec *job; /* it is ordered; then `request`, `ok` and `page` are empty.
	                               `decode` is csv, json, json-stream or auto. NULL */
	bool is_stream;   /* decode json-stream: no pages, cut into payloads as it comes */
	bool has_ordinal; /* one of its maps counts identical rows of a window, or one of the
	                     configuration may */
};

/** Whether it comes as a file: ordered, or brought by a person. */
static inline bool report_is_file(const struct profile_report *r)
{
	return r->is_by_hand || r->job != NULL;
}

/** `register` of a webhook: how the vendor is told of our URL. */
struct register_spec {
	struct request_spec create; /* with ${hook.url} ${hook.user} ${hook.pass} */
	bool has_update, has_remove, has_list;
	struct request_spec update; /* and ${hook.id} */
	struct request_spec remove;
	struct request_spec list;
	struct page_spec list_page;
	struct decode_spec list_decode;
	const struct value_expr *id, *url, *status, *events; /* of a listed record; may be NULL */
	struct ok_spec ok;
};

/* ---- of a profile; borrowed from it ---- */

size_t profile_report_count(const struct profile *p);
const struct profile_report *profile_report_at(const struct profile *p, size_t i);
/** NULL when there is none of that name. */
const struct profile_report *profile_report(const struct profile *p, struct str name);
/** The source of the report or webhook of that name (no two have one). NULL when there is none. */
const struct profile_source *profile_source(const struct profile *p, struct str name);
const struct list_spec *profile_list(const struct profile *p, struct str name);
size_t profile_list_count(const struct profile *p);
const struct list_spec *profile_list_at(const struct profile *p, size_t i);
/** NULL when the webhook cannot be registered by us. */
const struct register_spec *profile_register(const struct profile *p, struct str webhook);
/** Template of the vendor's address; empty when the profile has no requests. */
struct str profile_base(const struct profile *p);
const struct auth_spec *profile_auth(const struct profile *p);
const struct limits_spec *profile_limits(const struct profile *p);
/** Hosts beside that of `base` where links may lead (without credentials). */
size_t profile_host_count(const struct profile *p);
struct str profile_host_at(const struct profile *p, size_t i);

#endif /* NORMALISE_PROFILE_REPORT_SPEC_H */

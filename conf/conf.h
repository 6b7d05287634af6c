/* SPDX-License-Identifier: MIT */
/**
 * conf - the configuration file (docs/config.md), read, expanded, checked: one immutable value.
 *
 * Shape comes from one table (conf/schema.c): keys, types, ranges, defaults, prose; the parser,
 * `check --print` and docs/config.md are made from it. Sense (references, duplicates, profiles,
 * passwords) is conf/check.c. Everything is owned by the conf and lives until conf_free().
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/log.h"
#include "normalise/profile/profile.h"
#include "normalise/profile/report_spec.h"
#include "normalise/source.h"

struct conf_listen {
	const char *address;
};

struct conf_basic {
	const char *username;
	const char *password_hash;
	const char *until; /* RFC 3339; NULL: for ever */
	int64_t until_ms;  /* the same; 0: for ever */
};

struct conf_webhook {
	const char *name;
	bool auth_none;                 /* `auth: none` was written out */
	const struct conf_basic *basic; /* else any of these pairs opens it */
	size_t basic_count;
	struct source *source; /* compiled; owned by the conf */
	unsigned line;
};

/** A loop of a report as configured, or as the profile has it. */
struct conf_loop {
	const char *name;
	enum each_kind kind;
	const char *const *values;
	size_t value_count;
	const struct list_spec *list;
	uint64_t seen_ms;
};

/** Most items of a mailbox's `from`; of its `hosts` HOSTS_MAX, as in a profile. */
#define CONF_FROM_MAX 16

/** `mailbox` of an account or a report. */
struct conf_mailbox {
	const char *url;    /* scheme and authority: "imaps://imap.example.net" */
	const char *folder; /* the URL's path; default INBOX */
	const char *username, *password;
	const char *ca; /* absolute path; NULL: the system's authorities */
	bool starttls;
	const char *const *from; /* senders, beside which none counts; none: the profile's */
	size_t from_count;
	const char *const *hosts; /* of links, beside the profile's */
	size_t host_count;
	uint64_t poll_ms; /* 0: the default */
};

struct conf_report {
	const char *name;
	const struct profile_report *spec; /* borrowed from the profile */
	uint64_t every_ms;
	uint64_t start_ms; /* `start: 30d`; 0: the profile's */
	const struct conf_loop *loops;
	size_t loop_count;
	const char *tz;        /* rendered zone of the window; NULL: UTC */
	struct source *source; /* compiled; owned by the conf */
	/* Of a report with a job: */
	const struct conf_mailbox *mailbox; /* its own, or the account's; NULL: it needs none */
	uint64_t timeout_ms;                /* `timeout`; 0: the profile's */
	struct source *fallback;            /* of the job's fallback report; NULL: none. Owned by
	                                       the conf */
	unsigned line;
};

struct conf_account {
	const char *name;
	const struct profile *profile;
	const struct source_var *vars;
	size_t var_count;
	const struct conf_webhook *webhooks;
	size_t webhook_count;
	const struct conf_report *reports;
	size_t report_count;
	const struct conf_mailbox *mailbox; /* of all its reports that have none of their own; NULL
	                                     */
	const char *base; /* rendered address of the vendor's API; NULL when the profile has none or
	                     its variables are not given */
	const char *ca;   /* absolute path; NULL: the system's authorities */
	const char *ca_pem;            /* what stands in it; NULL when there is none */
	const struct rate_spec *rates; /* `limits.rate` of the account; NULL: the profile's */
	size_t rate_count;
	unsigned line;
};

struct conf {
	const char *file; /* absolute path it was read from */
	const char *instance;

	struct {
		const char *path; /* absolute */
		uint64_t max_bytes;
		uint64_t keep_settled_ms;
		uint64_t dedupe_for_ms;
	} store;

	struct {
		const char *url;
		const char *host;
		uint16_t port;
		bool tls;
		const char *ca, *certificate, *key; /* absolute paths; NULL when not given */
		int version;                        /* 5 or 311 */
		const char *username, *password;    /* NULL when not given */
		const char *client_id;              /* default: campaign2mqtt-{instance} */
		const char *topic_prefix;
		unsigned max_inflight;
		uint64_t event_expiry_ms;
		uint64_t keepalive_ms;
	} mqtt;
	const struct conf_listen *listen;
	size_t listen_count;

	struct {
		const char *address;
	} admin;

	struct {
		uint64_t body, header, connections, connections_per_address, memory;
		uint64_t request_timeout_ms;
		/* "20/1m": so many refused attempts of one address within that time */
		uint64_t auth_failures, auth_failures_ms;
	} limits;

	struct {
		enum log_level level;
		enum log_format format;
	} log;

	const char *const *profile_folders; /* absolute */
	size_t profile_folder_count;
	const struct conf_account *accounts;
	size_t account_count;
	struct profile_set *profiles;
	struct source_table
		*sources; /* of every webhook, and every report of the accounts' vendors */
};

/** A complaint that does not stop the start (a secret written literally, no accounts). */
typedef void (*conf_warn_fn)(void *arg, const struct err_detail *detail);

/**
 * Read, expand, check.
 *
 * @param warn  told of each warning; may be NULL
 * @return ERR_OK
 *         ERR_PARSE  everything a person can mend, also a missing secret file or an unset variable:
 *                    the detail has file, line, key and text
 *         ERR_NOENT  no such file
 *         ERR_AUTH   may not read it
 *         ERR_IO, ERR_NOMEM
 */
enum err conf_load(const char *path, conf_warn_fn warn, void *warn_arg, struct conf **ret_conf,
                   struct err_detail *reterr_detail) MUST_CHECK;

/** Accepts NULL. */
void conf_free(struct conf *conf);

/** The effective configuration as YAML that conf_load() reads again, secrets as `***`. */
enum err conf_print(const struct conf *conf, struct buf *b) MUST_CHECK;

/** docs/config.md. */
enum err conf_write_doc(struct buf *b) MUST_CHECK;

/**
 * What a reload may not change: store, instance, listen addresses, and also mqtt and admin, whose
 * connections are made once.
 * @return ERR_OK, ERR_INVAL (detail names the key and says "restart")
 */
enum err conf_check_reload(const struct conf *old_conf, const struct conf *new_conf,
                           struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Where the configuration is looked for: @p given, $CAMPAIGN2MQTT_CONFIG, ./campaign2mqtt.yaml,
 * /etc/…; static or borrowed.
 */
const char *conf_find(const char *given);

#endif /* CONF_CONF_H */

/* SPDX-License-Identifier: MIT */
/**
 * reports - all configured reports of the daemon: when each is due, for which loop values.
 *
 * One run at a time per report and set of loop values, at most `limits.parallel` per account. Due
 * times have jitter (up to a tenth of `every`); what was missed during a downtime runs once, at
 * once. When a run fails the next one comes after a backoff of its own (1 min doubling to 1 h,
 * never later than `every` when that is longer); a refused set of values (400, 404, 422) is asked
 * again after 1 h doubling to 1 d. A failure is logged when it is new, and once an hour. Nothing
 * runs while the journal is full.
 *
 * A reload keeps the progress of what is still there (checkpoints are by name), cancels what is
 * gone, and begins what is new.
 *
 * A report with a job (run.h) waits for a long time and asks seldom: it does not count against
 * `limits.parallel`, but against `parallel` of its job. Runs of one account hand each other the
 * files that are theirs. A job that is stale counts in reports_stale() until it, or the next one,
 * is well.
 *
 * An order is never made twice. One that is under way begins at once after a restart, also when a
 * person asked for it, the vendor lists its values no more, or its list was not read yet; one that
 * stands still (disk full, mailbox gone) is gone on with by itself, and holds nobody else. After a
 * failure or refusal the next order is not made before `every` has passed since the failed one:
 * each sends a mail to a person. After a fallback the next is due as after any complete run. A
 * reload lets an order go on, in another run when its settings have changed; one of values that
 * are not configured any more is left as it is, until they are again.
 *
 * A set of values is known by its values in order of their names: a reload may write the loops in
 * another order.
 *
 * Threads: the loop's. Callbacks come from the loop; they may call anything of this header but
 *          reports_free(), which only reports_stop()'s done may.
 */
#ifndef RECEIVER_REPORT_REPORTS_H
#define RECEIVER_REPORT_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/client/http_client.h"
#include "core/loop.h"
#include "core/worker.h"
#include "normalise/profile/report_spec.h"
#include "normalise/source.h"
#include "receiver/ingest.h"
#include "receiver/report/list/loop_values.h"
#include "receiver/report/mail/mailboxes.h"
#include "receiver/report/run/run.h"
#include "receiver/report/vendor/vendor_client.h"

struct client;
struct reports;

/** One configured report. Everything is borrowed from the configuration for the call. */
struct report_plan {
	struct source *source; /* a reference is taken */
	const struct profile_report *spec;
	uint64_t every_ms;
	const struct report_loop *loops;
	size_t loop_count;
	const char *tz;    /* rendered zone of the window; NULL: UTC */
	uint64_t start_ms; /* 0: the profile's */
	/* Of a report with a job: */
	const struct mailbox_conf *mailbox; /* NULL: none */
	const struct str *hosts;            /* of links, beside the profile's */
	size_t host_count;
	uint64_t timeout_ms;     /* 0: the profile's */
	struct source *fallback; /* source of the job's fallback; a reference is taken; NULL: none
	                          */
};

struct report_account {
	struct vendor_client_conf client;
	const struct report_plan *plans;
	size_t plan_count;
};

struct reports_conf {
	struct loop *loop; /* borrowed, as are all */
	struct http_client *http;
	struct ingest *ingest;
	struct store *store;
	struct worker *worker;
	const char *folder; /* of downloads; copied */
};

/** @return ERR_OK, ERR_NOMEM */
enum err reports_new(const struct reports_conf *conf, struct reports **ret_reports) MUST_CHECK;
/** After reports_stop(), or with no run under way. Accepts NULL. */
void reports_free(struct reports *r);

/** What is to run from now on (start and reload). @return ERR_OK, ERR_NOMEM (nothing changed) */
enum err reports_set(struct reports *r, const struct report_account *accounts,
                     size_t count) MUST_CHECK;

/** Begin to run what is due. Without it only reports_fetch() runs anything. */
void reports_start(struct reports *r);

/** Stop all runs at their last commit. @p done comes from the loop. */
void reports_stop(struct reports *r, loop_fn done, void *arg);

/** A person's request: one report now. */
struct report_fetch {
	struct str account, report;
	const struct report_value
		*values; /* given ones restrict the loops; all of a name's when it
	                    is not given. A value that is not configured is taken too */
	size_t value_count;
	int64_t from_ms, to_ms; /* 0: where the checkpoint says */
	bool is_dry;
};

struct report_fetch_ops {
	/** Of an order every ten seconds, too. */
	void (*on_progress)(void *arg, const struct report_value *values, size_t value_count,
	                    const struct report_progress *progress);
	/** Dry: a payload and its source. @return false: not now; it is given again soon */
	bool (*on_payload)(void *arg, struct source *source, const struct payload *payload);
	/** One set of loop values ended. */
	void (*on_run)(void *arg, const struct report_value *values, size_t value_count,
	               const struct report_result *result);
	/** All ended. @p err ERR_OK; ERR_NOENT no such account or report (text says which there
	 * are); ERR_IO, ERR_AUTH, ERR_AGAIN the worst of what the runs gave; ERR_CANCELED */
	void (*on_done)(void *arg, enum err err, const char *text);
};

struct report_fetching;

/**
 * A run of the same values that is under way is waited for first; an order that is, is joined: its
 * end is this one's. An order goes on by itself when the fetching is dropped. The fetching is gone
 * once on_done() was called.
 *
 * @param fetch  copied
 * @return ERR_OK, ERR_LIMIT too many at once, ERR_CANCELED stopping, ERR_NOMEM
 */
enum err reports_fetch(struct reports *r, const struct report_fetch *fetch,
                       const struct report_fetch_ops *ops, void *arg,
                       struct report_fetching **ret_fetching) MUST_CHECK;
/** Nobody listens any more: no callback comes. The runs go on unless they are dry. */
void reports_fetch_drop(struct report_fetching *f);

/** For status: one line for each report and set of loop values. */
struct report_status {
	const char *account, *report;
	const struct report_value *values;
	size_t value_count;
	const char *state;              /* "waiting", "running", "failed", "refused", "paused" */
	int64_t last_begin_ms;          /* wall clock; 0: never */
	int64_t last_done_ms;           /* last complete run; 0: never */
	int64_t next_ms;                /* when it is due; 0: running */
	int64_t watermark_ms;           /* 0: none */
	uint64_t rows, pages;           /* of the last or present run */
	const char *trouble;            /* why the last one failed; "" */
	struct report_job_progress job; /* state NULL: none under way, and the last was well */
};

struct account_status {
	const char *account, *vendor;
	struct vendor_state client;
};

typedef void (*report_status_fn)(void *arg, const struct report_status *status);
typedef void (*account_status_fn)(void *arg, const struct account_status *status);
void reports_status(const struct reports *r, account_status_fn on_account,
                    report_status_fn on_report, void *arg);

/** Jobs that are stale or have failed, and are not well again. */
size_t reports_stale(const struct reports *r);

/** The mailboxes of all reports. */
void reports_mailboxes(const struct reports *r, mailbox_status_fn fn, void *arg);

/**
 * A person imported a report whole: an order of it with these values that is under way is done.
 *
 * @return whether there was one
 */
bool reports_brought(struct reports *r, struct str account, struct str report,
                     const struct report_value *values, size_t value_count);

/**
 * Who asks an account's vendor; NULL when it has no reports.
 *
 * @return a reference (reports_client.h); a reload may give the account another one meanwhile
 */
struct client *reports_client(const struct reports *r, const char *account);

/** Somebody mended the account: what waits for its vendor goes on at once. */
void reports_mended(struct reports *r, const char *account);

#endif /* RECEIVER_REPORT_REPORTS_H */

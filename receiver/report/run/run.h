/* SPDX-License-Identifier: MIT */
/**
 * run - one run of one report with one set of loop values: windows, pages, payloads.
 *
 *     load checkpoint ─▶ window ─▶ page: ask ─▶ read ─▶ ingest with checkpoint ─▶ next page
 *                          ▲                                                        │ last one
 *                          └────────────── watermark moves with its commit ◀────────┘
 *
 * The checkpoint ("report/ACCOUNT/REPORT/VALUES") moves in the transaction of the payload it stands
 * for. The next page is asked for while the last one is being committed; commits stay in order. A
 * run that was interrupted begins at its checkpoint's page; a report with ordinals begins its
 * window again, and so does a stream, whose slices are committed as they come and whose watermark
 * moves with the last one only when the stream ended well.
 *
 * A report that is ordered (a job, job.h) has one job for each window instead of pages: its file is
 * cut into slices, which are committed like those of a stream, each with its place. The record of
 * the job is a part of the checkpoint. A run whose checkpoint has a job goes on with that job, and
 * so orders nothing twice; what is left of the last order says when that was. When the job is stale
 * or has failed and the profile names a fallback, the run reads that report's pages for the same
 * window; what is left of the record then says so until the next order. Nothing is ordered that is
 * not kept: a dry run, and one of a stretch that a person gives, are refused.
 *
 * Links of mails are told apart by the value named `campaign` (else the first one) and by what the
 * vendor calls the report: the name of its fallback, or its own, without "-csv".
 *
 * A journal that is full, or a store that fails, pauses it; it does not fail.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_RUN_RUN_H
#define RECEIVER_REPORT_RUN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "core/str.h"
#include "normalise/profile/report_spec.h"
#include "normalise/source.h"
#include "receiver/ingest.h"
#include "receiver/report/vendor/vendor_client.h"

struct report_run;

/** One loop value. */
struct report_value {
	const char *name;
	const char *value;
};

enum report_end {
	REPORT_DONE,
	REPORT_REFUSED, /* the vendor refuses this request (400, 404, 422): not again soon */
	REPORT_FAILED,  /* network, vendor's error, unreadable page, endless paging */
	REPORT_LATER,   /* rate limit or open circuit: not before retry_ms */
	REPORT_UNAUTHORIZED,
	REPORT_CANCELED,
};

/** How far a job is; for status, metrics and people who wait. */
struct report_job_progress {
	const char *state; /* job_state_str(); NULL: no job */
	int64_t since_ms, ordered_ms, until_ms;
	uint64_t file_bytes, file_size; /* of the download; 0: not said */
	const char *text;               /* why it is stale or has failed; "". Gone with the run */
	bool is_stale;                  /* stale, or failed, until it is well again */
	const char *by; /* of reports.h: how it becomes ready: "mailbox", "poll", "handoff" */
};

struct report_progress {
	uint64_t pages, rows, bytes; /* committed by this run */
	uint64_t skipped_pages;
	int64_t window_from_ms, window_to_ms; /* present window; 0: none */
	int64_t begin_ms, until_ms;           /* whole stretch of the run */
	uint64_t last_page;                   /* of the present window, 0: not known */
	uint64_t page;                        /* in it */
	bool is_paused; /* the journal is full or the store fails: nothing is asked meanwhile */
	struct report_job_progress job;
};

struct report_result {
	enum report_end end;
	uint64_t retry_ms;
	char text[240]; /* for people; "" when done */
	struct report_progress progress;
};

/** A file that was downloaded for one job and is another's. */
struct report_handed {
	struct str link; /* a secret */
	struct str file; /* in the folder of downloads; it is the new owner's once taken */
	uint64_t bytes;
	/** It is durably the new owner's (@p taken), or cannot be taken. Comes from the loop. */
	void (*done)(void *arg, bool taken);
	void *arg;
};

/** What becomes of such a file. */
enum report_take {
	REPORT_NOT_TAKEN,  /* nobody waits for it */
	REPORT_TAKEN,      /* done() says how it went */
	REPORT_TAKEN_LATER /* the order that it is of is not being gone on with just now */
};

struct report_run_ops {
	void (*on_progress)(void *arg, const struct report_progress *progress);
	/**
	 * Dry run: a payload that would have been committed, in its final form; nothing is stored.
	 * NULL: a real run.
	 *
	 * @return false: not now; it is given again soon, and the vendor waits meanwhile
	 */
	bool (*on_payload)(void *arg, const struct payload *payload);
	/**
	 * The job's file is another report's, by its header: give it to the run that waits for it,
	 * with report_run_hand(). May be NULL.
	 */
	enum report_take (*on_foreign)(void *arg, const struct profile_report *of,
	                               const struct report_handed *handed);
	void (*on_done)(void *arg, const struct report_result *result);
};

/** What the run of a report with a job needs beside. All borrowed; they outlive the run. */
struct report_job_conf {
	struct mailbox *mailbox; /* MAILBOX; else NULL */
	struct worker *worker;   /* for syncing files */
	const char *folder;      /* of downloads; made with mode 0700 when it is not there */
	const struct str *hosts; /* of links, beside the profile's */
	size_t host_count;
	uint64_t timeout_ms;     /* 0: the profile's */
	uint64_t every_ms;       /* a stale job is given up after this, or twice its timeout */
	struct source *fallback; /* source of the profile's fallback report; NULL: none */
};

struct report_run_conf {
	struct source *source; /* a reference is taken */
	const struct profile_report *spec;
	const struct report_value *values; /* copied */
	size_t value_count;
	int64_t from_ms, to_ms; /* a window that a person asked for: does not touch the checkpoint;
	                           0: where the checkpoint says */
	const struct timestamp_zone *zone; /* of the window; borrowed, outlives the run */
	uint64_t start_ms; /* history of a new report instead of the profile's; 0: the profile's */
	/** Where rows go that are counted and find no place in memory: that of downloads; copied.
	 * NULL: there may be no more. */
	const char *folder;
	struct worker *worker; /* lets the disk take them back; borrowed; NULL: the loop does */
	size_t rows_max;       /* of them in memory; 0: ORDINALS_ROWS_DEFAULT */
	const struct report_job_conf *job; /* NULL: the report has none */
	/** Of a report with a job: only go on with what its checkpoint says is under way. When
	 * nothing is, it ends well without a job; nothing is ordered. */
	bool is_adoption;
};

/** @return ERR_OK, ERR_NOMEM. Begins by itself; callbacks come from the loop. */
enum err report_run_new(struct loop *loop, struct ingest *ingest, struct store *store,
                        struct vendor_client *client, const struct report_run_conf *conf,
                        const struct report_run_ops *ops, void *arg,
                        struct report_run **ret_run) MUST_CHECK;

/**
 * Stop: nothing new is asked; on_done() with REPORT_CANCELED once no commit is under way.
 */
void report_run_cancel(struct report_run *run);

/**
 * Give it a file that another run found to be its own.
 *
 * @return false: it does not wait for one; done() is not called
 */
bool report_run_hand(struct report_run *run, const struct report_handed *handed);

/**
 * A person imported what the job was ordered for: it is done. But of an order of a window only
 * where files come by hand: another one goes on, since nobody knows which time the file is of.
 *
 * @return whether there was one
 */
bool report_run_brought(struct report_run *run);

/** After on_done() only. Accepts NULL. */
void report_run_free(struct report_run *run);

/** Append the checkpoint's key. */
enum err report_run_key(struct str account, struct str report, const struct report_value *values,
                        size_t count, struct buf *b) MUST_CHECK;

#endif /* RECEIVER_REPORT_RUN_RUN_H */

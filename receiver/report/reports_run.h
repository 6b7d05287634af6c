/* SPDX-License-Identifier: MIT */
/**
 * reports_run - a run under way: who waits for it, and what it says. Its callbacks only note what
 * came, and wake the scheduler. Private to receiver/report/.
 *
 * It outlives its task, plan or account when a reload takes these away: its pointers become NULL
 * and it is cancelled.
 */
#ifndef RECEIVER_REPORT_REPORTS_RUN_H
#define RECEIVER_REPORT_REPORTS_RUN_H

#include <sys/queue.h>

#include "normalise/value/timestamp.h"
#include "receiver/report/list/combo.h"
#include "receiver/report/reports_due.h"
#include "receiver/report/reports_fetch.h"
#include "receiver/report/run/run.h"

#define RUNNING_MAGIC 0x72756e67U

struct account;
struct client;
struct job_settings;
struct plan;
struct task;

TAILQ_HEAD(running_list, running);

struct running {
	unsigned magic;
	TAILQ_ENTRY(running) link;       /* in account.runs, or reports.orphans */
	TAILQ_ENTRY(running) ended_link; /* in reports.ended, once it has ended */
	struct reports *r;               /* borrowed: outlives us */
	struct account *account;         /* borrowed; NULL: gone */
	struct plan *plan;               /* borrowed; NULL: gone */
	struct task *task; /* borrowed; NULL: gone, or its values are not configured */
	struct report_fetching *fetching; /* borrowed; NULL: it was due, or nobody listens */
	struct report_fetching *joined[FETCHINGS_MAX]; /* borrowed: of the same order */
	size_t joined_count;
	bool is_fetch, is_dry;
	bool is_window;              /* a stretch that a person asked for */
	bool is_order;               /* it has a job, or will have one */
	bool is_adoption;            /* it orders nothing: it goes on, if there is something */
	bool is_extra;               /* no task has its values; nor did one when it began, or the
	                                vendor lists them no more */
	struct job_settings *job;    /* a reference; NULL: the report has no job */
	const char *job_by;          /* its progress.job.by */
	const char *job_state;       /* as counted in the metrics; NULL: none */
	char job_text[240];          /* progress.job.text */
	struct combo *combo;         /* owned */
	struct source *source;       /* a reference */
	struct client *client;       /* a reference */
	struct timestamp_zone *zone; /* owned */
	struct report_run *run;      /* owned */
	struct due_clock begin;
	struct report_progress progress;
	bool is_canceled, is_ended;
	struct report_result result;
};

/* ---- reports_runs.c ---- */

struct running_order {
	struct plan *plan;
	struct combo *combo;              /* taken */
	struct report_fetching *fetching; /* NULL: it is due */
	int64_t from_ms, to_ms;           /* a stretch that a person asked for; 0 */
	bool is_dry;
	bool is_adoption; /* only go on with what was ordered */
};

/** Begin. A failure comes as the run's end. @return ERR_OK, ERR_NOMEM: the combo is not taken */
enum err running_begin(const struct running_order *order) MUST_CHECK;
/** Ask it to end; nothing happens when it has. */
void running_cancel(struct running *x);
/** The run under way of the same report and values; NULL. */
struct running *runs_find(const struct account *a, const struct plan *p, const struct combo *c);
/** A run that nobody waits for any more belongs to nobody. */
void running_orphan(struct running *x);
void running_free(struct running *x);
/** Tell who listens. */
void running_tell(const struct running *x);

/* ---- reports_ended.c ---- */

/** Deal with the runs that ended. */
void runs_reap(struct reports *r);

/* ---- reports_jobs.c: of an order ---- */

/** "mailbox"; static. */
const char *job_by(const struct job_spec *spec);
/** Nothing is ordered, or not any more. */
bool job_is_over(const struct report_job_progress *job);
/** What a run says of its job: kept with it, and counted. */
void running_note_job(struct running *x, struct report_job_progress *job);
/** The run is over: its job is not under way for the metrics, and the task keeps what is told. */
void running_end_job(struct running *x);
/** It was to go on with an order, and none is known (yet). */
bool running_has_nothing(const struct running *x);
/** The job of a run that is over is not: another run is to go on with it. */
bool running_is_outstanding(const struct running *x);

/* ---- reports_orders.c: of an order ---- */

/** Tell who waits for an order that it still does. @return when again; UINT64_MAX: nobody does */
uint64_t running_tell_again(struct reports *r, uint64_t mono_ms);
/** Its file is another one's. As report_run_ops.on_foreign. */
enum report_take running_on_foreign(void *arg, const struct profile_report *of,
                                    const struct report_handed *handed);
/** Tell @p f of the run, too; instead of a second one. @return false: it has no room */
bool running_join(struct running *x, struct report_fetching *f);
void running_drop(struct running *x, const struct report_fetching *f);

#endif /* RECEIVER_REPORT_REPORTS_RUN_H */

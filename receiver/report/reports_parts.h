/* SPDX-License-Identifier: MIT */
/**
 * reports_parts - what the files of reports share: accounts, plans, tasks, runs, fetchings. Private
 * to receiver/report/.
 *
 *     reports ─┬─ account ─┬─ plan (a report) ─┬─ loop_values (one loop name)
 *              │           │                   ├─ task (one set of values) ─ due
 *              │           │                   └─ queue of tasks, when it is ordered
 *              │           ├─ queue of all other tasks
 *              │           └─ runs under way
 *              └─ fetchings (what a person asked for)
 *
 * Everything that begins, ends or tells somebody is done by reports_look(), which a timer calls:
 * callbacks of runs and lists only note what came and wake it. So nothing is freed below the feet
 * of its own callback, and a callback of ours may call anything of reports.h.
 *
 * A run outlives its task, plan or account when a reload takes these away: its pointers become NULL
 * and it is cancelled.
 */
#ifndef RECEIVER_REPORT_REPORTS_PARTS_H
#define RECEIVER_REPORT_REPORTS_PARTS_H

#include <sys/queue.h>

#include "core/backoff.h"
#include "normalise/value/timestamp.h"
#include "receiver/report/list/choices.h"
#include "receiver/report/list/combo.h"
#include "receiver/report/list/loop_values.h"
#include "receiver/report/reports.h"
#include "receiver/report/reports_client.h"
#include "receiver/report/reports_due.h"
#include "receiver/report/reports_queue.h"
#include "receiver/report/vendor/trouble.h"

#define REPORTS_MAGIC 0x72707473U
#define RUNNING_MAGIC 0x72756e67U
#define TICKET_MAGIC  0x7469636bU
#define TASKS_MAX     LOOP_VALUES_MAX /* sets of values of one report */
#define FETCHINGS_MAX 32
#define LATER_MIN_MS  1000
#define LATER_MAX_MS  86400000

#define JOB_LATER_MIN_MS 5000 /* an order that stands still is gone on with */

struct account;
struct job_settings;
struct plan;
struct running;

TAILQ_HEAD(account_list, account);
TAILQ_HEAD(plan_list, plan);
TAILQ_HEAD(task_list, task);
TAILQ_HEAD(running_list, running);
TAILQ_HEAD(fetching_list, report_fetching);
TAILQ_HEAD(ticket_list, ticket);
TAILQ_HEAD(extra_list, extra);

/** A checkpoint being read or written: the store borrows its bytes until it is done. */
struct ticket {
	unsigned magic;
	TAILQ_ENTRY(ticket) link; /* in reports */
	struct reports *r;        /* borrowed; NULL: gone */
	struct task *task;        /* borrowed; NULL: gone, not of one, or it is a write */
	struct plan *plan;        /* likewise: its orders */
	struct buf key, value;
	bool is_read;
	bool is_job; /* the report's checkpoint: has it an order under way? */
};

/** The job of a run that has ended: it stands still, or was not well. */
struct job_shown {
	struct report_job_progress progress;
	char text[240]; /* progress.text */
	bool is_outstanding;
};

/** One report with one set of loop values. */
struct task {
	struct queue_entry entry; /* first: the queue's pointer is the task's */
	TAILQ_ENTRY(task) link;   /* in reports.loading */
	struct plan *plan;        /* borrowed: owns us */
	struct combo *combo;      /* owned */
	struct due due;
	struct running *running; /* borrowed; NULL */
	struct ticket *ticket;   /* borrowed; NULL: not being read */
	bool is_loading;         /* in that list */
	bool is_loaded;
	struct trouble *trouble; /* owned; while it is not well again; NULL */
	struct job_shown *job;   /* owned; NULL: none, or it was well */
	uint64_t rows, pages;
};

/** An order under way whose values no task has. */
struct extra {
	TAILQ_ENTRY(extra) link;
	struct combo *combo; /* owned */
	uint64_t due_ms;     /* monotonic: a run goes on with it */
};

/** One configured report. */
struct plan {
	TAILQ_ENTRY(plan) link;
	struct reports *r;                 /* borrowed */
	struct account *account;           /* borrowed: owns us */
	char *name;                        /* owned */
	struct source *source;             /* a reference */
	const struct profile_report *spec; /* lives as long as the source */
	uint64_t every_ms, start_ms;
	char *tz;                            /* owned; NULL: UTC */
	struct loop_values *loops[EACH_MAX]; /* owned */
	size_t loop_count;
	struct task **tasks; /* owned, as are the members; in order of combo_cmp() */
	size_t task_count;
	bool is_too_many; /* said so */
	/* Of a report with a job: */
	struct job_settings *job; /* a reference; NULL: it has none */
	struct queue queue;       /* of its tasks that wait */
	size_t active;            /* runs with its job */
	struct extra_list extras; /* owned: orders under way that no task has, and no run */
	bool has_extras;          /* they were read */
	bool is_loading_extras, is_extras_wanted /* … and are to be written then */;
	uint64_t extras_ms; /* monotonic: they could not be read; not before */
};

struct account {
	TAILQ_ENTRY(account) link;
	char *name, *vendor;   /* owned */
	struct client *client; /* a reference */
	unsigned parallel, pages_max;
	struct plan_list plans; /* owned */
	struct queue queue;     /* of the tasks that wait, without those of jobs */
	struct running_list runs;
	size_t active;          /* how many those are, without those with a job */
	uint64_t hold_until_ms; /* monotonic: nothing due begins before; 0 */
	bool is_hold_circuit;   /* … or until the circuit is not open any more */
	/* Campaigns that its mails may be of: */
	struct choices stored;      /* those of events that were settled, as last read */
	struct list_ask *known_ask; /* reads them */
	uint64_t known_ms;          /* monotonic: read again */
	bool is_stored_known;       /* they were read, or could not be */
	bool is_known_told;         /* the mailboxes have all of them */
};

/** A run under way. */
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

struct report_fetching {
	TAILQ_ENTRY(report_fetching) link;
	struct reports *r; /* borrowed */
	struct report_fetch_ops ops;
	void *arg;              /* borrowed */
	char *account, *report; /* owned */
	struct combo *given;    /* owned; in order of names */
	int64_t from_ms, to_ms;
	uint64_t begin_ms; /* monotonic */
	bool is_dry, is_dropped, is_planned;
	struct combo **items; /* owned, as are the members that have not begun */
	size_t item_count, next;
	size_t active;
	enum err err; /* the worst so far */
	char text[240];
};

struct reports {
	unsigned magic;
	struct loop *loop; /* borrowed, as the next three */
	struct http_client *http;
	struct ingest *ingest;
	struct store *store;
	struct worker *worker;
	char *folder;                   /* owned: of downloads */
	struct mailboxes *mailboxes;    /* owned */
	struct loop_timer *timer;       /* owned */
	struct account_list accounts;   /* owned; the first has the next turn */
	struct running_list orphans;    /* owned; of accounts that are gone */
	struct running_list ended;      /* borrowed; to be dealt with */
	struct fetching_list fetchings; /* owned */
	struct task_list loading;       /* borrowed; wait to be read */
	struct ticket_list tickets;     /* borrowed: they free themselves */
	size_t reads;                   /* tickets that read */
	uint64_t read_ms;               /* monotonic: the store could not; not before */
	uint64_t seed;
	bool is_woken, is_started, is_stopping;
	uint64_t tell_ms;     /* monotonic: who waits for an order is told again */
	bool is_swept;        /* the folder of downloads was looked through */
	struct choices files; /* in it, of the orders that were loaded; until it was */
	uint64_t stop_ms;     /* monotonic: a stop waits no longer for marks of mails */
	loop_fn stop_done;
	void *stop_arg; /* borrowed */
};

/* ---- reports.c ---- */

/** Look soon. */
void reports_wake(struct reports *r);
struct due_clock reports_now(void);
bool reports_store_works(const struct reports *r);

/* ---- reports_account.c ---- */

/** @return ERR_OK, ERR_NOMEM. @p old  of the same name; NULL */
enum err account_new(struct reports *r, const struct report_account *conf,
                     const struct account *old, struct account **ret_account) MUST_CHECK;
/** Its runs go to the orphans. Accepts NULL. */
void account_free(struct reports *r, struct account *a);
struct account *account_find(const struct account_list *list, const char *name);
struct plan *account_plan(const struct account *a, const char *name);
/** Nothing due begins for so long. */
void account_hold(struct account *a, uint64_t wait_ms);
/** The credentials were refused: until the circuit lets a trial through. */
void account_hold_auth(struct account *a, uint64_t wait_ms);
/** For how long nothing begins; 0: not held. Lets go when the circuit was closed meanwhile. */
uint64_t account_held(struct account *a, uint64_t mono_ms);

/* ---- reports_tasks.c ---- */

/** All tasks for the present values, new. @return ERR_OK, ERR_NOMEM */
enum err tasks_build(struct plan *p, struct task ***ret_tasks, size_t *ret_count) MUST_CHECK;
void tasks_free(struct task **tasks, size_t count);
/**
 * Move the state of @p old tasks into the plan's of the same values, stop and free those that are
 * gone, begin those that are new. The account's queue has room.
 */
void tasks_adopt(struct plan *p, struct task **old, size_t old_count);
/** The values have changed. @return ERR_OK, ERR_NOMEM: the old tasks go on */
enum err tasks_renew(struct plan *p) MUST_CHECK;
struct task *tasks_find(const struct plan *p, const struct combo *c);

/* ---- reports_kept.c ---- */

/** It is new: read what was kept of it, unless nothing is started. */
void task_load(struct task *task);
/** Read what was kept of all tasks (reports_start). */
void tasks_load_all(struct reports *r);
/** Read the next ones; a few at a time. @return when again, monotonic; UINT64_MAX: when one is
 * there */
uint64_t tasks_load(struct reports *r, uint64_t mono_ms);
/** Keep how the last run ended. */
void task_save(struct task *task);
/** @return NULL: out of memory */
struct ticket *ticket_alloc(struct reports *r, bool is_read, size_t max);
/** Accepts NULL. */
void ticket_free(struct ticket *t);
/** Back into the queue, by its due time. */
void task_wait(struct task *task);
struct queue *task_queue(const struct task *task);

/* ---- reports_values.c ---- */

/** The loops of a report, in order of name. @p old  of the same name before a reload; NULL */
enum err plan_loops_new(struct plan *p, const struct report_plan *conf,
                        const struct plan *old) MUST_CHECK;
void plan_loops_free(struct plan *p);
/** Accepts NULL. @return NULL: it has none of that name */
struct loop_values *plan_loop(const struct plan *p, const char *name);
/** Ask what is due. @return when the next one is, monotonic; UINT64_MAX: none */
uint64_t values_step(struct account *a, uint64_t mono_ms);
/** Somebody mended the account: what failed is asked at once. */
void values_mended(struct account *a);
/** Ask no more. */
void values_stop(struct account *a);

/* ---- reports_known.c ---- */

/** Where its mails come to; NULL: nowhere. */
struct mailbox *plan_mailbox(const struct plan *p);
/** Its mailboxes are to wait until they know its campaigns. */
void account_expect(const struct account *a);
/** Read what is due, and tell the mailboxes. @return when again, monotonic; UINT64_MAX: never */
uint64_t account_tell_known(struct account *a, uint64_t mono_ms);
/** Of the account of that name before a reload. */
void account_take_known(struct account *a, struct account *old);
void account_forget_known(struct account *a);
/** A list has others now: they are told again. */
void account_campaigns_changed(struct account *a);

/* ---- reports_runs.c ---- */

/** Tell who listens. */
void running_tell(const struct running *x);

struct running_order {
	struct plan *plan;
	struct combo *combo; /* taken */
	struct report_fetching *fetching;
	bool is_adoption; /* only go on with what was ordered */
};

/** Begin. A failure comes as the run's end. @return ERR_OK, ERR_NOMEM: the combo is not taken */
enum err running_begin(const struct running_order *order) MUST_CHECK;
/** Ask it to end; NULL-safe towards one that ended. */
void running_cancel(struct running *x);
struct running *runs_find(const struct account *a, const struct plan *p, const struct combo *c);
/** A run that nobody waits for any more belongs to nobody. */
void running_orphan(struct running *x);
void running_free(struct running *x);

/* ---- reports_settings.c ---- */

/** What the run of a report with a job needs. @return ERR_OK, ERR_NOMEM */
enum err job_settings_new(struct reports *r, const struct report_plan *plan,
                          struct job_settings **ret_settings) MUST_CHECK;
struct job_settings *job_settings_ref(struct job_settings *s);
/** Accepts NULL. */
void job_settings_unref(struct job_settings *s);
/** Whether a job under way goes on unchanged. Accepts NULL. */
bool job_settings_same(const struct job_settings *a, const struct job_settings *b);
/** @return NULL: it cannot be ordered, @p ret_why says why */
const struct report_job_conf *job_settings_conf(const struct job_settings *s, const char **ret_why);

/* ---- reports_jobs.c ---- */

/** "mailbox"; static. */
const char *job_by(const struct job_spec *spec);

/** Most runs of it at once. */
bool plan_is_busy(const struct plan *p);
/** What a run says of its job: kept with it, and counted. */
void running_note_job(struct running *x, struct report_job_progress *job);
/** The run is over: its job is not under way for the metrics, and the task keeps what is told. */
void running_end_job(struct running *x);
/** It was to go on with an order, and none is known (yet). */
bool running_has_nothing(const struct running *x);
/** The job of a run that is over is not: another run is to go on with it. */
bool running_is_outstanding(const struct running *x);
/**
 * An order that was not well, whose checkpoint is gone since its fallback was read: append what is
 * shown of it until the next one is well to what is kept of a due; take it off again.
 */
void task_print_stale(const struct task *task, struct buf *b);
struct str task_parse_stale(struct task *task, struct str kept);
/** It was just loaded. */
void task_take_checkpoint(struct task *task, struct str text);
/** An order was made then: not again before `every`. */
void task_not_before(struct task *task, int64_t ordered_ms);
/** For status. */
struct report_job_progress task_job(const struct task *task);
/* ---- reports_orders.c ---- */

/** Tell who waits for an order that it still does. @return when again; UINT64_MAX: nobody does */
uint64_t running_tell_again(struct reports *r, uint64_t mono_ms);
enum report_take running_on_foreign(void *arg, const struct profile_report *of,
                                    const struct report_handed *handed);
/** Tell @p f of the run, too; instead of a second one. */
bool running_join(struct running *x, struct report_fetching *f);
void running_drop(struct running *x, const struct report_fetching *f);

/* ---- reports_extra.c ---- */

void extras_free(struct plan *p);
/** Read which orders were under way. @return when again, monotonic; UINT64_MAX: never */
uint64_t extras_load(struct plan *p, uint64_t mono_ms);
/** Write which orders are under way. */
void extras_save(struct plan *p);
/** Go on with one that is due. @return whether it began */
bool extras_begin(struct plan *p, uint64_t mono_ms);
/** One that stands still has lost its task. */
void extras_keep(struct plan *p, const struct task *task);
/** When the next one is; UINT64_MAX: none */
uint64_t extras_due(const struct plan *p);
/** Is there an order with these values, which waits for its next run? */
bool extras_has(const struct plan *p, const struct combo *c);
void extras_on_begin(struct running *x);
/** @param due_ms  monotonic: when it is gone on with, if it stands still */
void extras_on_end(struct running *x, uint64_t due_ms);

/* ---- reports_sweep.c ---- */

/**
 * Once everything is loaded: remove files that belong to no order. An order that is not configured
 * now keeps its file, too, so only those that nobody has touched for a week are removed.
 */
void reports_sweep(struct reports *r);
/** A file of an order. NULL: none */
void reports_note_file(struct reports *r, const char *name);

/* ---- reports_ended.c ---- */

/** Deal with the runs that ended. */
void runs_reap(struct reports *r);

/* ---- reports_fetch.c ---- */

void fetchings_step(struct reports *r);
void fetching_on_run(struct report_fetching *f, const struct running *x);
/** It goes no further than the runs under way. */
void fetching_fail(struct report_fetching *f, enum err err, const char *text);
/** Without a callback. */
void fetchings_free(struct reports *r);

/* ---- reports_fetch_plan.c ---- */

/** Whether every list that it needs was asked, or is; one that failed ends it. */
bool fetching_has_lists(struct report_fetching *f, struct plan *p);
/** Its sets of values. */
void fetching_plan(struct report_fetching *f, const struct plan *p);
/** There is no such account, or no such report: end, and say which there are. */
void fetching_name_accounts(struct report_fetching *f);
void fetching_name_reports(struct report_fetching *f, const struct account *a);

#endif /* RECEIVER_REPORT_REPORTS_PARTS_H */

/* SPDX-License-Identifier: MIT */
/**
 * reports_parts - the tree that the scheduler stands on. Private to receiver/report/.
 *
 *     reports ─┬─ account ─┬─ plan (a report) ─┬─ loop_values (one loop name)
 *              │           │                   ├─ task (one set of values) ─ due
 *              │           │                   ├─ queue of tasks, when it is ordered
 *              │           │                   └─ extras: orders that no task has
 *              │           ├─ queue of all other tasks
 *              │           ├─ hold, known campaigns
 *              │           └─ runs under way
 *              └─ fetchings (what a person asked for)
 *
 * Everything that begins, ends or tells somebody is done by reports_look(), which a timer calls:
 * callbacks of runs and lists only note what came and wake it. So nothing is freed below the feet
 * of its own callback, and a callback of ours may call anything of reports.h.
 */
#ifndef RECEIVER_REPORT_REPORTS_PARTS_H
#define RECEIVER_REPORT_REPORTS_PARTS_H

#include <sys/queue.h>

#include "receiver/report/reports.h"
#include "receiver/report/reports_client.h"
#include "receiver/report/reports_extra.h"
#include "receiver/report/reports_hold.h"
#include "receiver/report/reports_kept.h"
#include "receiver/report/reports_known.h"
#include "receiver/report/reports_queue.h"
#include "receiver/report/reports_run.h"
#include "receiver/report/reports_sweep.h"
#include "receiver/report/reports_task.h"
#include "receiver/report/reports_ticket.h"

#define REPORTS_MAGIC 0x72707473U

TAILQ_HEAD(account_list, account);
TAILQ_HEAD(plan_list, plan);
TAILQ_HEAD(fetching_list, report_fetching);
TAILQ_HEAD(ticket_list, ticket);

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
	struct loop_values *loops[EACH_MAX]; /* owned; in order of name */
	size_t loop_count;
	struct task **tasks; /* owned, as are the members; in order of combo_cmp() */
	size_t task_count;
	bool is_too_many; /* said so */
	/* Of a report with a job: */
	struct job_settings *job; /* a reference; NULL: it has none */
	struct queue queue;       /* of its tasks that wait */
	size_t active;            /* runs with its job */
	struct extras *extras;    /* owned; NULL: it has none */
};

struct account {
	TAILQ_ENTRY(account) link;
	char *name, *vendor;   /* owned */
	struct client *client; /* a reference */
	unsigned parallel, pages_max;
	struct plan_list plans; /* owned */
	struct queue queue;     /* of the tasks that wait, without those of jobs */
	struct running_list runs;
	size_t active; /* how many those are, without those with a job */
	struct hold hold;
	struct known *known; /* owned */
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
	uint64_t read_ms;               /* monotonic: the store could not; not before */
	struct ticket_list tickets;     /* borrowed: they free themselves */
	struct sweep *sweep;            /* owned */
	uint64_t seed;
	bool is_woken, is_started, is_stopping;
	uint64_t tell_ms; /* monotonic: who waits for an order is told again */
	uint64_t stop_ms; /* monotonic: a stop waits no longer for marks of mails */
	loop_fn stop_done;
	void *stop_arg; /* borrowed */
};

/* ---- reports.c ---- */

/** Look soon. */
void reports_wake(struct reports *r);
struct due_clock reports_now(void);
bool reports_store_works(const struct reports *r);

/* ---- reports_turn.c ---- */

/** Ask, tell and begin what is due. @return when the next thing is, monotonic */
uint64_t reports_turn(struct reports *r, uint64_t mono_ms);

/* ---- reports_account.c ---- */

/** @return ERR_OK, ERR_NOMEM. @p old  of the same name; NULL */
enum err account_new(struct reports *r, const struct report_account *conf,
                     const struct account *old, struct account **ret_account) MUST_CHECK;
/** Its runs go to the orphans. Accepts NULL. */
void account_free(struct reports *r, struct account *a);
struct account *account_find(const struct account_list *list, const char *name);

/* ---- reports_plan.c ---- */

/** @return ERR_OK, ERR_NOMEM. @p old  of the same name; NULL */
enum err plan_new(struct account *a, struct reports *r, const struct report_plan *conf,
                  const struct plan *old, struct plan **ret_plan) MUST_CHECK;
/** Accepts NULL. */
void plan_free(struct plan *p);
struct plan *account_plan(const struct account *a, const char *name);
/** Where its tasks wait. */
struct queue *plan_queue(struct plan *p);
/** Most runs of it at once; of a report with a job. */
bool plan_is_busy(const struct plan *p);
/** Where its mails come to; NULL: nowhere. */
struct mailbox *plan_mailbox(const struct plan *p);

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

#endif /* RECEIVER_REPORT_REPORTS_PARTS_H */

/* SPDX-License-Identifier: MIT */
/**
 * reports_task - one report with one set of loop values: when it is due, and how its last run
 * ended. Private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_TASK_H
#define RECEIVER_REPORT_REPORTS_TASK_H

#include <sys/queue.h>

#include "receiver/report/list/combo.h"
#include "receiver/report/list/loop_values.h"
#include "receiver/report/reports_due.h"
#include "receiver/report/reports_queue.h"
#include "receiver/report/run/run.h"
#include "receiver/report/vendor/trouble.h"

#define TASKS_MAX LOOP_VALUES_MAX /* sets of values of one report */

struct plan;
struct running;
struct ticket;

TAILQ_HEAD(task_list, task);

/** The job of a run that has ended: it stands still, or was not well. */
struct job_shown {
	struct report_job_progress progress;
	char text[240]; /* progress.text */
	bool is_outstanding;
};

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
	bool is_hasty;           /* it failed, and nothing was ordered: to be asked again as soon as
	                            the account is another */
	struct trouble *trouble; /* owned; while it is not well again; NULL */
	struct job_shown *job;   /* owned; NULL: none, or it was well */
	uint64_t rows, pages;
};

/* ---- reports_tasks.c ---- */

/** All tasks for the present values, new. @return ERR_OK, ERR_NOMEM */
enum err tasks_build(struct plan *p, struct task ***ret_tasks, size_t *ret_count) MUST_CHECK;
void tasks_free(struct task **tasks, size_t count);
/**
 * Move the state of @p old tasks into the plan's of the same values, stop and free those that are
 * gone, begin those that are new. The account's queue has room.
 */
void tasks_adopt(struct plan *p, struct task **old, size_t old_count);
/** The account's vendor is asked in another way now: what failed is due at once. */
void tasks_hurry(struct plan *p);
/** The values have changed. @return ERR_OK, ERR_NOMEM: the old tasks go on */
enum err tasks_renew(struct plan *p) MUST_CHECK;
struct task *tasks_find(const struct plan *p, const struct combo *c);

/** Back into the queue, by its due time; unless it runs, or was not loaded. */
void task_wait(struct task *task);
/** Out of the queue: it runs. */
void task_begin(struct task *task, struct running *running);

/* ---- reports_jobs.c: of one that is ordered ---- */

/** Whether its order stands still: it is under way, and nobody goes on with it just now. */
bool task_is_outstanding(const struct task *task);
/** For status. */
struct report_job_progress task_job(const struct task *task);
/** What was told before stays when there is no memory for what is told now. */
void task_show(struct task *task, const struct report_job_progress *job, bool is_outstanding);

/* ---- reports_order_kept.c: of one that is ordered, after a restart ---- */

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

#endif /* RECEIVER_REPORT_REPORTS_TASK_H */

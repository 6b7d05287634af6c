/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/reports_parts.h"

#define READS_MAX  64
#define KEPT_BYTES 1280 /* a due, and why an order was stale */
#define AGAIN_MS   1000

void ticket_free(struct ticket *t)
{
	if (t == NULL)
		return;
	if (t->r != NULL) {
		TAILQ_REMOVE(&t->r->tickets, t, link);
		if (t->is_read)
			t->r->reads--;
	}
	buf_fini(&t->key);
	buf_fini(&t->value);
	OBJ_POISON(t);
	free(t);
}

struct ticket *ticket_alloc(struct reports *r, bool is_read, size_t max)
{
	struct ticket *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->magic = TICKET_MAGIC;
	t->r = r;
	t->is_read = is_read;
	buf_init(&t->key, COMBO_KEY_MAX);
	buf_init(&t->value, max);
	TAILQ_INSERT_TAIL(&r->tickets, t, link);
	if (is_read)
		r->reads++;
	return t;
}

enum ticket_kind { TICKET_SAVE, TICKET_DUE, TICKET_JOB };

static enum err ticket_key(const struct task *task, bool is_job, struct buf *key)
{
	const struct plan *p = task->plan;

	if (!is_job)
		return combo_key(p->account->name, p->name, task->combo, key);
	return report_run_key(str_from(p->account->name), str_from(p->name), task->combo->values,
	                      task->combo->count, key);
}

static enum err ticket_new(struct task *task, enum ticket_kind kind, struct ticket **ret_ticket)
{
	struct ticket *t = ticket_alloc(task->plan->r, kind != TICKET_SAVE, KEPT_BYTES);
	enum err err;

	if (t == NULL)
		return ERR_NOMEM;
	t->is_job = kind == TICKET_JOB;
	err = ticket_key(task, t->is_job, &t->key);
	if (err == ERR_OK && !t->is_read)
		err = due_print(&task->due, &t->value);
	if (err == ERR_OK && !t->is_read)
		task_print_stale(task, &t->value);
	if (err != ERR_OK) {
		ticket_free(t);
		return err;
	}
	*ret_ticket = t;
	return ERR_OK;
}

static void task_on_saved(void *arg, enum err err)
{
	struct ticket *t;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	(void)err; /* lost: after a restart it runs once too early */
	ticket_free(t);
}

void task_save(struct task *task)
{
	struct store_checkpoint kept;
	struct ticket *t = NULL;

	if (ticket_new(task, TICKET_SAVE, &t) != ERR_OK)
		return;
	kept = (struct store_checkpoint){buf_str(&t->key), buf_str(&t->value)};
	if (store_checkpoint_set(t->r->store, &kept, task_on_saved, t) != ERR_OK)
		ticket_free(t);
}

struct queue *task_queue(const struct task *task)
{
	return task->plan->job != NULL ? &task->plan->queue : &task->plan->account->queue;
}

void task_wait(struct task *task)
{
	if (task->is_loaded && task->running == NULL)
		queue_put(task_queue(task), &task->entry, task->due.next_ms);
}

static void task_take_due(struct task *task, struct str kept)
{
	kept = task_parse_stale(task, kept);
	if (kept.len > 0 && due_parse(&task->due, kept) != ERR_OK)
		log_debug("report.unreadable_due", log_str("account", task->plan->account->name));
	due_first(&task->due, task->plan->every_ms, reports_now());
}

/* What no task had until now may be under way. */
static void task_loaded(struct task *task)
{
	struct plan *p = task->plan;
	struct running *x = NULL;

	task->is_loaded = true;
	if (p->job != NULL && task->running == NULL)
		x = runs_find(p->account, p, task->combo);
	if (x != NULL && x->task == NULL) {
		x->task = task;
		x->is_extra = false;
		task->running = x;
	}
	task_wait(task);
}

/* What the store could not read is not nothing: a run, or even an order, would be made too early.
 */
static void task_read_later(struct task *task)
{
	struct reports *r = task->plan->r;

	r->read_ms = reports_now().mono_ms + AGAIN_MS;
	task_load(task);
}

static void task_read(struct task *task, bool is_job);

/* First when it is due, then whether an order is under way. A reload may have made it one that is
 * not ordered meanwhile. */
static void task_take(struct task *task, bool is_job, struct str value)
{
	if (is_job && task->plan->job != NULL) {
		task_take_checkpoint(task, value);
	} else if (!is_job) {
		task_take_due(task, value);
		if (task->plan->job != NULL) {
			task_read(task, true);
			return;
		}
	}
	task_loaded(task);
}

static void task_on_kept(void *arg, enum err err, struct str value)
{
	struct ticket *t;
	struct reports *r;
	struct task *task;
	bool is_job;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	r = t->r;
	task = t->task;
	is_job = t->is_job;
	ticket_free(t);
	if (task != NULL) {
		task->ticket = NULL;
		if (err == ERR_OK) {
			task_take(task, is_job, value);
		} else {
			task_read_later(task);
		}
	}
	if (r != NULL)
		reports_wake(r);
}

static void task_read(struct task *task, bool is_job)
{
	struct ticket *t = NULL;
	enum err err = ticket_new(task, is_job ? TICKET_JOB : TICKET_DUE, &t);

	if (err == ERR_OK)
		err = store_checkpoint_get(t->r->store, buf_str(&t->key), task_on_kept, t);
	if (err == ERR_OK) {
		t->task = task;
		task->ticket = t;
		return;
	}
	ticket_free(t);
	if (err == ERR_LIMIT) {
		task_take(task, is_job, STR_EMPTY); /* nothing can be kept under such a key */
	} else {
		task_read_later(task);
	}
}

void task_load(struct task *task)
{
	struct reports *r = task->plan->r;

	if (!r->is_started || task->is_loaded || task->is_loading || task->ticket != NULL)
		return;
	task->is_loading = true;
	TAILQ_INSERT_TAIL(&r->loading, task, link);
}

uint64_t tasks_load(struct reports *r, uint64_t mono_ms)
{
	while (r->read_ms <= mono_ms && r->reads < READS_MAX && !TAILQ_EMPTY(&r->loading)) {
		struct task *task = TAILQ_FIRST(&r->loading);

		TAILQ_REMOVE(&r->loading, task, link);
		task->is_loading = false;
		task_read(task, false);
	}
	return TAILQ_EMPTY(&r->loading) || r->read_ms <= mono_ms ? UINT64_MAX : r->read_ms;
}

void tasks_load_all(struct reports *r)
{
	struct account *a;
	struct plan *p;

	TAILQ_FOREACH(a, &r->accounts, link) {
		TAILQ_FOREACH(p, &a->plans, link) {
			for (size_t i = 0; i < p->task_count; i++)
				task_load(p->tasks[i]);
		}
	}
}

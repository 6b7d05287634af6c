/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_kept.h"

#include "core/log.h"
#include "receiver/report/reports_parts.h"

#define READS_MAX  64
#define KEPT_BYTES 1280 /* a due, and why an order was stale */
#define AGAIN_MS   1000

void task_save(const struct task *task)
{
	const struct plan *p = task->plan;
	struct buf key;
	struct buf text;

	buf_init(&key, COMBO_KEY_MAX);
	buf_init(&text, KEPT_BYTES);
	if (combo_key(p->account->name, p->name, task->combo, &key) == ERR_OK &&
	    due_print(&task->due, &text) == ERR_OK) {
		task_print_stale(task, &text);
		ticket_write(p->r, buf_str(&key), buf_str(&text));
	}
	buf_fini(&key);
	buf_fini(&text);
}

/* ---- reading ---- */

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
	task->plan->r->read_ms = reports_now().mono_ms + AGAIN_MS;
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

static void task_arrived(struct task *task, bool is_job, enum err err, struct str value)
{
	task->ticket = NULL;
	if (err == ERR_OK) {
		task_take(task, is_job, value);
	} else {
		task_read_later(task);
	}
}

static void task_on_due(void *arg, enum err err, struct str value)
{
	task_arrived(arg, false, err, value); /* a task drops its ticket before it goes */
}

static void task_on_checkpoint(void *arg, enum err err, struct str value)
{
	task_arrived(arg, true, err, value);
}

static enum err kept_key(const struct task *task, bool is_job, struct buf *key)
{
	const struct plan *p = task->plan;

	if (!is_job)
		return combo_key(p->account->name, p->name, task->combo, key);
	return report_run_key(str_from(p->account->name), str_from(p->name), task->combo->values,
	                      task->combo->count, key);
}

static void task_read(struct task *task, bool is_job)
{
	struct buf key;
	enum err err;

	buf_init(&key, COMBO_KEY_MAX);
	err = kept_key(task, is_job, &key);
	if (err == ERR_OK) {
		err = ticket_read(task->plan->r, buf_str(&key),
		                  is_job ? task_on_checkpoint : task_on_due, task, &task->ticket);
	}
	buf_fini(&key);
	if (err == ERR_LIMIT) {
		/* Nothing can be kept under such a key, nor under that of its run. */
		if (!is_job)
			due_first(&task->due, task->plan->every_ms, reports_now());
		task_loaded(task);
	} else if (err != ERR_OK) {
		task_read_later(task);
	}
}

/* ---- when ---- */

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
	size_t reads = tickets_reading(r);

	while (r->read_ms <= mono_ms && reads++ < READS_MAX && !TAILQ_EMPTY(&r->loading)) {
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

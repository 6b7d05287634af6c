/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/reports_parts.h"

#define READS_MAX  64
#define KEPT_BYTES 256

static void ticket_free(struct ticket *t)
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

static enum err ticket_new(struct task *task, bool is_read, struct ticket **ret_ticket)
{
	struct ticket *t = calloc(1, sizeof(*t));
	struct plan *p = task->plan;
	enum err err;

	if (t == NULL)
		return ERR_NOMEM;
	t->magic = TICKET_MAGIC;
	t->r = p->r;
	t->is_read = is_read;
	buf_init(&t->key, COMBO_KEY_MAX);
	buf_init(&t->value, KEPT_BYTES);
	TAILQ_INSERT_TAIL(&t->r->tickets, t, link);
	if (is_read)
		t->r->reads++;
	err = combo_key(p->account->name, p->name, task->combo, &t->key);
	if (err == ERR_OK && !is_read)
		err = due_print(&task->due, &t->value);
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

	if (ticket_new(task, false, &t) != ERR_OK)
		return;
	kept = (struct store_checkpoint){buf_str(&t->key), buf_str(&t->value)};
	if (store_checkpoint_set(t->r->store, &kept, task_on_saved, t) != ERR_OK)
		ticket_free(t);
}

void task_wait(struct task *task)
{
	if (task->is_loaded && task->running == NULL)
		queue_put(&task->plan->account->queue, &task->entry, task->due.next_ms);
}

static void task_loaded(struct task *task, struct str kept)
{
	task->is_loaded = true;
	if (kept.len > 0 && due_parse(&task->due, kept) != ERR_OK)
		log_debug("report.unreadable_due", log_str("account", task->plan->account->name));
	due_first(&task->due, task->plan->every_ms, reports_now());
	task_wait(task);
}

static void task_on_kept(void *arg, enum err err, struct str value)
{
	struct ticket *t;
	struct reports *r;
	struct task *task;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	r = t->r;
	task = t->task;
	ticket_free(t);
	if (task != NULL) {
		task->ticket = NULL;
		task_loaded(task, err == ERR_OK ? value : STR_EMPTY);
	}
	if (r != NULL)
		reports_wake(r);
}

static void task_read(struct task *task)
{
	struct ticket *t = NULL;

	if (ticket_new(task, true, &t) == ERR_OK &&
	    store_checkpoint_get(t->r->store, buf_str(&t->key), task_on_kept, t) == ERR_OK) {
		t->task = task;
		task->ticket = t;
		return;
	}
	ticket_free(t);
	task_loaded(task, STR_EMPTY);
}

void task_load(struct task *task)
{
	struct reports *r = task->plan->r;

	if (!r->is_started || task->is_loaded || task->is_loading || task->ticket != NULL)
		return;
	task->is_loading = true;
	TAILQ_INSERT_TAIL(&r->loading, task, link);
}

void tasks_load(struct reports *r)
{
	while (r->reads < READS_MAX && !TAILQ_EMPTY(&r->loading)) {
		struct task *task = TAILQ_FIRST(&r->loading);

		TAILQ_REMOVE(&r->loading, task, link);
		task->is_loading = false;
		task_read(task);
	}
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

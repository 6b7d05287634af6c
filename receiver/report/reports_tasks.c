/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/log.h"
#include "receiver/report/reports_parts.h"

/* Take it out of whatever knows it. */
static void task_detach(struct task *task)
{
	if (task->is_loading)
		TAILQ_REMOVE(&task->plan->r->loading, task, link);
	task->is_loading = false;
	ticket_drop(task->ticket);
	task->ticket = NULL;
	queue_remove(plan_queue(task->plan), &task->entry);
	if (task->running != NULL)
		task->running->task = NULL;
}

static void task_free(struct task *task)
{
	struct running *x;

	if (task == NULL)
		return;
	x = task->running;
	task_detach(task);
	/* An order is not given up because the vendor lists the values no more. */
	if (x != NULL && !x->is_fetch && !x->is_order)
		running_cancel(x);
	combo_free(task->combo);
	free(task->trouble);
	free(task->job);
	free(task);
}

void tasks_free(struct task **tasks, size_t count)
{
	for (size_t i = 0; tasks != NULL && i < count; i++)
		task_free(tasks[i]);
	free(tasks);
}

/* With its values (a key of at most 512 bytes) and its trouble (240) it stays below 1 KiB. */
_Static_assert(sizeof(struct task) <= 192, "there are up to 10,000 tasks of one report");

static enum err task_new(struct plan *p, const struct report_value *values, struct task **ret_task)
{
	struct task *task = calloc(1, sizeof(*task));

	if (task == NULL)
		return ERR_NOMEM;
	task->plan = p;
	if (combo_new(values, p->loop_count, &task->combo) != ERR_OK) {
		free(task);
		return ERR_NOMEM;
	}
	p->r->seed = p->r->seed * 6364136223846793005U + 1442695040888963407U;
	due_init(&task->due, p->r->seed);
	*ret_task = task;
	return ERR_OK;
}

static int cmp_task(const void *a, const void *b)
{
	const struct task *const *x = a;
	const struct task *const *y = b;

	return combo_cmp((*x)->combo, (*y)->combo);
}

static size_t count_tasks(struct plan *p, const struct factor *factors)
{
	size_t count = product_count(factors, p->loop_count);

	if (count <= TASKS_MAX) {
		p->is_too_many = false;
		return count;
	}
	if (!p->is_too_many) {
		log_error("report.too_many_values", log_str("account", p->account->name),
		          log_str("report", p->name),
		          log_int("sets", count < INT64_MAX ? (int64_t)count : INT64_MAX),
		          log_int("run", TASKS_MAX));
	}
	p->is_too_many = true;
	return TASKS_MAX;
}

enum err tasks_build(struct plan *p, struct task ***ret_tasks, size_t *ret_count)
{
	struct factor factors[EACH_MAX];
	struct report_value values[EACH_MAX];
	struct task **tasks;
	size_t count;

	for (size_t i = 0; i < p->loop_count; i++) {
		factors[i] = (struct factor){loop_values_name(p->loops[i]),
		                             loop_values_choices(p->loops[i])};
	}
	count = count_tasks(p, factors);
	tasks = calloc(count > 0 ? count : 1, sizeof(struct task *));
	if (tasks == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		product_at(factors, p->loop_count, i, values);
		if (task_new(p, values, &tasks[i]) != ERR_OK) {
			tasks_free(tasks, i);
			return ERR_NOMEM;
		}
	}
	qsort(tasks, count, sizeof(struct task *), cmp_task);
	*ret_tasks = tasks;
	*ret_count = count;
	return ERR_OK;
}

static void task_move(struct task *to, struct task *from)
{
	struct running *running = from->running;

	ticket_hand(from->ticket, to);
	to->ticket = from->ticket;
	from->ticket = NULL;
	task_detach(from);
	from->running = NULL;
	to->due = from->due;
	to->is_loaded = from->is_loaded;
	to->is_hasty = from->is_hasty;
	to->trouble = from->trouble;
	to->rows = from->rows;
	to->pages = from->pages;
	from->trouble = NULL;
	if (to->plan->job != NULL) {
		to->job = from->job;
		from->job = NULL;
	}
	to->running = running;
	if (running != NULL) {
		running->task = to;
		running->is_extra = false;
	}
	due_limit(&to->due, to->plan->every_ms, reports_now().mono_ms);
	task_wait(to);
}

void tasks_adopt(struct plan *p, struct task **old, size_t old_count)
{
	size_t k = 0;

	for (size_t i = 0; i < p->task_count; i++) {
		struct task *task = p->tasks[i];

		while (k < old_count && combo_cmp(old[k]->combo, task->combo) < 0)
			k++;
		if (k < old_count && combo_cmp(old[k]->combo, task->combo) == 0)
			task_move(task, old[k]);
		task_load(task);
	}
	tasks_free(old, old_count);
}

void tasks_hurry(struct plan *p)
{
	uint64_t now_ms = reports_now().mono_ms;

	for (size_t i = 0; i < p->task_count; i++) {
		struct task *task = p->tasks[i];

		if (!task->is_hasty || task->due.next_ms <= now_ms)
			continue;
		task->due.next_ms = now_ms;
		task_wait(task);
	}
}

enum err tasks_renew(struct plan *p)
{
	struct account *a = p->account;
	struct task **tasks = NULL;
	struct task **old = p->tasks;
	size_t old_count = p->task_count;
	size_t room = 0;
	size_t count = 0;
	struct plan *other;
	enum err err;

	err = tasks_build(p, &tasks, &count);
	if (err != ERR_OK)
		return err;
	/* Until the old ones are gone there are both. */
	TAILQ_FOREACH(other, &a->plans, link) {
		if ((p->job != NULL ? other == p : other->job == NULL))
			room += other->task_count;
	}
	err = queue_reserve(plan_queue(p), room + count);
	if (err != ERR_OK) {
		tasks_free(tasks, count);
		return err;
	}
	p->tasks = tasks;
	p->task_count = count;
	for (size_t i = 0; i < old_count; i++) {
		if (old[i]->running != NULL)
			old[i]->running->is_extra = true; /* unless it has a task again */
		if (p->extras != NULL && tasks_find(p, old[i]->combo) == NULL)
			extras_keep(p->extras, old[i]);
	}
	tasks_adopt(p, old, old_count);
	return ERR_OK;
}

struct task *tasks_find(const struct plan *p, const struct combo *c)
{
	size_t low = 0;
	size_t high = p->task_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = combo_cmp(p->tasks[middle]->combo, c);

		if (order == 0)
			return p->tasks[middle];
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return NULL;
}

void task_wait(struct task *task)
{
	if (task->is_loaded && task->running == NULL)
		queue_put(plan_queue(task->plan), &task->entry, task->due.next_ms);
}

void task_begin(struct task *task, struct running *running)
{
	queue_remove(plan_queue(task->plan), &task->entry);
	task->running = running;
}

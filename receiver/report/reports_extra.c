/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_extra.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/report/reports_index.h"
#include "receiver/report/reports_parts.h"

#define AGAIN_MS 1000  /* what cannot be read now */
#define NOMEM_MS 60000 /* nor begun */

/** One of them that nobody goes on with just now. */
struct extra {
	TAILQ_ENTRY(extra) link;
	struct combo *combo; /* owned */
	uint64_t due_ms;     /* monotonic: a run goes on with it */
};

TAILQ_HEAD(extra_list, extra);

struct extras {
	struct plan *plan; /* borrowed: owns us */
	struct extra_list list;
	bool is_read;
	bool is_wanted;        /* to be written once they were read */
	struct ticket *ticket; /* borrowed; NULL: not being read */
	uint64_t read_ms;      /* monotonic: they could not be read; not before */
};

enum err extras_new(struct plan *p, struct extras **ret_extras)
{
	struct extras *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return ERR_NOMEM;
	e->plan = p;
	TAILQ_INIT(&e->list);
	*ret_extras = e;
	return ERR_OK;
}

static void extra_free(struct extra *one)
{
	combo_free(one->combo);
	free(one);
}

void extras_free(struct extras *e)
{
	if (e == NULL)
		return;
	while (!TAILQ_EMPTY(&e->list)) {
		struct extra *one = TAILQ_FIRST(&e->list);

		TAILQ_REMOVE(&e->list, one, link);
		extra_free(one);
	}
	ticket_drop(e->ticket);
	free(e);
}

void extras_adopt(struct extras *to, struct extras *from)
{
	TAILQ_CONCAT(&to->list, &from->list, link);
	to->is_read = from->is_read;
	to->is_wanted = from->is_wanted;
}

static struct extra *find(const struct extras *e, const struct combo *c)
{
	struct extra *one;

	TAILQ_FOREACH(one, &e->list, link) {
		if (combo_cmp(one->combo, c) == 0)
			return one;
	}
	return NULL;
}

/* Takes the values. */
static void add(struct extras *e, struct combo *c, uint64_t due_ms)
{
	struct extra *one = find(e, c) == NULL ? calloc(1, sizeof(*one)) : NULL;

	if (one == NULL) {
		combo_free(c); /* it is there, or at least in the store */
		return;
	}
	*one = (struct extra){.combo = c, .due_ms = due_ms};
	TAILQ_INSERT_TAIL(&e->list, one, link);
}

/* ---- writing ---- */

static void put_all(const struct extras *e, struct buf *b)
{
	const struct plan *p = e->plan;
	const struct running *x;
	const struct extra *one;

	index_begin(b);
	TAILQ_FOREACH(x, &p->account->runs, link) {
		if (x->plan == p && x->is_order && !x->is_ended)
			index_put(x->combo, b);
	}
	for (size_t i = 0; i < p->task_count; i++) {
		if (task_is_outstanding(p->tasks[i]))
			index_put(p->tasks[i]->combo, b);
	}
	TAILQ_FOREACH(one, &e->list, link)
		index_put(one->combo, b);
}

static void extras_save(struct extras *e)
{
	const struct plan *p = e->plan;
	struct buf key;
	struct buf text;

	e->is_wanted = !e->is_read;
	if (e->is_wanted) {
		reports_wake(p->r); /* to read them */
		return;
	}
	buf_init(&key, COMBO_KEY_MAX);
	buf_init(&text, INDEX_TEXT_MAX);
	put_all(e, &text);
	if (index_key(p->account->name, p->name, &key) == ERR_OK && buf_err(&text) == ERR_OK)
		ticket_write(p->r, buf_str(&key), buf_str(&text));
	buf_fini(&key);
	buf_fini(&text);
}

/* ---- reading ---- */

static void take_order(void *arg, struct combo *c)
{
	struct extras *e = arg;
	const struct plan *p = e->plan;

	/* A task finds out by itself, and so does who runs. */
	if (tasks_find(p, c) == NULL && runs_find(p->account, p, c) == NULL) {
		add(e, c, clock_mono_ms());
	} else {
		combo_free(c);
	}
}

static void extras_on_kept(void *arg, enum err err, struct str text)
{
	struct extras *e = arg; /* drops its ticket before it goes */

	e->ticket = NULL;
	e->read_ms = clock_mono_ms() + AGAIN_MS;
	if (err != ERR_OK)
		return; /* that is not nothing: it would be written over */
	e->is_read = true;
	if (index_read(text, take_order, e) != ERR_OK) {
		log_warn("report.orders_unreadable", log_str("account", e->plan->account->name),
		         log_str("report", e->plan->name));
	}
	if (e->is_wanted)
		extras_save(e);
}

uint64_t extras_load(struct extras *e, uint64_t mono_ms)
{
	const struct plan *p = e->plan;
	struct buf key;
	enum err err;

	if (e->is_read || e->ticket != NULL || (!p->r->is_started && !e->is_wanted))
		return UINT64_MAX;
	if (e->read_ms > mono_ms)
		return e->read_ms;
	buf_init(&key, COMBO_KEY_MAX);
	err = index_key(p->account->name, p->name, &key);
	if (err == ERR_OK)
		err = ticket_read(p->r, buf_str(&key), extras_on_kept, e, &e->ticket);
	buf_fini(&key);
	e->read_ms = mono_ms + AGAIN_MS;
	return err == ERR_OK ? UINT64_MAX : e->read_ms;
}

/* ---- running them ---- */

bool extras_begin(struct extras *e, uint64_t mono_ms)
{
	struct running_order order = {.plan = e->plan, .is_adoption = true};
	struct extra *one;

	TAILQ_FOREACH(one, &e->list, link) {
		if (one->due_ms <= mono_ms)
			break;
	}
	if (one == NULL)
		return false;
	one->due_ms = mono_ms + NOMEM_MS;
	if (runs_find(e->plan->account, e->plan, one->combo) != NULL) {
		TAILQ_REMOVE(&e->list, one, link); /* somebody has it */
		extra_free(one);
		return false;
	}
	if (combo_new(one->combo->values, one->combo->count, &order.combo) == ERR_OK &&
	    running_begin(&order) == ERR_OK)
		return true; /* extras_on_begin() took it out */
	combo_free(order.combo);
	return false;
}

bool extras_may_have(const struct extras *e, const struct combo *c)
{
	return !e->is_read || find(e, c) != NULL;
}

bool extras_is_empty(const struct extras *e)
{
	return e->is_read && TAILQ_EMPTY(&e->list);
}

uint64_t extras_due(const struct extras *e)
{
	uint64_t due_ms = UINT64_MAX;
	const struct extra *one;

	TAILQ_FOREACH(one, &e->list, link) {
		if (one->due_ms < due_ms)
			due_ms = one->due_ms;
	}
	return due_ms;
}

void extras_keep(struct extras *e, const struct task *task)
{
	struct combo *c = NULL;

	if (task_is_outstanding(task) &&
	    combo_new(task->combo->values, task->combo->count, &c) == ERR_OK)
		add(e, c, task->due.next_ms);
}

void extras_on_begin(struct running *x)
{
	struct extras *e = x->plan->extras;
	struct extra *one;

	if (!x->is_order || e == NULL)
		return;
	one = find(e, x->combo);
	if (one != NULL) {
		TAILQ_REMOVE(&e->list, one, link);
		extra_free(one);
	}
	x->is_extra = x->task == NULL;
	extras_save(e);
}

void extras_on_end(struct running *x, uint64_t due_ms)
{
	struct extras *e = x->plan != NULL ? x->plan->extras : NULL;
	struct combo *c = NULL;

	if (!x->is_order || e == NULL)
		return;
	if (x->task == NULL && x->is_extra && running_is_outstanding(x) &&
	    combo_new(x->combo->values, x->combo->count, &c) == ERR_OK)
		add(e, c, due_ms);
	extras_save(e);
}

/* SPDX-License-Identifier: MIT */
/* What is due: of the accounts in turn, within the limits of each. */
#include "receiver/report/reports_parts.h"

#define TURN_QUANTUM  16   /* runs that begin before the loop has its turn */
#define STORE_LOOK_MS 1000 /* a store that does not take anything is looked at again */
#define HOLD_LOOK_MS  5000 /* and a circuit that somebody may have closed */
#define NOMEM_MS      60000
#define LOOK_MAX_MS   3600000

/* @return whether one began */
static bool begin_first(struct account *a, struct queue *q, uint64_t mono_ms)
{
	struct queue_entry *first = queue_first(q);
	struct running_order order = {.plan = NULL};
	struct task *task;

	if (first == NULL || first->due_ms > mono_ms)
		return false;
	task = (struct task *)first;
	order.plan = task->plan;
	if (runs_find(a, task->plan, task->combo) == NULL &&
	    combo_new(task->combo->values, task->combo->count, &order.combo) == ERR_OK &&
	    running_begin(&order) == ERR_OK)
		return true;
	/* No memory, or a fetch of values that were not configured when it began. */
	combo_free(order.combo);
	queue_put(q, &task->entry, mono_ms + NOMEM_MS);
	return false;
}

/* An order waits for a long time and asks seldom: each report with a job has a queue of its own. */
static bool begin_one(struct account *a, uint64_t mono_ms)
{
	struct plan *p;

	if (hold_left(&a->hold, mono_ms) > 0)
		return false;
	if (a->active < a->parallel && begin_first(a, &a->queue, mono_ms))
		return true;
	TAILQ_FOREACH(p, &a->plans, link) {
		if (p->job != NULL && !plan_is_busy(p) &&
		    (extras_begin(p->extras, mono_ms) || begin_first(a, &p->queue, mono_ms)))
			return true;
	}
	return false;
}

/* One of each account in turn, so that an account with much to do delays nobody. */
static void begin_due(struct reports *r, uint64_t mono_ms)
{
	struct account *a;
	size_t count = 0;
	size_t idle = 0;
	unsigned begun = 0;

	TAILQ_FOREACH(a, &r->accounts, link)
		count++;
	while (idle < count && begun < TURN_QUANTUM) {
		a = TAILQ_FIRST(&r->accounts);
		TAILQ_REMOVE(&r->accounts, a, link);
		TAILQ_INSERT_TAIL(&r->accounts, a, link);
		if (begin_one(a, mono_ms)) {
			begun++;
			idle = 0;
		} else {
			idle++;
		}
	}
}

static uint64_t first_due(const struct queue *q)
{
	const struct queue_entry *first = queue_first(q);

	return first != NULL ? first->due_ms : UINT64_MAX;
}

/* @return when the account is to be looked at again; UINT64_MAX: when something ends */
static uint64_t next_look(struct account *a, uint64_t mono_ms)
{
	uint64_t held_ms = hold_left(&a->hold, mono_ms);
	uint64_t next_ms = UINT64_MAX;
	struct plan *p;

	if (held_ms > 0)
		return mono_ms + (held_ms < HOLD_LOOK_MS ? held_ms : HOLD_LOOK_MS);
	if (a->active < a->parallel)
		next_ms = first_due(&a->queue);
	TAILQ_FOREACH(p, &a->plans, link) {
		if (p->job == NULL || plan_is_busy(p))
			continue;
		if (first_due(&p->queue) < next_ms)
			next_ms = first_due(&p->queue);
		if (extras_due(p->extras) < next_ms)
			next_ms = extras_due(p->extras);
	}
	return next_ms;
}

static uint64_t load_extras(struct account *a, uint64_t mono_ms)
{
	uint64_t next_ms = UINT64_MAX;
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		uint64_t at_ms = p->extras != NULL ? extras_load(p->extras, mono_ms) : UINT64_MAX;

		if (at_ms < next_ms)
			next_ms = at_ms;
	}
	return next_ms;
}

uint64_t reports_turn(struct reports *r, uint64_t mono_ms)
{
	bool store_works = reports_store_works(r);
	uint64_t next_ms = mono_ms + LOOK_MAX_MS;
	struct account *a;

	TAILQ_FOREACH(a, &r->accounts, link) {
		uint64_t at_ms = values_step(a, mono_ms);
		uint64_t known_ms = known_step(a->known, mono_ms);
		uint64_t extras_ms = load_extras(a, mono_ms);

		if (at_ms < next_ms)
			next_ms = at_ms;
		if (extras_ms < next_ms)
			next_ms = extras_ms;
		if (known_ms < next_ms)
			next_ms = known_ms;
	}
	if (r->is_started && store_works)
		begin_due(r, mono_ms);
	TAILQ_FOREACH(a, &r->accounts, link) {
		uint64_t at_ms = r->is_started ? next_look(a, mono_ms) : UINT64_MAX;

		if (at_ms < next_ms)
			next_ms = at_ms;
	}
	if (!store_works && next_ms < mono_ms + STORE_LOOK_MS)
		next_ms = mono_ms + STORE_LOOK_MS;
	if (!store_works && !TAILQ_EMPTY(&r->fetchings))
		next_ms = mono_ms + STORE_LOOK_MS;
	return next_ms;
}

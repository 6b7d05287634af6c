/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/reports_parts.h"

#define TURN_QUANTUM  16   /* runs that begin before the loop has its turn */
#define STORE_LOOK_MS 1000 /* a store that does not take anything is looked at again */
#define HOLD_LOOK_MS  5000 /* and a circuit that somebody may have closed */
#define NOMEM_MS      60000
#define MARKS_MS      3000 /* a stop waits for marks of mails; what is lost is marked after it */
#define MARKS_LOOK_MS 20
#define LOOK_MAX_MS   3600000

void reports_wake(struct reports *r)
{
	r->is_woken = true; /* reports_look() itself may have called what calls us */
	loop_timer_start(r->timer, 0);
}

struct due_clock reports_now(void)
{
	return (struct due_clock){clock_now_ms(), clock_mono_ms()};
}

bool reports_store_works(const struct reports *r)
{
	struct store_stats stats = {.waiting = 0};

	store_stats(r->store, &stats);
	return !stats.is_full && !stats.is_failing;
}

/* ---- what is due ---- */

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

	if (account_held(a, mono_ms) > 0)
		return false;
	if (a->active < a->parallel && begin_first(a, &a->queue, mono_ms))
		return true;
	TAILQ_FOREACH(p, &a->plans, link) {
		if (p->job != NULL && !plan_is_busy(p) &&
		    (extras_begin(p, mono_ms) || begin_first(a, &p->queue, mono_ms)))
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
	uint64_t held_ms = account_held(a, mono_ms);
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
		if (extras_due(p) < next_ms)
			next_ms = extras_due(p);
	}
	return next_ms;
}

static uint64_t load_extras(struct account *a, uint64_t mono_ms)
{
	uint64_t next_ms = UINT64_MAX;
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		uint64_t at_ms = p->job != NULL ? extras_load(p, mono_ms) : UINT64_MAX;

		if (at_ms < next_ms)
			next_ms = at_ms;
	}
	return next_ms;
}

static uint64_t look_at_accounts(struct reports *r, uint64_t mono_ms)
{
	bool store_works = reports_store_works(r);
	uint64_t next_ms = mono_ms + LOOK_MAX_MS;
	struct account *a;

	TAILQ_FOREACH(a, &r->accounts, link) {
		uint64_t at_ms = values_step(a, mono_ms);
		uint64_t known_ms = account_tell_known(a, mono_ms);
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

/* ---- stop ---- */

static void cancel_runs(struct running_list *runs)
{
	struct running *x = TAILQ_FIRST(runs);

	while (x != NULL) {
		struct running *next = TAILQ_NEXT(x, link); /* x may end at once */

		running_cancel(x);
		x = next;
	}
}

static bool has_runs(const struct reports *r)
{
	const struct account *a;

	TAILQ_FOREACH(a, &r->accounts, link) {
		if (!TAILQ_EMPTY(&a->runs))
			return true;
	}
	return !TAILQ_EMPTY(&r->orphans);
}

static void stop_step(struct reports *r)
{
	loop_fn done = r->stop_done;

	if (has_runs(r) || done == NULL)
		return;
	if (mailboxes_is_marking(r->mailboxes) && clock_mono_ms() < r->stop_ms) {
		loop_timer_start(r->timer, MARKS_LOOK_MS);
		return;
	}
	r->stop_done = NULL;
	done(r->stop_arg); /* may free us */
}

/* ---- the one place where things happen ---- */

static void reports_look(void *arg)
{
	struct reports *r;
	uint64_t next_ms;
	uint64_t again_ms;
	uint64_t read_ms;
	uint64_t mono_ms;

	OBJ_FROM(r, arg, REPORTS_MAGIC);
	r->is_woken = false;
	runs_reap(r);
	fetchings_step(r);
	if (r->is_stopping) {
		stop_step(r);
		return;
	}
	reports_sweep(r);
	mono_ms = clock_mono_ms();
	read_ms = tasks_load(r, mono_ms);
	next_ms = look_at_accounts(r, mono_ms);
	if (read_ms < next_ms)
		next_ms = read_ms;
	again_ms = running_tell_again(r, mono_ms);
	if (again_ms < next_ms)
		next_ms = again_ms;
	loop_timer_start(r->timer, next_ms > mono_ms && !r->is_woken ? next_ms - mono_ms : 0);
}

/* ---- public ---- */

static enum err make_parts(struct reports *r, const struct reports_conf *conf)
{
	enum err err = loop_timer_new(conf->loop, reports_look, r, &r->timer);

	r->folder = strdup(conf->folder);
	if (err == ERR_OK && r->folder == NULL)
		err = ERR_NOMEM;
	return err == ERR_OK ? mailboxes_new(conf->loop, &r->mailboxes) : err;
}

enum err reports_new(const struct reports_conf *conf, struct reports **ret_reports)
{
	struct reports *r = calloc(1, sizeof(*r));
	enum err err;

	if (r == NULL)
		return ERR_NOMEM;
	r->magic = REPORTS_MAGIC;
	r->loop = conf->loop;
	r->http = conf->http;
	r->ingest = conf->ingest;
	r->store = conf->store;
	r->worker = conf->worker;
	r->seed = (uint64_t)clock_now_ms();
	TAILQ_INIT(&r->accounts);
	TAILQ_INIT(&r->orphans);
	TAILQ_INIT(&r->ended);
	TAILQ_INIT(&r->fetchings);
	TAILQ_INIT(&r->loading);
	TAILQ_INIT(&r->tickets);
	err = make_parts(r, conf);
	if (err != ERR_OK) {
		reports_free(r);
		return err;
	}
	*ret_reports = r;
	return ERR_OK;
}

void reports_free(struct reports *r)
{
	struct ticket *t;

	if (r == NULL)
		return;
	runs_reap(r);
	assert(!has_runs(r));
	while (!TAILQ_EMPTY(&r->accounts)) {
		struct account *a = TAILQ_FIRST(&r->accounts);

		TAILQ_REMOVE(&r->accounts, a, link);
		account_free(r, a);
	}
	fetchings_free(r);
	TAILQ_FOREACH(t, &r->tickets, link)
		t->r = NULL;
	loop_timer_free(r->timer);
	mailboxes_free(r->mailboxes);
	choices_fini(&r->files);
	free(r->folder);
	OBJ_POISON(r);
	free(r);
}

void reports_start(struct reports *r)
{
	r->is_started = true;
	tasks_load_all(r);
	reports_wake(r);
}

void reports_stop(struct reports *r, loop_fn done, void *arg)
{
	struct account *a;

	assert(!r->is_stopping);
	r->is_stopping = true;
	r->stop_ms = clock_mono_ms() + MARKS_MS;
	r->stop_done = done;
	r->stop_arg = arg;
	TAILQ_FOREACH(a, &r->accounts, link) {
		account_forget_known(a);
		values_stop(a);
		cancel_runs(&a->runs);
	}
	cancel_runs(&r->orphans);
	reports_wake(r);
}

/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/reports_fetch.h"
#include "receiver/report/reports_parts.h"

#define MARKS_MS      3000 /* a stop waits for marks of mails; what is lost is marked after it */
#define MARKS_LOOK_MS 20

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
	sweep_step(r->sweep, r);
	mono_ms = clock_mono_ms();
	read_ms = tasks_load(r, mono_ms);
	next_ms = reports_turn(r, mono_ms);
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
	if (err == ERR_OK)
		err = sweep_new(&r->sweep);
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
	tickets_leave(r);
	loop_timer_free(r->timer);
	mailboxes_free(r->mailboxes);
	sweep_free(r->sweep);
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
		known_stop(a->known);
		values_stop(a);
		cancel_runs(&a->runs);
	}
	cancel_runs(&r->orphans);
	reports_wake(r);
}

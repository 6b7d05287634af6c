/* SPDX-License-Identifier: MIT */
#include "cmd/app/app_alone.h"

#include <stdio.h>

#include "cmd/app/app_state.h"
#include "core/clock.h"

#define TICK_MS         100
#define SECOND_MS       1000
#define BROKER_WAIT_MS  5000  /* for the first connection, once all is fetched */
#define STUCK_MS        12000 /* a journal that takes nothing: longer than the broker's backoff */
#define PUBLISH_WAIT_MS 86400000

struct app_alone {
	struct app app;
	const struct app_alone_conf *conf; /* borrowed */
	struct loop_timer *tick;           /* owned */
	struct app_alone_left *left;       /* borrowed */
	uint64_t done_mono_ms;             /* 0: the work is under way */
	uint64_t stuck_mono_ms;            /* since then the journal takes nothing; 0 */
	bool is_draining;
	enum exit_code code;
};

/* ---- what is not published ---- */

static void look_at_journal(struct app_alone *a)
{
	struct app_alone_left *left = a->left;
	struct store_stats stats;
	struct relay_stats relay;

	store_stats(a->app.store, &stats);
	relay_stats(a->app.relay, &relay);
	left->waiting = stats.waiting;
	left->trouble[0] = '\0';
	if (stats.waiting == 0)
		return;
	if (!publisher_is_up(a->app.publisher)) {
		(void)snprintf(left->trouble, sizeof(left->trouble), "the broker is away: %s",
		               publisher_trouble(a->app.publisher));
	} else if (relay.paused_lanes > 0) {
		(void)snprintf(left->trouble, sizeof(left->trouble), "the broker refuses them");
	} else {
		(void)snprintf(left->trouble, sizeof(left->trouble), "it was stopped");
	}
}

static void stop(struct app_alone *a)
{
	if (a->app.stopping)
		return;
	if (!a->conf->is_dry)
		look_at_journal(a);
	app_stop(&a->app);
}

static void alone_on_drained(void *arg)
{
	struct app_alone *a = arg;

	a->app.is_drained = true;
	stop(a);
}

static void publish_rest(struct app_alone *a)
{
	if (a->conf->on_waiting != NULL)
		a->conf->on_waiting(a->conf->arg, a->left->waiting);
	if (a->is_draining)
		return;
	if (publisher_is_up(a->app.publisher)) {
		a->is_draining = true;
		relay_drain(a->app.relay, PUBLISH_WAIT_MS, alone_on_drained, a);
	} else if (clock_mono_ms() - a->done_mono_ms > BROKER_WAIT_MS) {
		stop(a);
	}
}

/* ---- a journal that takes nothing ---- */

static void give_up(struct app_alone *a, const struct store_stats *stats)
{
	a->code = stats->is_failing
	                  ? complain(EXIT_INPUT_OUTPUT, "the journal fails: %s", stats->failure)
	                  : complain(EXIT_UNAVAILABLE,
	                             "the journal is full (store.max_bytes) and the broker does "
	                             "not take it: %s",
	                             publisher_trouble(a->app.publisher));
	stop(a);
}

static void look_for_stuck(struct app_alone *a)
{
	uint64_t now_ms = clock_mono_ms();
	struct store_stats stats;

	store_stats(a->app.store, &stats);
	if (!stats.is_failing && (!stats.is_full || publisher_is_up(a->app.publisher))) {
		a->stuck_mono_ms = 0;
	} else if (a->stuck_mono_ms == 0) {
		a->stuck_mono_ms = now_ms;
	} else if (now_ms - a->stuck_mono_ms > STUCK_MS) {
		give_up(a, &stats);
	}
}

static void alone_on_tick(void *arg)
{
	struct app_alone *a = arg;

	if (a->app.stopping)
		return;
	loop_timer_start(a->tick, TICK_MS);
	if (a->conf->is_dry)
		return;
	look_at_journal(a);
	if (a->done_mono_ms == 0) {
		look_for_stuck(a);
	} else {
		publish_rest(a);
	}
}

/* ---- the work ---- */

void app_alone_done(struct app_alone *a)
{
	a->done_mono_ms = clock_mono_ms();
	if (a->conf->is_dry)
		stop(a);
}

void app_alone_fail(struct app_alone *a, enum exit_code code)
{
	a->code = code;
	stop(a);
}

static enum exit_code begin(struct app_alone *a)
{
	struct app *app = &a->app;
	enum exit_code code = EXIT_UNAVAILABLE;

	if (loop_timer_new(app->loop, alone_on_tick, a, &a->tick) != ERR_OK)
		return complain(code, "out of memory");
	code = a->conf->begin(a->conf->arg, app, a);
	if (code != EXIT_OK)
		return code;
	if (a->conf->is_dry) {
		app->is_drained = true; /* the relay does not begin */
	} else {
		relay_start(app->relay, app->publisher);
		publisher_start(app->publisher);
		loop_timer_start(app->second, SECOND_MS);
	}
	loop_timer_start(a->tick, TICK_MS);
	return EXIT_OK;
}

static enum exit_code start(struct app_alone *a)
{
	struct app *app = &a->app;
	enum exit_code code;

	if (app_make_base(app) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory or threads");
	code = app_open_store(app);
	if (code != EXIT_OK)
		return code;
	if (app_make_publishing(app) != ERR_OK || app_make_asking(app, a->conf->account) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory");
	return begin(a);
}

/* What the stop could not publish either. */
static void look_at_rest(struct app_alone *a)
{
	struct app_alone_left *left = a->left;
	struct store_stats stats = {.waiting = 0};

	if (!a->conf->is_dry)
		store_stats(a->app.store, &stats);
	left->waiting = stats.waiting;
	if (left->trouble[0] == '\0')
		(void)snprintf(left->trouble, sizeof(left->trouble), "it was stopped");
}

enum exit_code app_alone(struct conf *conf, const struct app_alone_conf *alone,
                         struct app_alone_left *ret_left)
{
	struct app_alone a = {.app = {.conf = conf}, .conf = alone, .left = ret_left};

	/* What goes wrong is said to the person; a log beside it would say it twice. */
	log_init(LOG_LVL_ERROR, conf->log.format);
	a.code = start(&a);
	if (a.code == EXIT_OK && loop_run(a.app.loop) != ERR_OK)
		a.code = complain(EXIT_BUG, "the event loop failed");
	if (a.app.store != NULL)
		look_at_rest(&a);
	alone->end(alone->arg);
	loop_timer_free(a.tick);
	app_take_down(&a.app);
	return a.code;
}

void app_alone_note(const struct app_alone_left *left, const char *command)
{
	bool is_one = left->waiting == 1;

	if (left->waiting == 0)
		return;
	(void)fprintf(stderr,
	              "campaign2mqtt: note: %llu payload%s wait%s in the journal (%s); the daemon "
	              "or the next %s publishes them\n",
	              (unsigned long long)left->waiting, is_one ? "" : "s", is_one ? "s" : "",
	              left->trouble, command);
}

/* SPDX-License-Identifier: MIT */
#include "cmd/app_fetch.h"

#include <stdio.h>

#include "cmd/app_state.h"
#include "cmd/fetch_lines.h"
#include "core/clock.h"

#define TICK_MS         100
#define SECOND_MS       1000
#define BROKER_WAIT_MS  5000  /* for the first connection, once all is fetched */
#define STUCK_MS        12000 /* a journal that takes nothing: longer than the broker's backoff */
#define PUBLISH_WAIT_MS 86400000

struct fetching {
	struct app app;
	const struct app_fetch_conf *conf; /* borrowed */
	struct fetch_lines *lines;         /* owned */
	struct loop_timer *tick;           /* owned */
	struct app_fetch_left *left;       /* borrowed */
	uint64_t done_mono_ms;             /* 0: runs are under way */
	uint64_t stuck_mono_ms;            /* since then the journal takes nothing; 0 */
	bool is_draining;
	enum exit_code code;
};

/* ---- what is not published ---- */

static void look_at_journal(struct fetching *f)
{
	struct app_fetch_left *left = f->left;
	struct store_stats stats;
	struct relay_stats relay;

	store_stats(f->app.store, &stats);
	relay_stats(f->app.relay, &relay);
	left->waiting = stats.waiting;
	left->trouble[0] = '\0';
	if (stats.waiting == 0)
		return;
	if (!publisher_is_up(f->app.publisher)) {
		(void)snprintf(left->trouble, sizeof(left->trouble), "the broker is away: %s",
		               publisher_trouble(f->app.publisher));
	} else if (relay.paused_lanes > 0) {
		(void)snprintf(left->trouble, sizeof(left->trouble), "the broker refuses them");
	} else {
		(void)snprintf(left->trouble, sizeof(left->trouble), "it was stopped");
	}
}

static void stop(struct fetching *f)
{
	if (f->app.stopping)
		return;
	if (!f->conf->is_dry)
		look_at_journal(f);
	app_stop(&f->app);
}

static void fetching_on_drained(void *arg)
{
	struct fetching *f = arg;

	f->app.is_drained = true;
	stop(f);
}

static void publish_rest(struct fetching *f)
{
	if (f->conf->on_waiting != NULL)
		f->conf->on_waiting(f->conf->arg, f->left->waiting);
	if (f->is_draining)
		return;
	if (publisher_is_up(f->app.publisher)) {
		f->is_draining = true;
		relay_drain(f->app.relay, PUBLISH_WAIT_MS, fetching_on_drained, f);
	} else if (clock_mono_ms() - f->done_mono_ms > BROKER_WAIT_MS) {
		stop(f);
	}
}

/* ---- a journal that takes nothing ---- */

static void give_up(struct fetching *f, const struct store_stats *stats)
{
	f->code = stats->is_failing
	                  ? complain(EXIT_INPUT_OUTPUT, "the journal fails: %s", stats->failure)
	                  : complain(EXIT_UNAVAILABLE,
	                             "the journal is full (store.max_bytes) and the broker does "
	                             "not take it: %s",
	                             publisher_trouble(f->app.publisher));
	stop(f);
}

static void look_for_stuck(struct fetching *f)
{
	uint64_t now_ms = clock_mono_ms();
	struct store_stats stats;

	store_stats(f->app.store, &stats);
	if (!stats.is_failing && (!stats.is_full || publisher_is_up(f->app.publisher))) {
		f->stuck_mono_ms = 0;
	} else if (f->stuck_mono_ms == 0) {
		f->stuck_mono_ms = now_ms;
	} else if (now_ms - f->stuck_mono_ms > STUCK_MS) {
		give_up(f, &stats);
	}
}

static void fetching_on_tick(void *arg)
{
	struct fetching *f = arg;

	if (f->app.stopping)
		return;
	loop_timer_start(f->tick, TICK_MS);
	if (f->conf->is_dry)
		return;
	look_at_journal(f);
	if (f->done_mono_ms == 0) {
		look_for_stuck(f);
	} else {
		publish_rest(f);
	}
}

/* ---- the fetch ---- */

static bool fetching_on_line(void *arg, struct str line)
{
	struct fetching *f = arg;

	return f->conf->on_line(f->conf->arg, line);
}

static void fetching_on_end(void *arg)
{
	struct fetching *f = arg;

	f->done_mono_ms = clock_mono_ms();
	if (f->conf->is_dry)
		stop(f);
}

static enum exit_code begin(struct fetching *f)
{
	static const struct fetch_lines_ops ops = {.on_line = fetching_on_line,
	                                           .on_end = fetching_on_end};
	struct app *app = &f->app;
	struct err_detail detail = {.line = 0};
	enum err err = loop_timer_new(app->loop, fetching_on_tick, f, &f->tick);

	if (err == ERR_OK) {
		err = fetch_lines_new(app->loop, app->reports, f->conf->query,
		                      app->conf->mqtt.topic_prefix, &ops, f, &f->lines, &detail);
	}
	if (err == ERR_PARSE)
		return complain_detail(EXIT_USAGE, &detail);
	if (err != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot fetch: %s", err_str(err));
	if (f->conf->is_dry) {
		app->is_drained = true; /* the relay does not begin */
	} else {
		relay_start(app->relay, app->publisher);
		publisher_start(app->publisher);
		loop_timer_start(app->second, SECOND_MS);
	}
	loop_timer_start(f->tick, TICK_MS);
	return EXIT_OK;
}

static enum exit_code start(struct fetching *f)
{
	struct app *app = &f->app;
	enum exit_code code;

	if (app_make_base(app) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory or threads");
	code = app_open_store(app);
	if (code != EXIT_OK)
		return code;
	if (app_make_publishing(app) != ERR_OK || app_make_asking(app, f->conf->account) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory");
	return begin(f);
}

/* What the stop could not publish either. */
static void look_at_rest(struct fetching *f)
{
	struct app_fetch_left *left = f->left;
	struct store_stats stats = {.waiting = 0};

	if (!f->conf->is_dry)
		store_stats(f->app.store, &stats);
	left->waiting = stats.waiting;
	if (left->trouble[0] == '\0')
		(void)snprintf(left->trouble, sizeof(left->trouble), "it was stopped");
}

enum exit_code app_fetch(struct conf *conf, const struct app_fetch_conf *fetch,
                         struct app_fetch_left *ret_left)
{
	struct fetching f = {.app = {.conf = conf}, .conf = fetch, .left = ret_left};

	/* What goes wrong is said by the lines; a log beside them would say it twice. */
	log_init(LOG_LVL_ERROR, conf->log.format);
	f.code = start(&f);
	if (f.code == EXIT_OK && loop_run(f.app.loop) != ERR_OK)
		f.code = complain(EXIT_BUG, "the event loop failed");
	if (f.app.store != NULL)
		look_at_rest(&f);
	fetch_lines_free(f.lines);
	loop_timer_free(f.tick);
	app_take_down(&f.app);
	return f.code;
}

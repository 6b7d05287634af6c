/* SPDX-License-Identifier: MIT */
#include "cmd/app/app_state.h"
#include "cmd/app/notify.h"
#include "core/clock.h"
#include "core/metrics.h"

#define SECOND_MS 1000

bool app_is_ready(void *arg, struct buf *ret_text)
{
	const struct app *app = arg;
	struct store_stats stats;
	bool ready = true;

	store_stats(app->store, &stats);
	if (stats.is_failing) {
		(void)buf_printf(ret_text, "store: failing: %s\n", stats.failure);
		ready = false;
	}
	if (stats.is_full) {
		(void)buf_append_str(
			ret_text,
			STR_LIT("store: full: store.max_bytes of payloads wait in the journal\n"));
		ready = false;
	}
	if (app->stopping) {
		(void)buf_append_str(ret_text, STR_LIT("stopping\n"));
		ready = false;
	}
	if (!publisher_is_up(app->publisher)) {
		(void)buf_printf(ret_text,
		                 "mqtt: not connected: %s (payloads wait in the journal)\n",
		                 publisher_trouble(app->publisher));
	}
	return ready;
}

void app_refresh_metrics(void *arg)
{
	const struct app *app = arg;
	struct store_stats store;
	struct relay_stats relay;

	store_stats(app->store, &store);
	relay_stats(app->relay, &relay);
	metric_set(METRIC_JOURNAL_ENTRIES, (int64_t)store.waiting);
	metric_set(METRIC_JOURNAL_BYTES, (int64_t)store.waiting_bytes);
	metric_set(METRIC_JOURNAL_COMMITS, (int64_t)store.commits);
	metric_set(METRIC_JOURNAL_COMMIT_FAILURES, (int64_t)store.failures);
	metric_set(METRIC_JOURNAL_OLDEST_SECONDS,
	           relay.oldest_ms > 0 && store.waiting > 0
	                   ? (clock_now_ms() - relay.oldest_ms) / 1000
	                   : 0);
	metric_set(METRIC_MQTT_CONNECTED, publisher_is_up(app->publisher));
	metric_set(METRIC_MQTT_INFLIGHT, (int64_t)relay.inflight);
	metric_set(METRIC_HTTP_CONNECTIONS, (int64_t)http_server_connections(app->http));
}

static void look_at_state(struct app *app, const struct store_stats *stats)
{
	struct relay_stats relay;

	relay_stats(app->relay, &relay);

	/* `import` on its own asks nobody. */
	bool is_stale = app->reports != NULL && reports_stale(app->reports) > 0;
	bool is_degraded =
		stats->is_failing || stats->is_full || relay.paused_lanes > 0 || is_stale;

	if (is_degraded != app->is_degraded)
		publisher_set_state(app->publisher, is_degraded ? "degraded" : "ready");
	app->is_degraded = is_degraded;
}

void app_each_second(void *arg)
{
	struct app *app = arg;
	struct store_stats stats;

	store_sweep(app->store);
	store_stats(app->store, &stats);
	look_at_state(app, &stats);
	notify("WATCHDOG=1");
	loop_timer_start(app->second, SECOND_MS);
}

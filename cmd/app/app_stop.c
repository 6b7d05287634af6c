/* SPDX-License-Identifier: MIT */
#include "cmd/app/app_state.h"
#include "cmd/app/notify.h"
#include "core/log.h"

/* Vendors wait 4 to 15 s for an answer; systemd's default for a stop is 90 s. */
#define STOP_DEADLINE_MS  20000
#define RELAY_DRAIN_MS    5000
#define PUBLISHER_STOP_MS 2000

static void app_on_publisher_stopped(void *arg)
{
	struct app *app = arg;

	loop_stop(app->loop);
}

static void app_on_relay_drained(void *arg)
{
	struct app *app = arg;

	publisher_stop(app->publisher, PUBLISHER_STOP_MS, app_on_publisher_stopped, app);
}

static void app_on_reports_stopped(void *arg)
{
	struct app *app = arg;

	app->reports_state = APP_REPORTS_STOPPED;
	if (app->is_drained) {
		app_on_relay_drained(app);
	} else {
		relay_drain(app->relay, RELAY_DRAIN_MS, app_on_relay_drained, app);
	}
}

static void app_on_requests_answered(void *arg)
{
	struct app *app = arg;

	app->reports_state = APP_REPORTS_STOPPING;
	reports_stop(app->reports, app_on_reports_stopped, app);
}

static void app_on_deadline(void *arg)
{
	struct app *app = arg;

	log_warn("app.stop_deadline",
	         log_str("hint", "not everything was published; the journal keeps it"));
	loop_stop(app->loop);
}

void app_stop(struct app *app)
{
	if (app->stopping) {
		log_warn("app.stop_now", log_str("cause", "second signal"));
		loop_stop(app->loop);
		return;
	}
	app->stopping = true;
	if (loop_timer_new(app->loop, app_on_deadline, app, &app->deadline) == ERR_OK)
		loop_timer_start(app->deadline, STOP_DEADLINE_MS);
	if (app->http == NULL) {
		app_on_requests_answered(app);
		return;
	}
	log_info("app.stopping",
	         log_int("open_requests", (int64_t)webhook_open_requests(app->webhook)));
	notify("STOPPING=1\nSTATUS=answering what is open, publishing what is under way");
	webhook_drain(app->webhook);
	http_server_drain(app->http, app_on_requests_answered, app);
}

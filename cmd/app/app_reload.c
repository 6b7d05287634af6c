/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "cmd/app/app_state.h"
#include "cmd/app/notify.h"
#include "core/log.h"

static void refuse(const struct err_detail *detail, enum err err)
{
	char text[1024];

	err_detail_format(detail, text, sizeof(text));
	log_error("app.reload_refused", log_str("cause", text[0] != '\0' ? text : err_str(err)),
	          log_str("hint", "the old configuration stays"));
}

static void take(struct app *app, struct conf *conf, struct route_table *routes)
{
	const struct webhook_conf webhook_conf = {
		.max_body = (size_t)conf->limits.body,
		.auth_failures = (unsigned)conf->limits.auth_failures,
		.auth_window_ms = conf->limits.auth_failures_ms,
	};
	const struct http_limits limits = app_http_limits(conf);
	const struct store_conf store_conf = {
		.path = conf->store.path,
		.max_bytes = conf->store.max_bytes,
		.keep_settled_ms = conf->store.keep_settled_ms,
		.dedupe_for_ms = conf->store.dedupe_for_ms,
	};

	log_init(conf->log.level, conf->log.format);
	store_set_limits(app->store, &store_conf);
	http_server_set_limits(app->http, &limits);
	webhook_set_routes(app->webhook, routes, &webhook_conf);
	relay_set_sources(app->relay, conf->sources);
	conf_free(app->conf);
	app->conf = conf;
	log_info("app.reloaded", log_str("file", conf->file),
	         log_int("accounts", (int64_t)conf->account_count));
}

static void reload(struct app *app)
{
	struct err_detail detail = {.line = 0};
	struct conf *conf = NULL;
	struct route_table *routes = NULL;
	enum err err = conf_load(app->conf->file, NULL, NULL, &conf, &detail);

	if (err == ERR_OK)
		err = conf_check_reload(app->conf, conf, &detail);
	if (err == ERR_OK)
		err = app_routes(conf, &routes);
	if (err == ERR_OK)
		err = app_set_reports(app, conf, NULL); /* the last one that can fail */
	if (err != ERR_OK) {
		refuse(&detail, err);
		route_table_unref(routes);
		conf_free(conf);
		return;
	}
	take(app, conf, routes);
}

void app_reload(struct app *app)
{
	char text[80];
	struct timespec now = {0, 0};

	if (app->stopping)
		return;
	/* Type=notify-reload wants the monotonic time, in µs, with RELOADING=1 (sd_notify(3)). */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	               (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(text);
	reload(app);
	notify("READY=1");
}

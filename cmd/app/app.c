/* SPDX-License-Identifier: MIT */
#include "cmd/app/app.h"

#include <malloc.h>
#include <signal.h>

#include "cmd/app/app_state.h"
#include "cmd/app/notify.h"
#include "core/log.h"

#define CACHE_ENTRIES  1024
#define MMAP_MIN_BYTES (128 * 1024)
#define SECOND_MS      1000

static void app_on_hup(void *arg)
{
	app_reload(arg);
}

static enum err make_receiving(struct app *app)
{
	const struct webhook_conf webhook_conf = {
		.max_body = (size_t)app->conf->limits.body,
		.auth_failures = (unsigned)app->conf->limits.auth_failures,
		.auth_window_ms = app->conf->limits.auth_failures_ms,
	};
	const struct http_limits limits = app_http_limits(app->conf);
	struct route_table *routes = NULL;
	enum err err = credentials_cache_new(app->worker, CACHE_ENTRIES, &app->cache);

	if (err == ERR_OK)
		err = app_routes(app->conf, &routes);
	if (err == ERR_OK) {
		err = webhook_new(app->loop, app->ingest, app->cache, &webhook_conf, routes,
		                  &app->webhook);
		if (err != ERR_OK)
			route_table_unref(routes);
	}
	if (err == ERR_OK) {
		err = http_server_new(app->loop, &limits, &webhook_http_ops, app->webhook,
		                      &app->http);
	}
	return err;
}

static enum exit_code complain_listen(const char *key, const char *address, enum err err)
{
	switch (err) {
	case ERR_EXISTS:
		return complain(EXIT_UNAVAILABLE,
		                "%s: %s is taken by another program; stop it or take another port",
		                key, address);
	case ERR_AUTH:
		return complain(EXIT_NO_PERMISSION,
		                "%s: not allowed to listen on %s; take a port above 1023", key,
		                address);
	case ERR_INVAL:
		return complain(EXIT_CONFIGURATION,
		                "%s: \"%s\" is not an address of this machine with a port", key,
		                address);
	default:
		return complain(EXIT_UNAVAILABLE, "%s: cannot listen on %s: %s", key, address,
		                err_str(err));
	}
}

static enum exit_code listen_all(struct app *app)
{
	uint16_t port = 0;
	enum err err;

	for (size_t i = 0; i < app->conf->listen_count; i++) {
		const char *address = app->conf->listen[i].address;

		err = http_server_listen(app->http, address, &port);
		if (err != ERR_OK)
			return complain_listen("listen", address, err);
		log_info("app.listening", log_str("address", address), log_int("port", port));
	}
	err = admin_new(app->loop, app->conf->admin.address, &app_admin_ops, app, &app->admin,
	                &port);
	if (err != ERR_OK)
		return complain_listen("admin.address", app->conf->admin.address, err);
	log_info("app.admin_listening", log_str("address", app->conf->admin.address),
	         log_int("port", port));
	return EXIT_OK;
}

static enum exit_code start(struct app *app)
{
	enum exit_code code;

	if (app_make_base(app) != ERR_OK ||
	    loop_signal_new(app->loop, SIGHUP, app_on_hup, app, &app->on_hup) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory or threads");
	code = app_open_store(app);
	if (code != EXIT_OK)
		return code;
	if (app_make_publishing(app) != ERR_OK || make_receiving(app) != ERR_OK ||
	    app_make_asking(app, NULL) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory");
	code = listen_all(app);
	if (code != EXIT_OK)
		return code;
	relay_start(app->relay, app->publisher);
	publisher_start(app->publisher);
	reports_start(app->reports);
	loop_timer_start(app->second, SECOND_MS);
	log_info("app.ready", log_str("version", CAMPAIGN2MQTT_VERSION),
	         log_str("instance", app->conf->instance),
	         log_int("accounts", (int64_t)app->conf->account_count));
	notify("READY=1\nSTATUS=receiving and publishing");
	return EXIT_OK;
}

enum exit_code app_run(struct conf *conf)
{
	struct app app = {.conf = conf};

	log_init(conf->log.level, conf->log.format);
	/* Fixed, so that the memory of large bodies goes back to the system when they do. */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_MIN_BYTES);

	enum exit_code code = start(&app);

	if (code == EXIT_OK && loop_run(app.loop) != ERR_OK)
		code = complain(EXIT_BUG, "the event loop failed");
	if (code == EXIT_OK)
		log_info("app.stopped", log_str("instance", app.conf->instance));
	app_take_down(&app);
	return code;
}

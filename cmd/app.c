/* SPDX-License-Identifier: MIT */
#include "cmd/app.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "cmd/app_state.h"
#include "cmd/broker.h"
#include "core/log.h"
#include "core/metrics.h"

#define WORKER_JOBS_MAX    256
#define RESOLVER_JOBS_MAX  4
#define CACHE_ENTRIES      1024
#define VENDOR_CONNECTIONS 64
#define MMAP_MIN_BYTES     (128 * 1024)
#define SECOND_MS          1000

static void app_on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	struct app *app = arg;

	relay_notify(app->relay, account, entry, received_ms);
}

static void app_on_hup(void *arg)
{
	app_reload(arg);
}

static void app_on_term(void *arg)
{
	app_stop(arg);
}

static void app_on_failed_write(void *arg)
{
	(void)arg; /* a client that has gone, or a file that may not grow, is seen at the write */
}

static enum exit_code open_store(struct app *app)
{
	struct err_detail detail = {.line = 0};
	const struct store_conf conf = {
		.path = app->conf->store.path,
		.max_bytes = app->conf->store.max_bytes,
		.keep_settled_ms = app->conf->store.keep_settled_ms,
		.dedupe_for_ms = app->conf->store.dedupe_for_ms,
	};
	enum err err = store_open(app->loop, &conf, &app->store, &detail);

	if (err == ERR_OK)
		return EXIT_OK;
	if (detail.text[0] == '\0')
		err_detail_set(&detail, "%s: %s", conf.path, err_str(err));
	/* A damaged database is an input/output matter here, not the configuration's. */
	return complain_detail(err == ERR_PARSE ? EXIT_INPUT_OUTPUT : exit_code_from_err(err),
	                       &detail);
}

static enum err make_publishing(struct app *app)
{
	const struct relay_conf relay_conf = {
		.topic_prefix = app->conf->mqtt.topic_prefix,
		.instance = app->conf->instance,
		.max_inflight = app->conf->mqtt.max_inflight,
		.event_expiry_s = (uint32_t)(app->conf->mqtt.event_expiry_ms / 1000),
		.user_properties = app->conf->mqtt.version == 5,
		.settle_after_ms = RELAY_SETTLE_AFTER_MS,
		.waiting_ids = RELAY_WAITING_IDS,
		.summary_every_ms = SUMMARY_EVERY_MS,
	};
	const struct publisher_conf broker = broker_conf(app->conf);
	enum err err =
		relay_new(app->loop, app->store, &relay_conf, app->conf->sources, &app->relay);

	if (err == ERR_OK) {
		err = publisher_new(app->loop, app->resolver, &broker, &relay_publisher_ops,
		                    app->relay, &app->publisher);
	}
	return err;
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
	enum err err = ingest_new(app->store, app_on_put, app, &app->ingest);

	if (err == ERR_OK)
		err = credentials_cache_new(app->worker, CACHE_ENTRIES, &app->cache);
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

static enum err make_asking(struct app *app)
{
	const struct http_client_conf conf = {
		.user_agent = "campaign2mqtt/" CAMPAIGN2MQTT_VERSION,
		.connections = VENDOR_CONNECTIONS,
	};
	enum err err = http_client_new(app->loop, &conf, &app->http_client);

	if (err == ERR_OK) {
		err = reports_new(app->loop, app->http_client, app->ingest, app->store,
		                  &app->reports);
	}
	return err == ERR_OK ? app_set_reports(app, app->conf) : err;
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

static enum err make_base(struct app *app)
{
	enum err err = loop_new(&app->loop);

	if (err == ERR_OK)
		err = worker_new(app->loop, WORKER_JOBS_MAX, &app->worker);
	if (err == ERR_OK)
		err = worker_new(app->loop, RESOLVER_JOBS_MAX, &app->resolver);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGTERM, app_on_term, app, &app->on_term);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGINT, app_on_term, app, &app->on_int);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGHUP, app_on_hup, app, &app->on_hup);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGPIPE, app_on_failed_write, app, &app->on_pipe);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGXFSZ, app_on_failed_write, app, &app->on_xfsz);
	if (err == ERR_OK)
		err = loop_timer_new(app->loop, app_each_second, app, &app->second);
	return err;
}

static enum exit_code start(struct app *app)
{
	enum exit_code code;

	if (make_base(app) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory or threads");
	code = open_store(app);
	if (code != EXIT_OK)
		return code;
	if (make_publishing(app) != ERR_OK || make_receiving(app) != ERR_OK ||
	    make_asking(app) != ERR_OK)
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
	(void)sd_notify(0, "READY=1\nSTATUS=receiving and publishing");
	return EXIT_OK;
}

/* The order matters: whoever may still call another goes first. */
static void take_down(struct app *app)
{
	admin_free(app->admin);
	http_server_free(app->http);
	worker_free(app->worker); /* credential checks end as "later" */
	worker_free(app->resolver);
	store_close(app->store); /* deferred answers and commits of reports end here */
	reports_free(app->reports);
	http_client_free(app->http_client);
	loop_timer_free(app->second);
	loop_timer_free(app->deadline);
	webhook_free(app->webhook);
	credentials_cache_free(app->cache);
	ingest_free(app->ingest);
	publisher_free(app->publisher);
	relay_free(app->relay);
	loop_signal_free(app->on_term);
	loop_signal_free(app->on_int);
	loop_signal_free(app->on_hup);
	loop_signal_free(app->on_pipe);
	loop_signal_free(app->on_xfsz);
	loop_free(app->loop);
	conf_free(app->conf);
	metrics_free();
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
	take_down(&app);
	return code;
}

/* SPDX-License-Identifier: MIT */
/* Making and taking down the parts that `run` and `fetch` have in common. */
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "cmd/app/app_state.h"
#include "cmd/app/broker.h"
#include "core/clock.h"
#include "core/metrics.h"

#define WORKER_JOBS_MAX    256
#define RESOLVER_JOBS_MAX  4
#define VENDOR_CONNECTIONS 64
#define RUNS_END_MS        2000
#define TURN_MS            10
#define DOWNLOADS          "downloads"

static void app_on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	struct app *app = arg;

	relay_notify(app->relay, account, entry, received_ms);
}

static void app_on_term(void *arg)
{
	app_stop(arg);
}

static void app_on_failed_write(void *arg)
{
	(void)arg; /* a client that has gone, or a file that may not grow, is seen at the write */
}

enum err app_make_base(struct app *app)
{
	enum err err = loop_new(&app->loop);

	app->since_ms = clock_now_ms();
	if (err == ERR_OK)
		err = worker_new(app->loop, WORKER_JOBS_MAX, &app->worker);
	if (err == ERR_OK)
		err = worker_new(app->loop, RESOLVER_JOBS_MAX, &app->resolver);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGTERM, app_on_term, app, &app->on_term);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGINT, app_on_term, app, &app->on_int);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGPIPE, app_on_failed_write, app, &app->on_pipe);
	if (err == ERR_OK)
		err = loop_signal_new(app->loop, SIGXFSZ, app_on_failed_write, app, &app->on_xfsz);
	if (err == ERR_OK)
		err = loop_timer_new(app->loop, app_each_second, app, &app->second);
	return err;
}

enum exit_code app_open_store(struct app *app)
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

enum err app_make_publishing(struct app *app)
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
	if (err == ERR_OK)
		err = ingest_new(app->store, app_on_put, app, &app->ingest);
	return err;
}

/* What is downloaded lies beside the database: it is as secret, and on a disk that is there. */
static enum err make_reports(struct app *app)
{
	struct reports_conf conf = {.loop = app->loop,
	                            .http = app->http_client,
	                            .ingest = app->ingest,
	                            .store = app->store,
	                            .worker = app->worker};
	const char *path = app->conf->store.path;
	const char *slash = strrchr(path, '/');
	struct buf folder;
	enum err err;

	buf_init(&folder, PATH_MAX);
	(void)buf_append(&folder, path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
	err = buf_append_str(&folder, STR_LIT(DOWNLOADS));
	if (err == ERR_OK) {
		conf.folder = buf_cstr(&folder);
		err = reports_new(&conf, &app->reports);
	}
	buf_fini(&folder);
	return err;
}

enum err app_make_asking(struct app *app, const char *account)
{
	const struct http_client_conf conf = {
		.user_agent = "campaign2mqtt/" CAMPAIGN2MQTT_VERSION,
		.connections = VENDOR_CONNECTIONS,
	};
	enum err err = http_client_new(app->loop, &conf, &app->http_client);

	if (err == ERR_OK)
		err = make_reports(app);
	return err == ERR_OK ? app_set_reports(app, app->conf, account) : err;
}

/* ---- taking down ---- */

static void app_on_runs_ended(void *arg)
{
	struct app *app = arg;

	app->reports_state = APP_REPORTS_STOPPED;
}

static void turn_until_stopped(struct app *app)
{
	uint64_t deadline = clock_mono_ms() + RUNS_END_MS;

	while (app->reports_state != APP_REPORTS_STOPPED && clock_mono_ms() < deadline)
		loop_turn(app->loop, TURN_MS);
}

/* Who stops at once, or never got as far as a stop in order, has runs under way. */
static void end_runs(struct app *app)
{
	if (app->reports == NULL)
		return;
	if (app->reports_state == APP_REPORTS_ON) {
		app->reports_state = APP_REPORTS_STOPPING;
		reports_stop(app->reports, app_on_runs_ended, app);
	}
	turn_until_stopped(app);
}

/* The order matters: whoever may still call another goes first. */
void app_take_down(struct app *app)
{
	admin_free(app->admin);
	http_server_free(app->http);
	end_runs(app);
	worker_free(app->worker); /* credential checks end as "later" */
	worker_free(app->resolver);
	store_close(app->store); /* deferred answers and commits of reports end here */
	if (app->reports != NULL)
		turn_until_stopped(app);
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

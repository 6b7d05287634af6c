/* SPDX-License-Identifier: MIT */
/**
 * app_state - the parts of the daemon, and the functions by which the files cmd/app/app* make and
 * use them. Private to these; only what works through app_alone (`fetch` and `import` without a
 * daemon) sees the parts too, which are then all but the listeners and what belongs to webhooks.
 *
 * Threads:   one; every call is made from the event loop, or before it runs.
 */
#ifndef CMD_APP_APP_STATE_H
#define CMD_APP_APP_STATE_H

#include <stdbool.h>

#include "admin/admin.h"
#include "auth/credentials.h"
#include "cmd/base/command.h"
#include "conf/conf.h"
#include "core/client/http_client.h"
#include "core/http/http_server.h"
#include "core/loop.h"
#include "core/worker.h"
#include "publish/mqtt/publisher.h"
#include "publish/relay.h"
#include "receiver/ingest.h"
#include "receiver/report/reports.h"
#include "receiver/webhook/webhook.h"
#include "store/store.h"

enum app_reports_state { APP_REPORTS_ON, APP_REPORTS_STOPPING, APP_REPORTS_STOPPED };

/** All owned; NULL until made. */
struct app {
	struct conf *conf;
	struct loop *loop;
	struct worker *worker;   /* Argon2id */
	struct worker *resolver; /* name look-ups: they must not delay a vendor's answer */
	struct store *store;
	struct relay *relay;
	struct publisher *publisher;
	struct credentials_cache *cache;
	struct ingest *ingest;
	struct webhook *webhook;
	struct http_server *http;
	struct http_client *http_client;
	struct reports *reports;
	struct admin *admin;
	struct loop_timer *second;   /* housekeeping, once a second */
	struct loop_timer *deadline; /* of an orderly stop */
	struct loop_signal *on_term, *on_int, *on_hup, *on_pipe, *on_xfsz;
	bool stopping;
	bool is_degraded; /* as said on the state topic */
	bool is_drained;  /* the relay has ended before the stop */
	enum app_reports_state reports_state;
	int64_t since_ms;
};

/* ---- making (app_make.c) ---- */

/** Loop, threads, signals, timer. @return ERR_OK, ERR_NOMEM */
enum err app_make_base(struct app *app) MUST_CHECK;

/** @return EXIT_OK, or why not (said on stderr) */
enum exit_code app_open_store(struct app *app) MUST_CHECK;

/** Relay, publisher, and the one door; nothing is begun. @return ERR_OK, ERR_NOMEM */
enum err app_make_publishing(struct app *app) MUST_CHECK;

/** HTTP client and reports; nothing is begun. @param account  the only one, or NULL for all */
enum err app_make_asking(struct app *app, const char *account) MUST_CHECK;

/** Free what was made, in order. Runs that are under way end at their last commit. */
void app_take_down(struct app *app);

/* ---- settings ---- */

/** Routes of a configuration. @param ret_routes  whoever it is given to owns it. @return ERR_OK,
 * ERR_NOMEM */
enum err app_routes(const struct conf *conf, struct route_table **ret_routes) MUST_CHECK;

/** Who the vendor is asked as. Borrowed from @p account. */
struct vendor_client_conf app_vendor_conf(const struct conf_account *account);

/**
 * Ask for the reports of @p conf from now on.
 *
 * @param account  only of this one; NULL: of all
 * @return ERR_OK, ERR_NOMEM (nothing changed)
 */
enum err app_set_reports(struct app *app, const struct conf *conf, const char *account) MUST_CHECK;

/** What the listeners take. */
struct http_limits app_http_limits(const struct conf *conf);

/** SIGHUP: load the file again; take all of it or nothing. */
void app_reload(struct app *app);

/** Begin an orderly stop; the loop ends when it is done. The second call ends it at once. */
void app_stop(struct app *app);

/** Once a second: retention, gauges, state word, watchdog. Starts itself again. */
void app_each_second(void *arg);

/* ---- the admin listener ---- */

/** @param arg  the app. @param ret_text  a line for each thing is appended. @return for 200 or 503
 */
bool app_is_ready(void *arg, struct buf *ret_text);
/** Gauges that are read when somebody asks. @param arg  the app */
void app_refresh_metrics(void *arg);

/** Append the document of `status`. @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
enum err app_status(const struct app *app, struct buf *b) MUST_CHECK;

extern const struct admin_ops app_admin_ops;

#endif /* CMD_APP_APP_STATE_H */

/* SPDX-License-Identifier: MIT */
/**
 * app_state - what app.c, app_reload.c and app_stop.c share: the parts of the daemon. Private to
 * cmd/app*.
 */
#ifndef CMD_APP_STATE_H
#define CMD_APP_STATE_H

#include <stdbool.h>

#include "admin/admin.h"
#include "auth/credentials.h"
#include "conf/conf.h"
#include "core/http_client.h"
#include "core/http_server.h"
#include "core/loop.h"
#include "core/worker.h"
#include "publish/publisher.h"
#include "publish/relay.h"
#include "receiver/ingest.h"
#include "receiver/report/reports.h"
#include "receiver/webhook/webhook.h"
#include "store/store.h"

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
};

/** Routes of a configuration. @return ERR_OK, ERR_NOMEM */
enum err app_routes(const struct conf *conf, struct route_table **ret_routes) MUST_CHECK;

/** Who the vendor is asked as. */
struct vendor_client_conf app_vendor_conf(const struct conf_account *account);

/** Ask for the reports of @p conf from now on. @return ERR_OK, ERR_NOMEM (nothing changed) */
enum err app_set_reports(struct app *app, const struct conf *conf) MUST_CHECK;

struct http_limits app_http_limits(const struct conf *conf);

/** SIGHUP: load the file again; take all of it or nothing. */
void app_reload(struct app *app);

/** Begin an orderly stop; the loop ends when it is done. The second call ends it at once. */
void app_stop(struct app *app);

/** Once a second: retention, gauges, state word, watchdog. Starts itself again. */
void app_each_second(void *arg);

/** For the admin listener. */
extern const struct admin_ops app_admin_ops;

#endif /* CMD_APP_STATE_H */

/* SPDX-License-Identifier: MIT */
/* The API of the admin listener (docs/operations.md). */
#include "cmd/app/app_api.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/api/authorize_lines.h"
#include "cmd/api/fetch_lines.h"
#include "core/log.h"
#include "normalise/value/json_writer.h"
#include "receiver/report/reports_client.h"

#define BUSY_BYTES       ((size_t)1024 * 1024)
#define STATUS_MAX_BYTES ((size_t)16 * 1024 * 1024)

static const struct api_refusals fetch_refusals = {400,
                                                   "too many fetches at once; try again later"};

/* A fetch that a client reads. */
struct api_fetch {
	struct api_state state;    /* first */
	struct admin_call *call;   /* owned until it is ended */
	struct fetch_lines *lines; /* owned */
};

void api_answer_error(struct admin_call *call, unsigned status, const char *text)
{
	struct buf b;

	buf_init(&b, 4096);
	struct json_writer w = json_writer(&b);

	json_open_object(&w);
	json_member(&w, STR_LIT("error"), str_from(text));
	json_close_object(&w);
	admin_call_answer(call, status, buf_str(&b));
	buf_fini(&b);
}

void api_answer_refusal(struct admin_call *call, const struct api_refusals *refusals, enum err err,
                        const struct err_detail *detail)
{
	switch (err) {
	case ERR_PARSE:
		api_answer_error(call, refusals->parse_status, detail->text);
		return;
	case ERR_NOENT:
		api_answer_error(call, 404, detail->text);
		return;
	case ERR_LIMIT:
		api_answer_error(call, 503, refusals->limit);
		return;
	case ERR_CANCELED:
		api_answer_error(call, 503, "the daemon is stopping");
		return;
	default:
		api_answer_error(call, 503, err_str(err));
		return;
	}
}

static void answer_status(const struct app *app, struct admin_call *call)
{
	struct buf b;

	buf_init(&b, STATUS_MAX_BYTES);
	if (app_status(app, &b) == ERR_OK) {
		admin_call_answer(call, 200, buf_str(&b));
	} else {
		api_answer_error(call, 500, "too much to say, or out of memory");
	}
	buf_fini(&b);
}

/* ---- fetch ---- */

static bool fetch_on_line(void *arg, struct str line)
{
	struct api_fetch *f = arg;

	return admin_call_line(f->call, line);
}

static bool fetch_is_busy(void *arg)
{
	const struct api_fetch *f = arg;

	return admin_call_waiting(f->call) > BUSY_BYTES;
}

static void api_fetch_free(struct api_fetch *f)
{
	admin_call_end(f->call);
	fetch_lines_free(f->lines);
	free(f);
}

static void fetch_gone(struct api_state *state)
{
	api_fetch_free((struct api_fetch *)(void *)state);
}

static void fetch_on_end(void *arg)
{
	api_fetch_free(arg);
}

static void begin_fetch(struct app *app, struct admin_call *call, struct str query)
{
	static const struct fetch_lines_ops ops = {fetch_on_line, fetch_is_busy, fetch_on_end};
	struct err_detail detail = {.line = 0};
	struct api_fetch *f = calloc(1, sizeof(*f));
	enum err err = ERR_NOMEM;

	if (f != NULL) {
		err = fetch_lines_new(app->loop, app->reports, query, app->conf->mqtt.topic_prefix,
		                      &ops, f, &f->lines, &detail);
	}
	if (err != ERR_OK) {
		free(f);
		api_answer_refusal(call, &fetch_refusals, err, &detail);
		return;
	}
	f->state.gone = fetch_gone;
	f->call = call;
	admin_call_set(call, &f->state);
	admin_call_begin(call);
}

/* ---- authorize ---- */

/* A person's authorisation. */
struct api_authorize {
	struct api_state state;        /* first */
	struct app *app;               /* borrowed */
	struct admin_call *call;       /* owned until it is ended */
	struct authorize_lines *lines; /* owned */
	struct client *client;         /* a reference */
	char *account;                 /* owned */
};

static bool authorize_on_line(void *arg, struct str line)
{
	struct api_authorize *a = arg;

	return admin_call_line(a->call, line);
}

static void api_authorize_free(struct api_authorize *a)
{
	if (a->call != NULL)
		admin_call_end(a->call);
	authorize_lines_free(a->lines);
	client_unref(a->client);
	free(a->account);
	free(a);
}

static void authorize_gone(struct api_state *state)
{
	api_authorize_free((struct api_authorize *)(void *)state);
}

static void authorize_on_end(void *arg, enum err err)
{
	struct api_authorize *a = arg;

	if (err == ERR_OK) {
		log_info("app.authorized", log_str("account", a->account));
		reports_mended(a->app->reports, a->account);
	}
	api_authorize_free(a);
}

static enum err authorize_new(struct app *app, struct str query, struct api_authorize *a,
                              struct err_detail *reterr_detail)
{
	static const struct authorize_lines_ops ops = {authorize_on_line, authorize_on_end};
	struct authorize_order order = {.account = ""};
	enum err err = authorize_order_read(query, &order, reterr_detail);

	if (err == ERR_OK && strcmp(order.instance, app->conf->instance) != 0) {
		err_detail_set(reterr_detail,
		               "the daemon is \"%s\", not \"%s\": give each its own admin.address",
		               app->conf->instance, order.instance);
		err = ERR_PARSE;
	}
	if (err == ERR_OK) {
		a->client = reports_client(app->reports, order.account);
		a->account = strdup(order.account);
		err = a->account != NULL ? ERR_OK : ERR_NOMEM;
	}
	if (err == ERR_OK && a->client == NULL) {
		err_detail_set(reterr_detail, "no account \"%.64s\" with reports is configured",
		               order.account);
		err = ERR_PARSE;
	}
	if (err == ERR_OK) {
		err = authorize_lines_new(app->loop, client_vendor(a->client), &order, &ops, a,
		                          &a->lines, reterr_detail);
	}
	authorize_order_fini(&order);
	return err;
}

static void begin_authorize(struct app *app, struct admin_call *call, struct str query)
{
	struct err_detail detail = {.line = 0};
	struct api_authorize *a = calloc(1, sizeof(*a));
	enum err err = a != NULL ? authorize_new(app, query, a, &detail) : ERR_NOMEM;

	if (err != ERR_OK) {
		if (a != NULL)
			api_authorize_free(a);
		if (err == ERR_EXISTS) {
			api_answer_error(call, 503, detail.text);
		} else {
			api_answer_refusal(call, &fetch_refusals, err, &detail);
		}
		return;
	}
	a->state.gone = authorize_gone;
	a->app = app;
	a->call = call;
	admin_call_set(call, &a->state);
	admin_call_begin(call);
}

/* ---- the API ---- */

static void app_on_call(void *arg, struct admin_call *call, const struct admin_request *request)
{
	static const struct {
		const char *path, *method;
	} paths[] = {{"status", "GET"},
	             {"fetch", "POST"},
	             {"authorize", "POST"},
	             {"import", "POST"},
	             {"imported", "POST"}};

	size_t i = 0;

	while (i < sizeof(paths) / sizeof(paths[0]) && strcmp(paths[i].path, request->path) != 0)
		i++;
	if (i == sizeof(paths) / sizeof(paths[0])) {
		api_answer_error(
			call, 404,
			"the daemon has no such request: it is version " CAMPAIGN2MQTT_VERSION
			", and who asks is of another one");
	} else if (strcmp(paths[i].method, request->method) != 0) {
		api_answer_error(call, 405, "another method is wanted");
	} else if (i == 0) {
		answer_status(arg, call);
	} else if (strcmp(request->path, "import") == 0) {
		api_import(arg, call, request);
	} else {
		/* A form may be longer than a query. */
		struct str query = request->query.len > 0 ? request->query : request->body;

		if (i == 1) {
			begin_fetch(arg, call, query);
		} else if (strcmp(request->path, "imported") == 0) {
			api_imported(arg, call, query);
		} else {
			begin_authorize(arg, call, query);
		}
	}
}

static void app_on_gone(void *arg, struct admin_call *call, void *state)
{
	struct api_state *doing = state;

	(void)arg;
	(void)call;
	if (doing != NULL)
		doing->gone(doing);
}

const struct admin_ops app_admin_ops = {app_is_ready, app_refresh_metrics, app_on_call,
                                        app_on_gone};

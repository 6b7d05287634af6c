/* SPDX-License-Identifier: MIT */
/* The API of the admin listener (docs/operations.md). */
#include "cmd/app_api.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/fetch_lines.h"
#include "core/log.h"
#include "normalise/json_writer.h"

#define BUSY_BYTES       ((size_t)1024 * 1024)
#define STATUS_MAX_BYTES ((size_t)16 * 1024 * 1024)

/* A fetch that a client reads. */
struct api_fetch {
	struct api_work work;
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

static void fetch_on_gone(struct api_work *work)
{
	api_fetch_free((struct api_fetch *)work);
}

static void fetch_on_end(void *arg)
{
	api_fetch_free(arg);
}

static void answer_refusal(struct admin_call *call, enum err err, const struct err_detail *detail)
{
	switch (err) {
	case ERR_PARSE:
		api_answer_error(call, 400, detail->text);
		return;
	case ERR_LIMIT:
		api_answer_error(call, 503, "too many fetches at once; try again later");
		return;
	case ERR_CANCELED:
		api_answer_error(call, 503, "the daemon is stopping");
		return;
	default:
		api_answer_error(call, 503, err_str(err));
		return;
	}
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
		answer_refusal(call, err, &detail);
		return;
	}
	f->work.on_gone = fetch_on_gone;
	f->call = call;
	admin_call_set(call, f);
	admin_call_begin(call);
}

/* ---- the API ---- */

static void app_on_call(void *arg, struct admin_call *call, const struct admin_request *request)
{
	static const struct {
		const char *path, *method;
	} paths[] = {{"status", "GET"}, {"fetch", "POST"}, {"import", "POST"}};

	size_t i = 0;

	while (i < sizeof(paths) / sizeof(paths[0]) && strcmp(paths[i].path, request->path) != 0)
		i++;
	if (i == sizeof(paths) / sizeof(paths[0])) {
		api_answer_error(call, 404, "there is no such path");
	} else if (strcmp(paths[i].method, request->method) != 0) {
		api_answer_error(call, 405, "another method is wanted");
	} else if (i == 0) {
		answer_status(arg, call);
	} else if (i == 2) {
		api_import(arg, call, request);
	} else {
		/* A form may be longer than a query. */
		begin_fetch(arg, call, request->query.len > 0 ? request->query : request->body);
	}
}

static void app_on_gone(void *arg, struct admin_call *call, void *state)
{
	struct api_work *work = state;

	(void)arg;
	(void)call;
	if (work != NULL)
		work->on_gone(work);
}

const struct admin_ops app_admin_ops = {app_is_ready, app_refresh_metrics, app_on_call,
                                        app_on_gone};

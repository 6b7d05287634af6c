/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cmd/api/fetch_order.h"
#include "cmd/api/import_order.h"
#include "cmd/api/json_parts.h"
#include "cmd/app/app_api.h"
#include "normalise/value/json_writer.h"

#define ANSWER_MAX 256

static const struct api_refusals slice_refusals = {422, "the journal is full (store.max_bytes)"};
static const struct api_refusals order_refusals = {400, "too much at once"};

/* A slice on its way to the journal. */
struct api_slice {
	struct api_state state;  /* first */
	struct admin_call *call; /* owned until it is ended; NULL when the client is gone */
	struct import_order order;
};

static void api_slice_free(struct api_slice *s)
{
	import_order_fini(&s->order);
	free(s);
}

/* The slice stays on its way: its bytes are borrowed by the store. */
static void slice_gone(struct api_state *state)
{
	struct api_slice *s = (struct api_slice *)(void *)state;

	admin_call_end(s->call);
	s->call = NULL;
}

static void answer_entry(struct admin_call *call, int64_t entry)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	struct json_writer w = json_writer(&b);

	json_open_object(&w);
	json_parts_number(&w, STR_LIT("entry"), (uint64_t)entry);
	json_close_object(&w);
	admin_call_answer(call, 200, buf_str(&b));
	buf_fini(&b);
}

static void slice_on_put(void *arg, enum err err, int64_t entry)
{
	struct api_slice *s = arg;

	if (s->call != NULL && err == ERR_OK) {
		answer_entry(s->call, entry);
	} else if (s->call != NULL) {
		api_answer_error(s->call, 503, "the journal cannot be written");
	}
	api_slice_free(s);
}

/* ---- a report is imported whole ---- */

static void answer_settled(struct admin_call *call, bool is_settled)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	struct json_writer w = json_writer(&b);

	json_open_object(&w);
	json_key(&w, STR_LIT("settled"));
	json_bool(&w, is_settled);
	json_close_object(&w);
	admin_call_answer(call, 200, buf_str(&b));
	buf_fini(&b);
}

static bool is_configured(const struct app *app, const struct fetch_order *order)
{
	return source_table_find(app->conf->sources, str_from(order->account),
	                         str_from(order->report)) != NULL;
}

void api_imported(struct app *app, struct admin_call *call, struct str query)
{
	struct err_detail detail = {.line = 0};
	struct fetch_order order;
	enum err err = fetch_order_read(query, &order, &detail);

	if (err != ERR_OK) {
		api_answer_refusal(call, &order_refusals, err, &detail);
		return;
	}
	if (!is_configured(app, &order)) {
		api_answer_error(call, 404, "there is no such account, or it has no such report");
	} else if (app->stopping) {
		api_answer_error(call, 503, "the daemon is stopping");
	} else {
		answer_settled(call, reports_brought(app->reports, str_from(order.account),
		                                     str_from(order.report), order.values,
		                                     order.value_count));
	}
	fetch_order_fini(&order);
}

/* ---- slices ---- */

void api_import(struct app *app, struct admin_call *call, const struct admin_request *request)
{
	struct err_detail detail = {.line = 0};
	struct api_slice *s = calloc(1, sizeof(*s));
	enum err err = app->stopping ? ERR_CANCELED : ERR_NOMEM;

	if (s != NULL && !app->stopping) {
		err = import_order_read(app->conf, request->query, request->body, &s->order,
		                        &detail);
	}
	if (err == ERR_OK)
		err = ingest_put(app->ingest, &s->order.payload, NULL, slice_on_put, s);
	if (err != ERR_OK) {
		if (s != NULL)
			api_slice_free(s);
		api_answer_refusal(call, &slice_refusals, err, &detail);
		return;
	}
	s->state.gone = slice_gone;
	s->call = call;
	admin_call_set(call, &s->state);
}

/* SPDX-License-Identifier: MIT */
#include "cmd/api/fetch_lines.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/api/event_lines.h"
#include "cmd/api/fetch_order.h"
#include "cmd/api/fetch_words.h"
#include "cmd/api/json_parts.h"
#include "core/obj.h"

#define LINES_MAGIC    0x66746c21U
#define LINE_MAX_BYTES ((size_t)65 * 1024 * 1024)

struct fetch_lines {
	unsigned magic;
	struct reports *reports;          /* borrowed */
	struct report_fetching *fetching; /* borrowed; NULL once it is over */
	char *account;                    /* owned */
	struct loop_timer *timer;         /* owned; ends it outside of its callbacks */
	struct buf line;
	const char *topic_prefix; /* borrowed */
	struct fetch_lines_ops ops;
	void *arg;
	bool is_unread; /* nobody reads on */
};

/* ---- lines ---- */

static struct json_writer begin_line(struct fetch_lines *l, struct str kind)
{
	struct json_writer w;

	buf_reset(&l->line);
	w = json_writer(&l->line);
	json_open_object(&w);
	json_key(&w, kind);
	return w;
}

static void end_line(struct fetch_lines *l, struct json_writer *w)
{
	json_close_object(w);
	if (l->is_unread)
		return;
	if (buf_err(&l->line) == ERR_OK && l->ops.on_line(l->arg, buf_str(&l->line)))
		return;
	l->is_unread = true;
	loop_timer_start(l->timer, 0);
}

static void on_progress(void *arg, const struct report_value *values, size_t count,
                        const struct report_progress *p)
{
	struct fetch_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	struct json_writer w = begin_line(l, STR_LIT("progress"));

	json_open_object(&w);
	fetch_write_counts(&w, values, count, p);
	fetch_write_place(&w, p);
	if (p->job.state != NULL)
		json_parts_job(&w, &p->job, p->job.by);
	json_close_object(&w);
	end_line(l, &w);
}

static bool on_event_line(void *arg, struct str event)
{
	struct fetch_lines *l = arg;
	struct json_writer w = begin_line(l, STR_LIT("event"));

	json_raw(&w, event);
	end_line(l, &w);
	return !l->is_unread;
}

static void on_bad(void *arg, const char *text)
{
	struct fetch_lines *l = arg;
	struct json_writer w = begin_line(l, STR_LIT("bad"));

	json_open_object(&w);
	json_member(&w, STR_LIT("text"), str_from(text));
	json_close_object(&w);
	end_line(l, &w);
}

static bool on_payload(void *arg, struct source *source, const struct payload *payload)
{
	static const struct event_lines_ops ops = {on_event_line, on_bad};
	struct fetch_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	if (l->is_unread)
		return true;
	if (l->ops.is_busy != NULL && l->ops.is_busy(l->arg))
		return false;
	if (event_lines(source, payload, l->topic_prefix, &ops, l) == ERR_NOMEM)
		on_bad(l, "out of memory: events are missing here");
	return true;
}

/* ---- a vendor that refuses the credentials ---- */

struct look {
	const char *account;
	bool is_refused;
};

static void look_on_account(void *arg, const struct account_status *status)
{
	struct look *look = arg;

	if (strcmp(status->account, look->account) == 0)
		look->is_refused = strcmp(status->client.auth, "ok") != 0;
}

static void look_on_report(void *arg, const struct report_status *status)
{
	(void)arg;
	(void)status;
}

/* Such a vendor is left in peace for a while; for a person the reason counts, not the pause. */
static bool is_refused(const struct fetch_lines *l)
{
	struct look look = {.account = l->account};

	reports_status(l->reports, look_on_account, look_on_report, &look);
	return look.is_refused;
}

static enum report_end true_end(const struct fetch_lines *l, enum report_end end)
{
	return end == REPORT_LATER && is_refused(l) ? REPORT_UNAUTHORIZED : end;
}

static void on_run(void *arg, const struct report_value *values, size_t count,
                   const struct report_result *result)
{
	struct fetch_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	struct json_writer w = begin_line(l, STR_LIT("run"));

	json_open_object(&w);
	fetch_write_counts(&w, values, count, &result->progress);
	json_member(&w, STR_LIT("end"), str_from(fetch_end_word(true_end(l, result->end))));
	if (result->end == REPORT_LATER)
		json_parts_number(&w, STR_LIT("retry_seconds"), (result->retry_ms + 999) / 1000);
	json_member(&w, STR_LIT("text"), str_from(result->text));
	if (result->progress.job.state != NULL)
		json_parts_job(&w, &result->progress.job, result->progress.job.by);
	json_close_object(&w);
	end_line(l, &w);
}

static void on_done(void *arg, enum err err, const char *text)
{
	struct fetch_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	struct json_writer w = begin_line(l, STR_LIT("done"));

	l->fetching = NULL;
	if (err == ERR_AGAIN && is_refused(l))
		err = ERR_AUTH;
	json_open_object(&w);
	json_member(&w, STR_LIT("err"), str_from(fetch_err_word(err)));
	json_member(&w, STR_LIT("text"), str_from(text));
	json_close_object(&w);
	end_line(l, &w);
	if (!l->is_unread)
		l->ops.on_end(l->arg); /* may free us */
}

/* ---- life ---- */

static void drop(struct fetch_lines *l)
{
	if (l->fetching != NULL)
		reports_fetch_drop(l->fetching);
	l->fetching = NULL;
}

static void lines_on_unread(void *arg)
{
	struct fetch_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	drop(l);
	l->ops.on_end(l->arg); /* may free us */
}

static enum err begin(struct fetch_lines *l, struct fetch_order *order)
{
	static const struct report_fetch_ops real = {
		.on_progress = on_progress, .on_run = on_run, .on_done = on_done};
	static const struct report_fetch_ops dry = {on_progress, on_payload, on_run, on_done};
	const struct report_fetch fetch = {
		.account = str_from(order->account),
		.report = str_from(order->report),
		.values = order->values,
		.value_count = order->value_count,
		.from_ms = order->from_ms,
		.to_ms = order->to_ms,
		.is_dry = order->is_dry,
	};

	enum err err =
		reports_fetch(l->reports, &fetch, order->is_dry ? &dry : &real, l, &l->fetching);

	l->account = order->account;
	order->account = NULL;
	return err;
}

enum err fetch_lines_new(struct loop *loop, struct reports *reports, struct str query,
                         const char *topic_prefix, const struct fetch_lines_ops *ops, void *arg,
                         struct fetch_lines **ret_lines, struct err_detail *reterr_detail)
{
	struct fetch_order order = {.account = NULL};
	struct fetch_lines *l = calloc(1, sizeof(*l));
	enum err err = ERR_NOMEM;

	if (l == NULL)
		return err;
	l->magic = LINES_MAGIC;
	l->reports = reports;
	l->topic_prefix = topic_prefix;
	l->ops = *ops;
	l->arg = arg;
	buf_init(&l->line, LINE_MAX_BYTES);
	err = fetch_order_read(query, &order, reterr_detail);
	if (err == ERR_OK)
		err = loop_timer_new(loop, lines_on_unread, l, &l->timer);
	if (err == ERR_OK)
		err = begin(l, &order);
	fetch_order_fini(&order);
	if (err == ERR_OK) {
		*ret_lines = l;
		l = NULL;
	}
	fetch_lines_free(l);
	return err;
}

void fetch_lines_free(struct fetch_lines *l)
{
	if (l == NULL)
		return;
	drop(l);
	loop_timer_free(l->timer);
	free(l->account);
	buf_fini(&l->line);
	OBJ_POISON(l);
	free(l);
}

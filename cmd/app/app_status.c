/* SPDX-License-Identifier: MIT */
/* The document of `status`. */
#include <assert.h>

#include "cmd/api/json_parts.h"
#include "cmd/app/app_state.h"
#include "core/clock.h"

struct document {
	const struct app *app;
	struct json_writer w;
	bool is_in_account;
};

static void write_journal(struct document *d, const struct store_stats *store,
                          const struct relay_stats *relay)
{
	struct json_writer *w = &d->w;

	json_key(w, STR_LIT("journal"));
	json_open_object(w);
	json_parts_number(w, STR_LIT("entries"), store->waiting);
	json_parts_number(w, STR_LIT("bytes"), store->waiting_bytes);
	if (store->waiting > 0 && relay->oldest_ms > 0) {
		json_key(w, STR_LIT("oldest_seconds"));
		json_int(w, (clock_now_ms() - relay->oldest_ms) / 1000);
	}
	json_key(w, STR_LIT("is_full"));
	json_bool(w, store->is_full);
	json_member(w, STR_LIT("failure"), str_from(store->is_failing ? store->failure : ""));
	json_close_object(w);
}

static void write_broker(struct document *d, const struct relay_stats *relay)
{
	struct json_writer *w = &d->w;
	bool is_up = publisher_is_up(d->app->publisher);

	json_key(w, STR_LIT("broker"));
	json_open_object(w);
	json_key(w, STR_LIT("connected"));
	json_bool(w, is_up);
	if (!is_up)
		json_member(w, STR_LIT("trouble"), str_from(publisher_trouble(d->app->publisher)));
	json_parts_number(w, STR_LIT("inflight"), relay->inflight);
	json_parts_number(w, STR_LIT("refused_lanes"), relay->paused_lanes);
	json_close_object(w);
}

static void end_account(struct document *d)
{
	if (!d->is_in_account)
		return;
	json_close_array(&d->w);
	json_close_object(&d->w);
	d->is_in_account = false;
}

static void begin_account(struct document *d, const char *account, const char *vendor)
{
	end_account(d);
	d->is_in_account = true;
	json_open_object(&d->w);
	json_member(&d->w, STR_LIT("account"), str_from(account));
	json_member(&d->w, STR_LIT("vendor"), str_from(vendor));
}

static void begin_reports(struct document *d)
{
	json_key(&d->w, STR_LIT("reports"));
	json_open_array(&d->w);
}

static void on_account(void *arg, const struct account_status *a)
{
	struct document *d = arg;
	struct json_writer *w = &d->w;

	begin_account(d, a->account, a->vendor);
	json_member(w, STR_LIT("circuit"), str_from(a->client.circuit));
	if (a->client.open_ms > 0)
		json_parts_number(w, STR_LIT("open_seconds"), (a->client.open_ms + 999) / 1000);
	if (a->client.wait_ms > 0)
		json_parts_number(w, STR_LIT("wait_seconds"), (a->client.wait_ms + 999) / 1000);
	json_member(w, STR_LIT("auth"), str_from(a->client.auth));
	json_parts_number(w, STR_LIT("waiting"), a->client.waiting);
	json_parts_number(w, STR_LIT("active"), a->client.active);
	json_member(w, STR_LIT("trouble"), str_from(a->client.trouble));
	begin_reports(d);
}

/* As the configuration has it now; "" when it is not there any more. */
static const char *ready_by(const struct app *app, const char *account, const char *report)
{
	static const char *const words[] = {
		[READY_MAILBOX] = "mailbox", [READY_POLL] = "poll", [READY_HANDOFF] = "handoff"};
	struct source *source =
		source_table_find(app->conf->sources, str_from(account), str_from(report));
	const struct profile_report *spec =
		source != NULL ? profile_report(source_profile(source), str_from(report)) : NULL;

	return spec != NULL && spec->job != NULL ? words[spec->job->by] : "";
}

static void on_report(void *arg, const struct report_status *r)
{
	struct document *d = arg;
	struct json_writer *w = &d->w;

	assert(d->is_in_account);
	json_open_object(w);
	json_member(w, STR_LIT("report"), str_from(r->report));
	json_parts_values(w, r->values, r->value_count);
	json_member(w, STR_LIT("state"), str_from(r->state));
	json_parts_time(w, STR_LIT("last_begin"), r->last_begin_ms);
	json_parts_time(w, STR_LIT("last_done"), r->last_done_ms);
	json_parts_time(w, STR_LIT("next"), r->next_ms);
	json_parts_time(w, STR_LIT("watermark"), r->watermark_ms);
	json_parts_number(w, STR_LIT("pages"), r->pages);
	json_parts_number(w, STR_LIT("rows"), r->rows);
	json_member(w, STR_LIT("trouble"), str_from(r->trouble));
	if (r->job.state != NULL)
		json_parts_job(w, &r->job, ready_by(d->app, r->account, r->report));
	json_close_object(w);
}

/* A mailbox's user is often a person's address: enough of it to tell two apart. */
static void write_user(struct document *d, const char *username)
{
	char text[] = "?***";

	if (username[0] > ' ' && username[0] < 0x7f)
		text[0] = username[0];
	json_member(&d->w, STR_LIT("username"), str_from(text));
}

static void on_mailbox(void *arg, const char *url, const char *username,
                       const struct completion_status *status)
{
	struct document *d = arg;
	struct json_writer *w = &d->w;

	json_open_object(w);
	json_member(w, STR_LIT("url"), str_from(url));
	write_user(d, username);
	json_member(w, STR_LIT("state"), str_from(completion_state_str(status->state)));
	json_parts_time(w, STR_LIT("since"), status->since_ms);
	json_parts_time(w, STR_LIT("last_look"), status->looked_at_ms);
	json_parts_number(w, STR_LIT("jobs"), status->jobs);
	if (status->end != IMAP_END_OK)
		json_member(w, STR_LIT("cause"), str_from(imap_end_str(status->end)));
	json_member(w, STR_LIT("text"), str_from(status->text));
	json_close_object(w);
}

/* Accounts that only have webhooks. */
static void write_others(struct document *d)
{
	for (size_t i = 0; i < d->app->conf->account_count; i++) {
		const struct conf_account *a = &d->app->conf->accounts[i];

		if (a->report_count > 0)
			continue;
		begin_account(d, a->name, profile_name(a->profile));
		begin_reports(d);
	}
}

static const char *state_word(const struct app *app)
{
	if (app->stopping)
		return "stopping";
	return app->is_degraded ? "degraded" : "ready";
}

enum err app_status(const struct app *app, struct buf *b)
{
	struct document d = {.app = app, .w = json_writer(b)};
	struct store_stats store;
	struct relay_stats relay;

	store_stats(app->store, &store);
	relay_stats(app->relay, &relay);
	json_open_object(&d.w);
	json_member(&d.w, STR_LIT("instance"), str_from(app->conf->instance));
	json_member(&d.w, STR_LIT("version"), STR_LIT(CAMPAIGN2MQTT_VERSION));
	json_parts_time(&d.w, STR_LIT("since"), app->since_ms);
	json_member(&d.w, STR_LIT("state"), str_from(state_word(app)));
	write_journal(&d, &store, &relay);
	write_broker(&d, &relay);
	json_key(&d.w, STR_LIT("accounts"));
	json_open_array(&d.w);
	reports_status(app->reports, on_account, on_report, &d);
	write_others(&d);
	end_account(&d);
	json_close_array(&d.w);
	json_key(&d.w, STR_LIT("mailboxes"));
	json_open_array(&d.w);
	reports_mailboxes(d.app->reports, on_mailbox, &d);
	json_close_array(&d.w);
	json_close_object(&d.w);
	return buf_err(b);
}

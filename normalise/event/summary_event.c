/* SPDX-License-Identifier: MIT */
#include "normalise/event/summary_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "normalise/event/event_attributes.h"
#include "normalise/value/json_writer.h"

/* Ids and names of campaigns are at most as long as a payload lets them be. */
#define JSON_MAX ((size_t)16 * 1024 * 1024)
#define TEXT_MAX 8192
#define RATE_MAX 1e12

void summary_event_init(struct summary_event *ev)
{
	*ev = (struct summary_event){.id_text = ""};
	buf_init(&ev->source, TEXT_MAX);
	buf_init(&ev->subject, TEXT_MAX);
	buf_init(&ev->json, JSON_MAX);
}

void summary_event_fini(struct summary_event *ev)
{
	buf_fini(&ev->source);
	buf_fini(&ev->subject);
	buf_fini(&ev->json);
}

/* ---- identity ---- */

static void add_text(crypto_generichash_state *h, struct str text)
{
	const unsigned char len[] = {(unsigned char)(text.len >> 24),
	                             (unsigned char)(text.len >> 16),
	                             (unsigned char)(text.len >> 8), (unsigned char)text.len};

	(void)crypto_generichash_update(h, len, sizeof(len));
	if (text.len > 0)
		(void)crypto_generichash_update(h, (const unsigned char *)text.ptr, text.len);
}

/* As the id of a campaign event of the status `summary` whose key is level and change. */
static void write_id(const struct summary_fact *fact, char ret_text[2 * EVENT_ID_BYTES + 1])
{
	static const unsigned char ordinal[4] = {0};
	unsigned char id[EVENT_ID_BYTES];
	char change[24];
	crypto_generichash_state h;

	(void)snprintf(change, sizeof(change), "%" PRIu64, fact->change);
	(void)crypto_generichash_init(&h, NULL, 0, sizeof(id));
	add_text(&h, fact->account);
	add_text(&h, STR_LIT("campaign"));
	add_text(&h, STR_LIT("summary"));
	add_text(&h, fact->level);
	add_text(&h, str_from(change));
	(void)crypto_generichash_update(&h, ordinal, sizeof(ordinal));
	(void)crypto_generichash_final(&h, id, sizeof(id));
	(void)sodium_bin2hex(ret_text, 2 * EVENT_ID_BYTES + 1, id, sizeof(id));
}

/* ---- counts and rates ---- */

/* One number for each status, of one basis where there is a choice. */
struct chosen {
	bool is_observed; /* something of the campaign is */
	bool is_known[STATUS_COUNT];
	int64_t counts[STATUS_COUNT];
};

static void choose(const struct summary_fact *fact, struct chosen *ret_chosen)
{
	struct chosen c = {.is_observed = false};

	for (int i = 0; i < STATUS_COUNT; i++) {
		const struct summary_count *from = &fact->counts[i];

		c.is_observed = c.is_observed || from->is_observed;
		c.is_known[i] = from->is_observed || from->is_vendors;
		c.counts[i] = from->is_observed ? from->observed : from->vendors;
		/* A vendor that corrects itself below nothing: nobody reads that as a number. */
		if (c.counts[i] < 0)
			c.counts[i] = 0;
	}
	*ret_chosen = c;
}

static void write_counts(struct json_writer *w, const struct chosen *c)
{
	json_key(w, STR_LIT("counts"));
	json_open_object(w);
	for (int i = 0; i < STATUS_COUNT; i++) {
		if (!c->is_known[i])
			continue;
		json_key(w, str_from(status_str((enum status)i)));
		json_int(w, c->counts[i]);
	}
	json_close_object(w);
}

/* With four decimals, by whole numbers: the locale has no say in it. */
static void write_rate(struct json_writer *w, int64_t part, int64_t whole)
{
	double rate = (double)part / (double)whole;
	uint64_t n = (uint64_t)((rate < RATE_MAX ? rate : RATE_MAX) * 10000 + 0.5);
	char text[48];

	(void)snprintf(text, sizeof(text), "%" PRIu64 ".%04" PRIu64, n / 10000, n % 10000);
	json_raw(w, str_from(text));
}

static void write_rates(struct json_writer *w, const struct chosen *c)
{
	enum status of = c->is_known[STATUS_SENT] ? STATUS_SENT : STATUS_DELIVERED;
	size_t n = 0;

	if (c->counts[of] <= 0)
		return;
	for (int i = 0; i < STATUS_COUNT; i++) {
		if (!c->is_known[i] || i == (int)of)
			continue;
		if (n++ == 0) {
			json_key(w, STR_LIT("rates"));
			json_open_object(w);
		}
		json_key(w, str_from(status_str((enum status)i)));
		write_rate(w, c->counts[i], c->counts[of]);
	}
	if (n > 0)
		json_close_object(w);
}

/* ---- the event ---- */

static void write_campaign(struct json_writer *w, const struct summary_fact *fact)
{
	if (fact->campaign_id.len == 0)
		return;
	json_key(w, STR_LIT("campaign"));
	json_open_object(w);
	json_member(w, STR_LIT("id"), fact->campaign_id);
	json_member(w, STR_LIT("name"), fact->campaign_name);
	json_close_object(w);
}

static void write_data(struct json_writer *w, const struct summary_fact *fact, const char *time)
{
	struct chosen c;

	choose(fact, &c);
	json_key(w, STR_LIT("data"));
	json_open_object(w);
	json_member(w, STR_LIT("vendor"), fact->vendor);
	json_member(w, STR_LIT("account"), fact->account);
	write_campaign(w, fact);
	json_member(w, STR_LIT("basis"), c.is_observed ? STR_LIT("observed") : STR_LIT("vendor"));
	write_counts(w, &c);
	write_rates(w, &c);
	json_key(w, STR_LIT("times"));
	json_open_object(w);
	json_member(w, STR_LIT("received"), str_from(time));
	json_member(w, STR_LIT("from"), STR_LIT("received"));
	json_close_object(w);
	json_close_object(w);
}

static enum err write_attributes(const struct summary_fact *fact, struct summary_event *ev)
{
	char *account = str_dup(fact->account);
	enum err err;

	if (account == NULL)
		return ERR_NOMEM;
	event_source_append(&ev->source, fact->instance, account);
	(void)buf_append_str(&ev->subject, STR_LIT("campaigns/"));
	(void)buf_append_str(&ev->subject, fact->level);
	write_id(fact, ev->id_text);
	timestamp_print(fact->changed_ms, ev->time);
	err = buf_err(&ev->source);
	free(account);
	return err != ERR_OK ? err : buf_err(&ev->subject);
}

enum err summary_event_write(const struct summary_fact *fact, struct summary_event *ev)
{
	struct json_writer w = json_writer(&ev->json);
	enum err err = write_attributes(fact, ev);

	if (err != ERR_OK)
		return err;
	json_open_object(&w);
	json_member(&w, STR_LIT("specversion"), STR_LIT("1.0"));
	json_member(&w, STR_LIT("id"), str_from(ev->id_text));
	json_member(&w, STR_LIT("source"), buf_str(&ev->source));
	json_member(&w, STR_LIT("type"), STR_LIT(SUMMARY_EVENT_TYPE));
	json_member(&w, STR_LIT("subject"), buf_str(&ev->subject));
	json_member(&w, STR_LIT("time"), str_from(ev->time));
	json_member(&w, STR_LIT("datacontenttype"), STR_LIT("application/json"));
	write_data(&w, fact, ev->time);
	json_close_object(&w);
	return buf_err(&ev->json);
}

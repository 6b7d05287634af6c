/* SPDX-License-Identifier: MIT */
#include "core/ascii.h"
#include "normalise/event/event_attributes.h"
#include "normalise/event/extra.h"
#include "normalise/event/fact.h"
#include "normalise/value/json_writer.h"
#include "normalise/value/timestamp.h"

#define DECIMAL_SIZE     21 /* "-9223372036854775808" */
#define PLAIN_DIGITS_MAX 15 /* that every reader keeps exactly */

/*
 * Names are literals that need no look at their characters, so they are written as they stand:
 * KEY("vendor") is `"vendor":` and OPEN("vendor") is `"vendor":"`.
 */
#define KEY(name)  STR_LIT("\"" name "\":")
#define OPEN(name) STR_LIT("\"" name "\":\"")

static void write_key(struct json_writer *w, struct str key)
{
	json_raw(w, key);
	w->need_comma = false;
}

static void open_object(struct json_writer *w, struct str key)
{
	write_key(w, key);
	json_open_object(w);
}

/* A vendor's text; left out when empty. */
static void write_text(struct json_writer *w, struct str key, struct str text)
{
	if (text.len == 0)
		return;
	write_key(w, key);
	json_string(w, text);
}

/* A text of ours that has nothing to escape; @p key ends with the opening quote. */
static void write_plain(struct json_writer *w, struct str key, struct str text)
{
	json_raw(w, key);
	(void)buf_append_str(w->buf, text);
	(void)buf_append_char(w->buf, '"');
}

/* Without printf: it would cost more than the rest of the event's numbers together. */
static struct str decimal(int64_t number, char text[DECIMAL_SIZE])
{
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char *at = text + DECIMAL_SIZE;

	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		*--at = '-';
	return (struct str){at, (size_t)(text + DECIMAL_SIZE - at)};
}

static void write_number(struct json_writer *w, struct str key, int64_t number)
{
	char text[DECIMAL_SIZE];

	write_key(w, key);
	json_raw(w, decimal(number, text));
}

static void write_time(struct json_writer *w, struct str key, int64_t ms)
{
	char text[TIMESTAMP_TEXT_SIZE];

	timestamp_print(ms, text);
	write_plain(w, key, (struct str){text, sizeof(text) - 1});
}

static bool is_plain_int(struct str text)
{
	if (text.len > PLAIN_DIGITS_MAX || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!ascii_is_digit(text.ptr[i]))
			return false;
	}
	return true;
}

static void write_field(struct json_writer *w, const struct fact *fact, enum field field,
                        struct str key)
{
	struct str text = fact->fields[field];

	json_key(w, key);
	switch (field_defs[field].kind) {
	case FIELD_KIND_BOOL:
		json_bool(w, str_eq(text, STR_LIT("true")));
		break;
	case FIELD_KIND_INT:
		if (is_plain_int(text)) {
			json_raw(w, text);
		} else {
			json_string(w, text);
		}
		break;
	case FIELD_KIND_PAIRS:
		json_value(w, fact->pairs);
		break;
	case FIELD_KIND_TEXT:
	case FIELD_KIND_TIME:
		json_string(w, text);
		break;
	}
}

static bool has_field(const struct fact *fact, enum field field)
{
	if (field_defs[field].kind == FIELD_KIND_PAIRS)
		return fact->pairs != NULL && fact->pairs->count > 0;
	return fact->fields[field].len > 0;
}

/* The fields from @p first to @p last, "object.member" within its object. The table keeps the
 * members of an object together. */
static void write_fields(struct json_writer *w, const struct fact *fact, enum field first,
                         enum field last)
{
	struct str now = STR_EMPTY; /* object that is open */

	for (enum field f = first; f <= last; f++) {
		struct str object;
		struct str member;

		if (!has_field(fact, f))
			continue;
		if (!str_cut(str_from(field_defs[f].name), '.', &object, &member)) {
			member = object;
			object = STR_EMPTY;
		}
		if (!str_eq(object, now)) {
			if (now.len > 0)
				json_close_object(w);
			if (object.len > 0) {
				json_key(w, object);
				json_open_object(w);
			}
			now = object;
		}
		write_field(w, fact, f, member);
	}
	if (now.len > 0)
		json_close_object(w);
}

/* A campaign that has only a name has it for its id too, so that `id` is always there. */
static void write_campaign(struct json_writer *w, const struct fact *fact)
{
	bool is_name;
	struct str id = fact_campaign(fact, &is_name);

	if (id.len == 0)
		return;
	open_object(w, KEY("campaign"));
	write_text(w, KEY("id"), id);
	write_text(w, KEY("name"), fact->fields[FIELD_CAMPAIGN_NAME]);
	json_close_object(w);
}

static void write_status(struct json_writer *w, const struct fact *fact, struct event *e)
{
	write_plain(w, OPEN("status"), str_from(status_str(fact->status)));
	write_text(w, KEY("vendor_status"), fact->vendor_status);
	write_plain(w, OPEN("outcome"), str_from(status_outcome(fact->status)));
	write_key(w, KEY("final"));
	json_bool(w, status_is_final(fact->status));
	if (fact->has_count) {
		write_number(w, KEY("count"), fact->count);
		e->delta_at = w->buf->len;
	}
	if (fact->has_delta)
		write_number(w, KEY("delta"), fact->delta);
}

static void write_times(struct json_writer *w, const struct fact *fact)
{
	open_object(w, KEY("times"));
	if (fact->has_time)
		write_time(w, OPEN("occurred"), fact->time_ms);
	write_text(w, KEY("sent"), fact->fields[FIELD_TIMES_SENT]);
	write_time(w, OPEN("received"), fact->payload->received_ms);
	write_plain(w, OPEN("from"), fact->has_time ? STR_LIT("vendor") : STR_LIT("received"));
	write_text(w, KEY("vendor_text"), fact->vendor_time);
	json_close_object(w);
}

static void write_ingest(struct json_writer *w, const struct payload *payload)
{
	open_object(w, KEY("ingest"));
	write_plain(w, OPEN("via"), str_from(payload_via_str(payload->via)));
	write_text(w, KEY("source"), payload->source);
	if (payload->entry != 0)
		write_number(w, KEY("entry"), payload->entry);
	write_text(w, KEY("verified"), payload->verified);
	json_close_object(w);
}

static void write_data(struct json_writer *w, const struct fact *fact, struct event *e)
{
	json_open_object(w);
	write_text(w, KEY("vendor"), str_from(fact->vendor));
	write_text(w, KEY("account"), str_from(fact->account));
	write_text(w, KEY("channel"), fact->fields[FIELD_CHANNEL]);
	write_campaign(w, fact);
	write_fields(w, fact, FIELD_MESSAGE_ID, FIELD_RECIPIENT_CONTACT_ID);
	write_status(w, fact, e);
	write_times(w, fact);
	write_fields(w, fact, FIELD_REASON, FIELD_NODE_NAME);
	extra_write(w, fact->record);
	write_ingest(w, fact->payload);
	json_close_object(w);
}

static void write_event(struct json_writer *w, const struct fact *fact, struct event *e)
{
	json_open_object(w);
	write_plain(w, OPEN("specversion"), STR_LIT("1.0"));
	write_plain(w, OPEN("id"), e->id_text);
	write_plain(w, OPEN("source"), e->source);
	write_plain(w, OPEN("type"), e->type);
	write_plain(w, OPEN("subject"), e->subject);
	write_plain(w, OPEN("time"), e->time);
	write_plain(w, OPEN("datacontenttype"), STR_LIT("application/json"));
	write_key(w, KEY("data"));
	write_data(w, fact, e);
	json_close_object(w);
}

enum err event_write(const struct fact *fact, struct buf *scratch, struct buf *json,
                     struct event *ret_event)
{
	struct json_writer w = json_writer(json);
	struct event e = {
		.status = fact->status,
		.is_campaign = fact->is_campaign,
		.is_unknown_word = fact->is_unknown_word,
		.vendor_status = fact->vendor_status,
		.account = str_from(fact->account),
		.campaign_name = fact->fields[FIELD_CAMPAIGN_NAME],
		.has_count = fact->has_count,
		.count = fact->has_count ? fact->count : 0,
	};

	buf_reset(scratch);
	buf_reset(json);
	event_id(fact, e.id);
	if (fact->has_count)
		event_tally(fact, e.tally);

	enum err err = event_attributes_write(fact, scratch, &e);

	if (err != ERR_OK)
		return err;
	write_event(&w, fact, &e);
	if (buf_err(json) != ERR_OK)
		return buf_err(json);
	e.json = buf_str(json);
	*ret_event = e;
	return ERR_OK;
}

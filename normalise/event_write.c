/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "normalise/extra.h"
#include "normalise/fact.h"
#include "normalise/json_writer.h"
#include "normalise/timestamp.h"
#include "normalise/topic_level.h"

#define DECIMAL_SIZE     21 /* "-9223372036854775808" */
#define PLAIN_DIGITS_MAX 15 /* that every reader keeps exactly */

/* The texts of an event, one behind the other in the scratch buffer. */
enum text { TEXT_ID, TEXT_SOURCE, TEXT_TYPE, TEXT_SUBJECT, TEXT_TIME, TEXT_COUNT };

#define SUBJECT_CAMPAIGN STR_LIT("campaigns/")
#define SUBJECT_MESSAGE  STR_LIT("/messages/")

/* ---- attributes ---- */

static bool is_path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~!$&'()*+,;=:@", c) != NULL);
}

/* One segment of a URI path (RFC 3986 section 3.3). */
static void put_segment(struct buf *b, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	(void)buf_append_char(b, '/');
	for (; *text != '\0'; text++) {
		const char escape[] = {'%', hex[(unsigned char)*text >> 4],
		                       hex[(unsigned char)*text & 15]};

		if (is_path_char(*text)) {
			(void)buf_append_char(b, *text);
		} else {
			(void)buf_append(b, escape, sizeof(escape));
		}
	}
}

static void put_hex(struct buf *b, const uint8_t id[EVENT_ID_BYTES])
{
	static const char hex[] = "0123456789abcdef";
	char text[2 * EVENT_ID_BYTES];

	for (size_t i = 0; i < EVENT_ID_BYTES; i++) {
		text[2 * i] = hex[id[i] >> 4];
		text[2 * i + 1] = hex[id[i] & 15];
	}
	(void)buf_append(b, text, sizeof(text));
}

static void put_type(struct buf *b, const struct fact *fact)
{
	(void)buf_append_str(b, fact->is_campaign ? STR_LIT("campaign2mqtt.campaign.")
	                                          : STR_LIT("campaign2mqtt.message."));
	(void)buf_append_str(b, str_from(status_str(fact->status)));
	(void)buf_append_str(b, STR_LIT(".v1"));
}

static void put_subject(struct buf *b, const struct fact *fact, const char *level)
{
	(void)buf_append_str(b, SUBJECT_CAMPAIGN);
	(void)buf_append_str(b, str_from(level));
	if (fact->fields[FIELD_MESSAGE_ID].len == 0)
		return;
	(void)buf_append_str(b, SUBJECT_MESSAGE);
	topic_level_append(b, fact->fields[FIELD_MESSAGE_ID]);
}

/* The campaign's id, else its name. */
static struct str campaign_of(const struct fact *fact, bool *ret_is_name)
{
	*ret_is_name = fact->fields[FIELD_CAMPAIGN_ID].len == 0;
	return fact->fields[*ret_is_name ? FIELD_CAMPAIGN_NAME : FIELD_CAMPAIGN_ID];
}

static struct str text_at(const struct buf *scratch, const size_t *ends, enum text which)
{
	size_t start = which > 0 ? ends[which - 1] : 0;

	return (struct str){scratch->ptr + start, ends[which] - start};
}

static enum err write_texts(const struct fact *fact, struct buf *scratch, struct event *e)
{
	char time[TIMESTAMP_TEXT_SIZE];
	char level[TOPIC_LEVEL_MAX + 1];
	size_t ends[TEXT_COUNT];
	bool is_name;

	e->campaign = campaign_of(fact, &is_name);
	topic_level_escape(e->campaign, is_name, level);
	timestamp_print(fact->has_time ? fact->time_ms : fact->payload->received_ms, time);

	put_hex(scratch, e->id);
	ends[TEXT_ID] = scratch->len;
	put_segment(scratch, fact->instance);
	put_segment(scratch, fact->account);
	ends[TEXT_SOURCE] = scratch->len;
	put_type(scratch, fact);
	ends[TEXT_TYPE] = scratch->len;
	put_subject(scratch, fact, level);
	ends[TEXT_SUBJECT] = scratch->len;
	(void)buf_append_str(scratch, str_from(time));
	ends[TEXT_TIME] = scratch->len;
	if (buf_err(scratch) != ERR_OK)
		return buf_err(scratch);

	/* Only now: the buffer has stopped moving. */
	e->id_text = text_at(scratch, ends, TEXT_ID);
	e->source = text_at(scratch, ends, TEXT_SOURCE);
	e->type = text_at(scratch, ends, TEXT_TYPE);
	e->subject = text_at(scratch, ends, TEXT_SUBJECT);
	e->time = text_at(scratch, ends, TEXT_TIME);
	e->campaign_level = (struct str){e->subject.ptr + SUBJECT_CAMPAIGN.len, strlen(level)};
	return ERR_OK;
}

/* ---- data ---- */

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
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
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
	struct str id = campaign_of(fact, &is_name);

	if (id.len == 0)
		return;
	open_object(w, KEY("campaign"));
	write_text(w, KEY("id"), id);
	write_text(w, KEY("name"), fact->fields[FIELD_CAMPAIGN_NAME]);
	json_close_object(w);
}

static void write_status(struct json_writer *w, const struct fact *fact)
{
	write_plain(w, OPEN("status"), str_from(status_str(fact->status)));
	write_text(w, KEY("vendor_status"), fact->vendor_status);
	write_plain(w, OPEN("outcome"), str_from(status_outcome(fact->status)));
	write_key(w, KEY("final"));
	json_bool(w, status_is_final(fact->status));
	if (fact->has_count)
		write_number(w, KEY("count"), fact->count);
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

static void write_data(struct json_writer *w, const struct fact *fact)
{
	json_open_object(w);
	write_text(w, KEY("vendor"), str_from(fact->vendor));
	write_text(w, KEY("account"), str_from(fact->account));
	write_text(w, KEY("channel"), fact->fields[FIELD_CHANNEL]);
	write_campaign(w, fact);
	write_fields(w, fact, FIELD_MESSAGE_ID, FIELD_RECIPIENT_CONTACT_ID);
	write_status(w, fact);
	write_times(w, fact);
	write_fields(w, fact, FIELD_REASON, FIELD_NODE_NAME);
	extra_write(w, fact->record);
	write_ingest(w, fact->payload);
	json_close_object(w);
}

static void write_event(struct json_writer *w, const struct fact *fact, const struct event *e)
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
	write_data(w, fact);
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
		.account = str_from(fact->account),
	};

	buf_reset(scratch);
	buf_reset(json);
	event_id(fact, e.id);

	enum err err = write_texts(fact, scratch, &e);

	if (err != ERR_OK)
		return err;
	write_event(&w, fact, &e);
	if (buf_err(json) != ERR_OK)
		return buf_err(json);
	e.json = buf_str(json);
	*ret_event = e;
	return ERR_OK;
}

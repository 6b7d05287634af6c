/* SPDX-License-Identifier: MIT */
#include "publish/outgoing.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "normalise/value/json_writer.h"
#include "normalise/value/timestamp.h"
#include "publish/mqtt/topic.h"

#define EVENT_CONTENT_TYPE  "application/cloudevents+json; charset=utf-8"
#define NOTICE_CONTENT_TYPE "application/json"
#define TOPIC_MAX           65535
#define NOTICE_MAX          16384
/* `,"delta":-9223372036854775808` */
#define DELTA_MAX           32
#define ID_TEXT_LEN         ((size_t)2 * EVENT_ID_BYTES)

/* One text to be placed behind the struct. */
struct part {
	struct str from;
	const char **to;
};

static struct outgoing *alloc(size_t text_bytes, char **ret_at)
{
	struct outgoing *o = malloc(sizeof(*o) + text_bytes);

	if (o == NULL)
		return NULL;
	*o = (struct outgoing){.state = OUTGOING_NEW, .bytes = sizeof(*o) + text_bytes};
	*ret_at = (char *)(o + 1);
	return o;
}

static const char *place(char **at, struct str text)
{
	char *begin = *at;

	if (text.len > 0)
		memcpy(begin, text.ptr, text.len);
	begin[text.len] = '\0';
	*at += text.len + 1;
	return begin;
}

static size_t topic_len(const struct event *event, const char *prefix)
{
	return strlen(prefix) + event->account.len + event->campaign_level.len +
	       strlen(status_str(event->status)) + 3;
}

/* Without a buffer of its own: this runs once for each event. */
static const char *place_topic(char **at, const struct event *event, const char *prefix)
{
	const struct str levels[] = {event->account, event->campaign_level,
	                             str_from(status_str(event->status))};
	const char *begin = *at;

	(void)place(at, str_from(prefix));
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		(*at)[-1] = '/';
		(void)place(at, levels[i]);
	}
	return begin;
}

static void set_tally(struct outgoing *o, const struct event *event)
{
	o->is_tally = true;
	o->tally.count = event->count;
	o->tally.delta_at = event->delta_at;
	memcpy(o->tally.id, event->tally, sizeof(o->tally.id));
	assert(event->delta_at <= event->json.len);
}

enum err outgoing_event(const struct event *event, struct entry *entry, const char *prefix,
                        struct outgoing **ret_item)
{
	size_t size = topic_len(event, prefix) + event->account.len + event->campaign_level.len +
	              event->source.len + event->type.len + event->subject.len + event->time.len +
	              event->id_text.len + event->campaign.len + event->campaign_name.len +
	              event->json.len + (event->has_count ? DELTA_MAX : 0) + 11;
	struct outgoing *o;
	char *at;

	if (topic_len(event, prefix) > TOPIC_MAX)
		return ERR_LIMIT;
	o = alloc(size, &at);
	if (o == NULL)
		return ERR_NOMEM;
	o->entry = entry;
	o->is_event = true;
	o->is_replay = entry->payload.replay;
	o->is_unknown_word = event->is_unknown_word;
	o->nth = entry->taken;
	memcpy(o->id, event->id, sizeof(o->id));
	o->status = event->status;
	o->topic = place_topic(&at, event, prefix);
	o->account = place(&at, event->account);
	o->campaign = place(&at, event->campaign_level);
	o->source = place(&at, event->source);
	o->type = place(&at, event->type);
	o->subject = place(&at, event->subject);
	o->time = place(&at, event->time);
	o->id_text = place(&at, event->id_text);
	o->campaign_id = place(&at, event->campaign);
	o->campaign_name = place(&at, event->campaign_name);
	o->body = (struct str){place(&at, event->json), event->json.len};
	if (event->has_count)
		set_tally(o, event);
	entry->items++;
	*ret_item = o;
	return ERR_OK;
}

/* The texts are ours: const only for those who read them. */
static char *own(struct outgoing *o, const char *text)
{
	return (char *)(o + 1) + (text - (const char *)(o + 1));
}

void outgoing_put_delta(struct outgoing *o, int64_t delta)
{
	char *at = own(o, o->body.ptr) + o->tally.delta_at;
	char member[DELTA_MAX + 1];
	int len = snprintf(member, sizeof(member), ",\"delta\":%" PRId64, delta);

	o->tally.delta = delta;
	memmove(at + len, at, o->body.len - o->tally.delta_at + 1);
	memcpy(at, member, (size_t)len);
	o->body.len += (size_t)len;
}

/* The id is the first text of an event that is as long. */
void outgoing_revise(struct outgoing *o, uint32_t revision)
{
	uint8_t plain[EVENT_ID_BYTES];
	char *in_body = strstr(own(o, o->body.ptr), o->id_text);

	o->tally.revision = revision;
	if (revision == 0)
		return;
	memcpy(plain, o->id, sizeof(plain));
	event_id_revise(plain, revision, o->id);
	assert(in_body != NULL && strlen(o->id_text) == ID_TEXT_LEN);
	for (size_t i = 0; i < EVENT_ID_BYTES; i++) {
		char hex[3];

		(void)snprintf(hex, sizeof(hex), "%02x", o->id[i]);
		memcpy(own(o, o->id_text) + 2 * i, hex, 2);
	}
	memcpy(in_body, o->id_text, ID_TEXT_LEN);
}

static void write_notice(const struct outgoing_dead *dead, const struct payload *p, struct buf *b)
{
	struct json_writer w = json_writer(b);
	char received[TIMESTAMP_TEXT_SIZE];

	timestamp_print(p->received_ms, received);
	json_open_object(&w);
	json_member(&w, STR_LIT("account"), p->account);
	json_member(&w, STR_LIT("source"), p->source);
	json_member(&w, STR_LIT("cause"), str_from(dead->cause));
	json_member(&w, STR_LIT("text"), str_from(dead->text));
	json_key(&w, STR_LIT("entry"));
	json_int(&w, p->entry);
	json_key(&w, STR_LIT("index"));
	json_int(&w, (int64_t)dead->index);
	json_member(&w, STR_LIT("received"), str_from(received));
	json_member(&w, STR_LIT("event_id"), str_from(dead->id_text));
	json_close_object(&w);
}

static enum err pack_notice(const struct outgoing_dead *dead, struct entry *entry, struct str topic,
                            struct str body, struct outgoing **ret_item)
{
	struct str cause = str_from(dead->cause);
	struct str text = str_from(dead->text);
	struct outgoing *o;
	char *at;

	o = alloc(topic.len + body.len + cause.len + text.len + dead->raw.len + 5, &at);
	if (o == NULL)
		return ERR_NOMEM;
	o->entry = entry;
	o->state = OUTGOING_READY;
	o->result = dead->is_settled_here ? OUTGOING_DEAD : OUTGOING_NOTHING;
	o->index = dead->index;
	o->nth = entry->taken;
	o->topic = place(&at, topic);
	o->body = (struct str){place(&at, body), body.len};
	o->cause = place(&at, cause);
	o->text = place(&at, text);
	o->raw = (struct str){place(&at, dead->raw), dead->raw.len};
	entry->items++;
	*ret_item = o;
	return ERR_OK;
}

enum err outgoing_notice(const struct outgoing_dead *dead, struct entry *entry, const char *prefix,
                         struct outgoing **ret_item)
{
	struct buf topic;
	struct buf body;
	enum err err;

	buf_init(&topic, TOPIC_MAX);
	buf_init(&body, NOTICE_MAX);
	err = topic_dead(&topic, prefix, entry->payload.account, entry->payload.source,
	                 str_from(dead->cause));
	if (err == ERR_OK) {
		write_notice(dead, &entry->payload, &body);
		err = buf_err(&body);
	}
	if (err == ERR_OK)
		err = pack_notice(dead, entry, buf_str(&topic), buf_str(&body), ret_item);
	buf_fini(&topic);
	buf_fini(&body);
	return err;
}

void outgoing_free(struct outgoing *o)
{
	free(o);
}

/* MQTT's texts end at 65,535 bytes. Only a vendor's endless message id comes there; the payload has
 * what is left out. */
static void add_property(struct publisher_property *props, size_t *n, const char *name,
                         const char *value)
{
	if (strlen(value) <= UINT16_MAX)
		props[(*n)++] = (struct publisher_property){name, value};
}

static size_t fill_properties(const struct outgoing *o,
                              struct publisher_property props[OUTGOING_PROPERTIES_MAX])
{
	size_t n = 0;

	add_property(props, &n, "specversion", "1.0");
	add_property(props, &n, "id", o->id_text);
	add_property(props, &n, "source", o->source);
	add_property(props, &n, "type", o->type);
	add_property(props, &n, "time", o->time);
	add_property(props, &n, "subject", o->subject);
	add_property(props, &n, "account", o->account);
	add_property(props, &n, "campaign", o->campaign);
	add_property(props, &n, "status", status_str(o->status));
	if (o->is_replay)
		add_property(props, &n, "replay", "1");
	return n;
}

void outgoing_message(const struct outgoing *o, uint32_t expiry_s, bool with_properties,
                      struct publisher_property ret_properties[OUTGOING_PROPERTIES_MAX],
                      struct publisher_message *ret_message)
{
	*ret_message = (struct publisher_message){
		.topic = o->topic,
		.payload = o->body,
		.content_type = o->is_event ? EVENT_CONTENT_TYPE : NOTICE_CONTENT_TYPE,
		.is_text = true,
		.expiry_s = o->is_event ? expiry_s : 0,
		.properties = ret_properties,
	};
	if (o->is_event && with_properties)
		ret_message->property_count = fill_properties(o, ret_properties);
}

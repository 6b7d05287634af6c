/* SPDX-License-Identifier: MIT */
#include "publish/summary_message.h"

#include <stdlib.h>
#include <string.h>

#include "publish/mqtt/topic.h"

#define CONTENT_TYPE "application/cloudevents+json; charset=utf-8"
#define TOPIC_MAX    65535

static struct str place(char **at, struct str text)
{
	struct str copy = {*at, text.len};

	if (text.len > 0)
		memcpy(*at, text.ptr, text.len);
	(*at)[text.len] = '\0';
	*at += text.len + 1;
	return copy;
}

enum err summary_message_new(const struct store_campaign *campaign,
                             struct summary_message **ret_message)
{
	size_t bytes = campaign->account.len + campaign->level.len + campaign->id.len +
	               campaign->name.len + 4;
	struct summary_message *m = calloc(1, sizeof(*m) + bytes);
	char *at;

	if (m == NULL)
		return ERR_NOMEM;
	at = (char *)(m + 1);
	m->campaign = *campaign;
	m->campaign.account = place(&at, campaign->account);
	m->campaign.level = place(&at, campaign->level);
	m->campaign.id = place(&at, campaign->id);
	m->campaign.name = place(&at, campaign->name);
	buf_init(&m->topic, TOPIC_MAX);
	summary_event_init(&m->event);
	*ret_message = m;
	return ERR_OK;
}

void summary_message_free(struct summary_message *m)
{
	if (m == NULL)
		return;
	buf_fini(&m->topic);
	summary_event_fini(&m->event);
	free(m);
}

static void take_count(struct summary_fact *fact, const struct store_count *count)
{
	struct summary_count *to;
	enum status status;

	if (!status_from(count->status, &status))
		return;
	to = &fact->counts[status];
	if (count->is_observed) {
		to->is_observed = true;
		to->observed = count->add;
	} else {
		to->is_vendors = true;
		to->vendors = count->add;
	}
}

enum err summary_message_write(struct summary_message *m, const char *prefix, const char *instance,
                               struct str vendor, const struct store_count *counts, size_t count)
{
	struct summary_fact fact = {.instance = instance,
	                            .vendor = vendor,
	                            .account = m->campaign.account,
	                            .level = m->campaign.level,
	                            .campaign_id = m->campaign.id,
	                            .campaign_name = m->campaign.name,
	                            .changed_ms = m->campaign.changed_ms,
	                            .change = m->campaign.change};
	enum err err = topic_summary(&m->topic, prefix, fact.account, fact.level);

	for (size_t i = 0; i < count; i++)
		take_count(&fact, &counts[i]);
	return err != ERR_OK ? err : summary_event_write(&fact, &m->event);
}

void summary_message_fill(const struct summary_message *m, bool with_properties,
                          struct publisher_property ret_properties[SUMMARY_PROPERTIES_MAX],
                          struct publisher_message *ret_message)
{
	const struct publisher_property properties[SUMMARY_PROPERTIES_MAX] = {
		{"specversion", "1.0"},
		{"id", m->event.id_text},
		{"source", buf_cstr(&m->event.source)},
		{"type", SUMMARY_EVENT_TYPE},
		{"time", m->event.time},
		{"subject", buf_cstr(&m->event.subject)},
		{"account", m->campaign.account.ptr},
		{"campaign", m->campaign.level.ptr},
		{"status", "summary"},
	};

	memcpy(ret_properties, properties, sizeof(properties));
	*ret_message = (struct publisher_message){
		.topic = buf_cstr(&m->topic),
		.payload = buf_str(&m->event.json),
		.retain = true,
		.content_type = CONTENT_TYPE,
		.is_text = true,
		.properties = ret_properties,
		.property_count = with_properties ? SUMMARY_PROPERTIES_MAX : 0,
	};
}

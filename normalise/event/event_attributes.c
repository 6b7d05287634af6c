/* SPDX-License-Identifier: MIT */
#include "normalise/event/event_attributes.h"

#include <string.h>

#include "core/ascii.h"
#include "normalise/text/topic_level.h"
#include "normalise/value/timestamp.h"

/* The texts of an event, one behind the other in the scratch buffer. */
enum text { TEXT_ID, TEXT_SOURCE, TEXT_TYPE, TEXT_SUBJECT, TEXT_TIME, TEXT_COUNT };

#define SUBJECT_CAMPAIGN STR_LIT("campaigns/")
#define SUBJECT_MESSAGE  STR_LIT("/messages/")

static bool is_path_char(char c)
{
	return ascii_is_alnum(c) || (c != '\0' && strchr("-._~!$&'()*+,;=:@", c) != NULL);
}

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

void event_source_append(struct buf *b, const char *instance, const char *account)
{
	put_segment(b, instance);
	put_segment(b, account);
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

static struct str text_at(const struct buf *scratch, const size_t *ends, enum text which)
{
	size_t start = which > 0 ? ends[which - 1] : 0;

	return (struct str){scratch->ptr + start, ends[which] - start};
}

enum err event_attributes_write(const struct fact *fact, struct buf *scratch, struct event *event)
{
	char time[TIMESTAMP_TEXT_SIZE];
	char level[TOPIC_LEVEL_MAX + 1];
	size_t ends[TEXT_COUNT];
	bool is_name;

	event->campaign = fact_campaign(fact, &is_name);
	topic_level_escape(event->campaign, is_name, level);
	timestamp_print(fact->has_time ? fact->time_ms : fact->payload->received_ms, time);

	put_hex(scratch, event->id);
	ends[TEXT_ID] = scratch->len;
	event_source_append(scratch, fact->instance, fact->account);
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
	event->id_text = text_at(scratch, ends, TEXT_ID);
	event->source = text_at(scratch, ends, TEXT_SOURCE);
	event->type = text_at(scratch, ends, TEXT_TYPE);
	event->subject = text_at(scratch, ends, TEXT_SUBJECT);
	event->time = text_at(scratch, ends, TEXT_TIME);
	event->campaign_level =
		(struct str){event->subject.ptr + SUBJECT_CAMPAIGN.len, strlen(level)};
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/topic.h"

/* Source: MQTT 5.0, section 1.5.4: a string has at most 65,535 bytes. */
#define TOPIC_MAX 65535

static enum err join(struct buf *b, const char *prefix, const struct str *levels, size_t count)
{
	size_t len = str_from(prefix).len;

	for (size_t i = 0; i < count; i++)
		len += 1 + levels[i].len;
	if (len > TOPIC_MAX)
		return ERR_LIMIT;
	(void)buf_append_str(b, str_from(prefix));
	for (size_t i = 0; i < count; i++) {
		(void)buf_append_char(b, '/');
		(void)buf_append_str(b, levels[i]);
	}
	return buf_err(b);
}

enum err topic_event(struct buf *b, const char *prefix, struct str account,
                     struct str campaign_level, struct str status)
{
	const struct str levels[] = {account, campaign_level, status};

	return join(b, prefix, levels, 3);
}

enum err topic_summary(struct buf *b, const char *prefix, struct str account,
                       struct str campaign_level)
{
	const struct str levels[] = {account, campaign_level, STR_LIT("summary"), STR_LIT("total")};

	return join(b, prefix, levels, 4);
}

enum err topic_state(struct buf *b, const char *prefix, const char *instance)
{
	const struct str levels[] = {STR_LIT("_state"), str_from(instance)};

	return join(b, prefix, levels, 2);
}

enum err topic_dead(struct buf *b, const char *prefix, struct str account, struct str source,
                    struct str cause)
{
	const struct str levels[] = {STR_LIT("_dead"), account, source, cause};

	return join(b, prefix, levels, 4);
}

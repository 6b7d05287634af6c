/* SPDX-License-Identifier: MIT */
#include "core/log.h"
#include "publish/mqtt/publisher_parts.h"

void publisher_state_json(const struct publisher *p, const char *word, struct buf *b)
{
	(void)buf_printf(b, "{\"state\":\"%s\",\"since\":\"%s\"}", word, p->since);
}

enum err publisher_state_send(struct publisher *p, const char *word, uint64_t token)
{
	struct buf json;
	enum err err;

	buf_init(&json, 256);
	publisher_state_json(p, word, &json);
	err = buf_err(&json);
	if (err == ERR_OK) {
		const struct publisher_message message = {
			.topic = buf_cstr(&p->state_topic),
			.payload = buf_str(&json),
			.retain = true,
			.content_type = "application/json",
			.is_text = true,
		};

		err = mqtt_link_send(p->link, &message, token);
	}
	buf_fini(&json);
	return err;
}

void publisher_state_announce(struct publisher *p)
{
	enum err err = publisher_state_send(p, p->state_word, TOKEN_STATE);

	if (err != ERR_OK && err != ERR_AGAIN)
		log_warn("mqtt.state_not_sent", log_str("error", err_str(err)));
}

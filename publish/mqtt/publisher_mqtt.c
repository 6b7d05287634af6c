/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/obj.h"
#include "publish/mqtt/publisher_parts.h"
#include "publish/mqtt/topic.h"

/* From the first look-up to the CONNACK: a broker that takes the connection and says nothing. */
#define CONNECT_TIMEOUT_MS 10000
#define TOPIC_MAX          65535
#define TEXTS_MAX          ((size_t)1024 * 1024)

static enum err copy_texts(struct publisher *p)
{
	const char **const texts[] = {
		&p->conf.host,      &p->conf.ca,       &p->conf.certificate,
		&p->conf.key,       &p->conf.username, &p->conf.password,
		&p->conf.client_id, &p->conf.instance, &p->conf.topic_prefix,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str copy;

		if (*texts[i] == NULL)
			continue;
		if (arena_str_dup(&p->texts, str_from(*texts[i]), &copy) != ERR_OK)
			return ERR_NOMEM;
		*texts[i] = copy.ptr;
	}
	return ERR_OK;
}

enum err publisher_new(struct loop *loop, struct worker *worker, const struct publisher_conf *conf,
                       const struct publisher_ops *ops, void *arg, struct publisher **ret_publisher)
{
	struct publisher *p = calloc(1, sizeof(*p));
	enum err err;

	if (p == NULL)
		return ERR_NOMEM;
	*p = (struct publisher){.magic = PUBLISHER_MAGIC,
	                        .loop = loop,
	                        .worker = worker,
	                        .conf = *conf,
	                        .ops = ops,
	                        .arg = arg,
	                        .state_word = "ready",
	                        .trouble = "not started",
	                        .connected = metric_get(METRIC_MQTT_CONNECTED, NULL, NULL, NULL),
	                        .inflight = metric_get(METRIC_MQTT_INFLIGHT, NULL, NULL, NULL)};
	buf_init(&p->state_topic, TOPIC_MAX);
	publisher_connect_init(p);
	if (p->conf.connect_timeout_ms == 0)
		p->conf.connect_timeout_ms = CONNECT_TIMEOUT_MS;
	arena_init(&p->texts, TEXTS_MAX);
	err = copy_texts(p);
	if (err == ERR_OK)
		err = topic_state(&p->state_topic, conf->topic_prefix, conf->instance);
	if (err == ERR_OK)
		err = loop_timer_new(loop, publisher_on_timer, p, &p->timer);
	if (err != ERR_OK) {
		publisher_free(p);
		return err;
	}
	*ret_publisher = p;
	return ERR_OK;
}

void publisher_start(struct publisher *p)
{
	assert(p->state == STATE_IDLE);
	publisher_set_trouble(p, "connecting");
	p->state = STATE_WAITING;
	loop_timer_start(p->timer, 0);
}

void publisher_stop(struct publisher *p, uint64_t timeout_ms, loop_fn done, void *arg)
{
	bool says_it = p->state == STATE_UP;

	p->stop_done = done;
	p->stop_arg = arg;
	p->state = STATE_STOPPING;
	publisher_set_trouble(p, "stopped");
	/* Its PUBACK is awaited: closing a socket with unread bytes would make the kernel throw
	 * away what is still to be sent. */
	says_it = says_it && publisher_state_send(p, "stopped", TOKEN_STOPPED) == ERR_OK;
	loop_timer_start(p->timer, says_it ? timeout_ms : 0);
}

void publisher_free(struct publisher *p)
{
	if (p == NULL)
		return;
	mqtt_link_close(p->link);
	loop_timer_free(p->timer);
	buf_fini(&p->state_topic);
	arena_fini(&p->texts);
	OBJ_POISON(p);
	free(p);
}

bool publisher_is_up(const struct publisher *p)
{
	return p->state == STATE_UP && mqtt_link_is_up(p->link);
}

const char *publisher_trouble(const struct publisher *p)
{
	return p->trouble;
}

void publisher_set_state(struct publisher *p, const char *state)
{
	if (strcmp(p->state_word, state) == 0)
		return;
	(void)snprintf(p->state_word, sizeof(p->state_word), "%s", state);
	if (publisher_is_up(p))
		publisher_state_announce(p);
}

void publisher_hold(struct publisher *p)
{
	if (p->state == STATE_UP)
		mqtt_link_hold(p->link, true);
}

void publisher_release(struct publisher *p)
{
	if (p->state == STATE_UP)
		mqtt_link_hold(p->link, false);
}

enum err publisher_send(struct publisher *p, const struct publisher_message *message,
                        uint64_t token)
{
	enum err err;

	assert(token < TOKEN_STOPPED);
	if (p->state != STATE_UP)
		return ERR_AGAIN;
	err = mqtt_link_send(p->link, message, token);
	if (err == ERR_OK)
		p->inflight->value++;
	return err;
}

/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/backoff.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/obj.h"
#include "normalise/value/timestamp.h"
#include "publish/mqtt/mqtt_link.h"
#include "publish/mqtt/publisher.h"
#include "publish/mqtt/topic.h"

#define PUBLISHER_MAGIC    0x6d717474U
#define BACKOFF_MIN_MS     250
#define BACKOFF_MAX_MS     10000
/* From the first look-up to the CONNACK: a broker that takes the connection and says nothing. */
#define CONNECT_TIMEOUT_MS 10000
/* Tokens of messages on the state topic; the relay counts its own up from 1. */
#define TOKEN_STATE        UINT64_MAX
#define TOKEN_STOPPED      (UINT64_MAX - 1)
#define TOPIC_MAX          65535
#define TEXTS_MAX          ((size_t)1024 * 1024)

enum state { STATE_IDLE, STATE_WAITING, STATE_CONNECTING, STATE_UP, STATE_STOPPING, STATE_STOPPED };

struct publisher {
	unsigned magic;
	struct loop *loop;     /* borrowed */
	struct worker *worker; /* borrowed */
	struct arena texts;    /* of conf */
	struct publisher_conf conf;
	const struct publisher_ops *ops; /* borrowed */
	void *arg;                       /* borrowed */
	enum state state;
	struct loop_timer *timer; /* owned; next attempt, end of an attempt, end of a stop */
	struct mqtt_link *link;   /* owned; NULL while waiting */
	struct backoff backoff;
	unsigned attempt;
	uint64_t up_since_ms;            /* monotonic */
	char since[TIMESTAMP_TEXT_SIZE]; /* of this connection; also in its Last Will */
	struct buf state_topic;
	char state_word[16];
	char trouble[256];
	char logged[256]; /* trouble that is in the log already */
	loop_fn stop_done;
	void *stop_arg;           /* borrowed */
	struct metric *connected; /* borrowed */
	struct metric *inflight;  /* borrowed */
};

/* ---- the state topic ---- */

static void state_json(const struct publisher *p, const char *word, struct buf *b)
{
	(void)buf_printf(b, "{\"state\":\"%s\",\"since\":\"%s\"}", word, p->since);
}

static enum err send_state(struct publisher *p, const char *word, uint64_t token)
{
	struct buf json;
	enum err err;

	buf_init(&json, 256);
	state_json(p, word, &json);
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

static void announce(struct publisher *p)
{
	enum err err = send_state(p, p->state_word, TOKEN_STATE);

	if (err != ERR_OK && err != ERR_AGAIN)
		log_warn("mqtt.state_not_sent", log_str("error", err_str(err)));
}

/* ---- connecting ---- */

static const struct mqtt_link_ops link_ops;

static void set_trouble(struct publisher *p, const char *text)
{
	(void)snprintf(p->trouble, sizeof(p->trouble), "%s", text);
}

/* Once per cause, however often it is tried. */
static void log_trouble(struct publisher *p, const char *ev)
{
	if (strcmp(p->trouble, p->logged) == 0)
		return;
	(void)snprintf(p->logged, sizeof(p->logged), "%s", p->trouble);
	log_warn(ev, log_str("broker", p->conf.host), log_int("port", p->conf.port),
	         log_str("error", p->trouble));
}

static void wait_and_retry(struct publisher *p, uint64_t delay_ms)
{
	p->state = STATE_WAITING;
	p->attempt++;
	loop_timer_start(p->timer, delay_ms);
}

static void fail_attempt(struct publisher *p, enum mqtt_end end, const char *why)
{
	mqtt_link_close(p->link);
	p->link = NULL;
	set_trouble(p, why);
	log_trouble(p, end == MQTT_END_REFUSED ? "mqtt.refused" : "mqtt.connect_failed");
	/* A refusal does not go away by asking again at once. */
	if (end == MQTT_END_REFUSED)
		p->backoff.step_ms = p->backoff.max_ms;
	wait_and_retry(p, backoff_next(&p->backoff));
}

static void connect_now(struct publisher *p)
{
	struct err_detail detail = {.text = ""};
	struct buf will;
	enum err err;

	timestamp_print(clock_now_ms(), p->since);
	buf_init(&will, 256);
	state_json(p, "lost", &will);
	err = buf_err(&will);
	if (err == ERR_OK) {
		err = mqtt_link_open(p->loop, p->worker, &p->conf, buf_cstr(&p->state_topic),
		                     buf_str(&will), p->attempt, &link_ops, p, &p->link, &detail);
	}
	buf_fini(&will);
	if (err != ERR_OK) {
		fail_attempt(p, err == ERR_INVAL ? MQTT_END_REFUSED : MQTT_END_LOST,
		             detail.text[0] != '\0' ? detail.text : err_str(err));
		return;
	}
	p->state = STATE_CONNECTING;
	loop_timer_start(p->timer, p->conf.connect_timeout_ms);
}

static void lose_connection(struct publisher *p, const char *why)
{
	mqtt_link_close(p->link);
	p->link = NULL;
	p->connected->value = 0;
	p->inflight->value = 0;
	set_trouble(p, why);
	log_warn("mqtt.lost", log_str("broker", p->conf.host), log_int("port", p->conf.port),
	         log_str("error", why));
	/* A broker that takes us and throws us out at once is not to be hammered. */
	if (clock_mono_ms() - p->up_since_ms >= BACKOFF_MAX_MS)
		backoff_reset(&p->backoff);
	wait_and_retry(p, backoff_next(&p->backoff));
	p->ops->on_down(p->arg);
}

static void finish_stop(struct publisher *p)
{
	loop_fn done = p->stop_done;

	mqtt_link_close(p->link);
	p->link = NULL;
	loop_timer_stop(p->timer);
	p->connected->value = 0;
	p->inflight->value = 0;
	p->state = STATE_STOPPED;
	p->stop_done = NULL;
	if (done != NULL)
		done(p->stop_arg);
}

/* ---- what the link and the timer say ---- */

static void publisher_on_up(void *arg, unsigned receive_max)
{
	struct publisher *p;

	OBJ_FROM(p, arg, PUBLISHER_MAGIC);
	p->state = STATE_UP;
	p->up_since_ms = clock_mono_ms();
	p->trouble[0] = '\0';
	p->logged[0] = '\0';
	p->connected->value = 1;
	metric_add(METRIC_MQTT_CONNECTS, NULL, NULL, NULL, 1);
	loop_timer_stop(p->timer);
	log_info("mqtt.connected", log_str("broker", p->conf.host), log_int("port", p->conf.port),
	         log_str("version", p->conf.version == 311 ? "3.1.1" : "5"),
	         log_int("receive_max", receive_max));
	announce(p);
	p->ops->on_up(p->arg, receive_max);
}

static void publisher_on_ack(void *arg, uint64_t token, unsigned reason)
{
	struct publisher *p;

	OBJ_FROM(p, arg, PUBLISHER_MAGIC);
	if (token >= TOKEN_STOPPED && reason >= 0x80) {
		log_warn("mqtt.state_refused", log_int("reason", reason),
		         log_text("topic", buf_str(&p->state_topic)));
	}
	if (token == TOKEN_STOPPED && p->state == STATE_STOPPING)
		mqtt_link_disconnect(p->link);
	if (token >= TOKEN_STOPPED)
		return;
	p->inflight->value--;
	if (p->state == STATE_UP)
		p->ops->on_ack(p->arg, token, reason);
}

static void publisher_on_closed(void *arg, enum mqtt_end end, const char *why)
{
	struct publisher *p;
	char text[sizeof(p->trouble)];

	OBJ_FROM(p, arg, PUBLISHER_MAGIC);
	(void)snprintf(text, sizeof(text), "%s", why); /* why goes with the link */
	if (p->state == STATE_STOPPING) {
		finish_stop(p);
	} else if (p->state == STATE_UP) {
		lose_connection(p, text);
	} else {
		fail_attempt(p, end, text);
	}
}

static const struct mqtt_link_ops link_ops = {
	.on_up = publisher_on_up,
	.on_ack = publisher_on_ack,
	.on_closed = publisher_on_closed,
};

static void publisher_on_timer(void *arg)
{
	struct publisher *p;

	OBJ_FROM(p, arg, PUBLISHER_MAGIC);
	switch (p->state) {
	case STATE_WAITING:
		connect_now(p);
		break;
	case STATE_CONNECTING:
		fail_attempt(p, MQTT_END_LOST, "the broker does not answer");
		break;
	case STATE_STOPPING:
		finish_stop(p);
		break;
	case STATE_IDLE:
	case STATE_UP:
	case STATE_STOPPED:
		break;
	}
}

/* ---- public ---- */

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
	backoff_init(&p->backoff, BACKOFF_MIN_MS, BACKOFF_MAX_MS,
	             (uint64_t)clock_now_ms() ^ (uint64_t)(uintptr_t)p);
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
	set_trouble(p, "connecting");
	p->state = STATE_WAITING;
	loop_timer_start(p->timer, 0);
}

void publisher_stop(struct publisher *p, uint64_t timeout_ms, loop_fn done, void *arg)
{
	bool says_it = p->state == STATE_UP;

	p->stop_done = done;
	p->stop_arg = arg;
	p->state = STATE_STOPPING;
	set_trouble(p, "stopped");
	/* Its PUBACK is awaited: closing a socket with unread bytes would make the kernel throw
	 * away what is still to be sent. */
	says_it = says_it && send_state(p, "stopped", TOKEN_STOPPED) == ERR_OK;
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
		announce(p);
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

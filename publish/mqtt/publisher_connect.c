/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "publish/mqtt/publisher_parts.h"

#define BACKOFF_MIN_MS 250
#define BACKOFF_MAX_MS 10000

static const struct mqtt_link_ops link_ops;

void publisher_connect_init(struct publisher *p)
{
	backoff_init(&p->backoff, BACKOFF_MIN_MS, BACKOFF_MAX_MS,
	             (uint64_t)clock_now_ms() ^ (uint64_t)(uintptr_t)p);
}

void publisher_set_trouble(struct publisher *p, const char *text)
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
	publisher_set_trouble(p, why);
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
	publisher_state_json(p, "lost", &will);
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
	publisher_set_trouble(p, why);
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
	publisher_state_announce(p);
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

void publisher_on_timer(void *arg)
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

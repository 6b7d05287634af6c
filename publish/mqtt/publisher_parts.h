/* SPDX-License-Identifier: MIT */
/**
 * publisher_parts - what the files of publisher_mqtt share; nobody else includes it.
 *
 * publisher_mqtt.c is what the relay and the app see, publisher_connect.c gets and keeps a
 * connection, publisher_state.c says on the state topic how we are.
 *
 *     IDLE ─▶ WAITING ─▶ CONNECTING ─▶ UP ─▶ STOPPING ─▶ STOPPED
 *               ▲             │        │
 *               └─ backoff ───┴────────┘
 */
#ifndef PUBLISH_MQTT_PUBLISHER_PARTS_H
#define PUBLISH_MQTT_PUBLISHER_PARTS_H

#include <stdint.h>

#include "core/arena.h"
#include "core/backoff.h"
#include "core/buf.h"
#include "core/metrics.h"
#include "normalise/value/timestamp.h"
#include "publish/mqtt/mqtt_link.h"
#include "publish/mqtt/publisher.h"

#define PUBLISHER_MAGIC 0x6d717474U
/* Tokens of messages on the state topic; the relay counts its own up from 1. */
#define TOKEN_STATE     UINT64_MAX
#define TOKEN_STOPPED   (UINT64_MAX - 1)

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

/* publisher_connect.c */

/** Once, before the first attempt. */
void publisher_connect_init(struct publisher *p);
/** The next attempt, the end of an attempt, the end of a stop. @param arg  struct publisher */
void publisher_on_timer(void *arg);
/** @param text  what publisher_trouble() says from now on */
void publisher_set_trouble(struct publisher *p, const char *text);

/* publisher_state.c */

/** The message of @p word as JSON. buf_err() says whether it is whole. */
void publisher_state_json(const struct publisher *p, const char *word, struct buf *b);
/** @return as mqtt_link_send(); ERR_NOMEM */
enum err publisher_state_send(struct publisher *p, const char *word, uint64_t token) MUST_CHECK;
/** Send our state, if that is possible. */
void publisher_state_announce(struct publisher *p);

#endif /* PUBLISH_MQTT_PUBLISHER_PARTS_H */

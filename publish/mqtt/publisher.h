/* SPDX-License-Identifier: MIT */
/**
 * publisher - one connection to the MQTT broker.
 *
 * publisher_mqtt.c implements it on mqtt_link, one libmosquitto client per connection with its
 * external loop on core/loop; mqtt_*.c are the only files that include <mosquitto.h>. It connects,
 * keeps alive, reconnects with backoff and jitter (at most 10 s) by itself, sends birth and Last
 * Will on `P/_state/{instance}`, and never queues: a publish is possible only while is_up. What was
 * not acknowledged when the connection breaks is forgotten here; the relay publishes it again.
 *
 * Name look-ups run on the worker; the worker must end before the loop and may end after the
 * publisher. The process must ignore SIGPIPE. Threads: the loop's.
 */
#ifndef PUBLISH_MQTT_PUBLISHER_H
#define PUBLISH_MQTT_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/loop.h"
#include "core/str.h"
#include "core/worker.h"

struct publisher;

struct publisher_conf {
	const char *host;
	uint16_t port;
	bool tls;
	const char *ca;          /* PEM file or folder; NULL: the system's */
	const char *certificate; /* client certificate; NULL for none */
	const char *key;
	int version;          /* 5 or 311 */
	const char *username; /* NULL for none */
	const char *password;
	const char *client_id;
	unsigned keepalive_s;        /* 5 to 65535; 0 for 60 */
	uint64_t connect_timeout_ms; /* from the look-up to the CONNACK; 0 for 10 s */
	const char *topic_prefix;
	const char *instance;
};

struct publisher_property {
	const char *name;
	const char *value;
};

struct publisher_message {
	const char *topic;
	struct str payload;
	bool retain;
	const char *content_type; /* MQTT 5 only, as are the next three; NULL for none */
	bool is_text;             /* payload format indicator 1 */
	uint32_t expiry_s;        /* message expiry; 0 for none */
	const struct publisher_property *properties;
	size_t property_count;
};

struct publisher_ops {
	/**
	 * Connected. @p receive_max: most unacknowledged publishes the broker takes (from CONNACK;
	 * 65535 without).
	 */
	void (*on_up)(void *arg, unsigned receive_max);
	/**
	 * The connection that on_up() announced is gone; everything unacknowledged has to be
	 * published again.
	 */
	void (*on_down)(void *arg);
	/**
	 * @p token as given to publisher_send(); @p reason as in PUBACK: below 0x80 is success,
	 * 0x10 no subscriber. 0 with MQTT 3.1.1
	 */
	void (*on_ack)(void *arg, uint64_t token, unsigned reason);
};

enum err publisher_new(struct loop *loop, struct worker *worker, const struct publisher_conf *conf,
                       const struct publisher_ops *ops, void *arg,
                       struct publisher **ret_publisher) MUST_CHECK;

/** Begin to connect. Never blocks and never fails: it tries until publisher_stop(). */
void publisher_start(struct publisher *p);

/**
 * Say `stopped` on the state topic, disconnect, and call @p done once that is sent (or @p
 * timeout_ms passed, or there is no connection). No callback of ops comes afterwards.
 */
void publisher_stop(struct publisher *p, uint64_t timeout_ms, loop_fn done, void *arg);

/** Accepts NULL. Not from on_up() or on_ack(). */
void publisher_free(struct publisher *p);

bool publisher_is_up(const struct publisher *p);

/** Why it is not up, for /readyz and log: "connection refused", …; "" while up. */
const char *publisher_trouble(const struct publisher *p);

/** State word on the state topic while running: "ready" or "degraded". */
void publisher_set_state(struct publisher *p, const char *state);

/**
 * What is sent until publisher_release() goes out in as few packets as it takes. Every hold needs
 * its release in the same turn of the loop. Without a connection both do nothing.
 */
void publisher_hold(struct publisher *p);
void publisher_release(struct publisher *p);

/**
 * Publish with QoS 1.
 *
 * @param token  comes back with on_ack(); unique among the unacknowledged ones; not one of the two
 *               largest numbers
 * @return ERR_OK     sent or in the socket's way; on_ack() or on_down() follows
 *         ERR_AGAIN  not connected
 *         ERR_LIMIT  larger than the broker's Maximum Packet Size: it can never be sent
 *         ERR_INVAL  topic or text that MQTT forbids: it can never be sent
 *         ERR_NOMEM
 */
enum err publisher_send(struct publisher *p, const struct publisher_message *message,
                        uint64_t token) MUST_CHECK;

#endif /* PUBLISH_MQTT_PUBLISHER_H */

/* SPDX-License-Identifier: MIT */
/**
 * mqtt_link - one attempt to connect to the broker and, when it works, that one connection.
 *
 *     open ─▶ dial (worker: look-up, TCP) ─▶ CONNACK ─▶ up ─▶ closed
 *                     └──────────────────────┴──────────────────▶ closed
 *
 * Each has a libmosquitto client of its own, so that nothing unacknowledged survives in one: when
 * a link is closed its outbox is gone, and the relay's window is the only one. libmosquitto's
 * callbacks only note what happened; the owner is told after the call into the library has
 * returned, so that it may send from within its callbacks.
 *
 * Threads: the loop's; the dial alone runs on the worker. The process must ignore SIGPIPE:
 * libmosquitto writes to its socket with write().
 */
#ifndef PUBLISH_MQTT_MQTT_LINK_H
#define PUBLISH_MQTT_MQTT_LINK_H

#include "publish/mqtt/publisher.h"

struct mqtt_link;

enum mqtt_end {
	MQTT_END_LOST,    /* connection failed or broke */
	MQTT_END_REFUSED, /* the broker or our settings say no: trying again soon is no use */
	MQTT_END_BYE      /* closed after mqtt_link_disconnect() */
};

struct mqtt_link_ops {
	/** Connected. @p receive_max: 1 to 65535 */
	void (*on_up)(void *arg, unsigned receive_max);
	/** PUBACK, also for what was sent with the same token in this link before. */
	void (*on_ack)(void *arg, uint64_t token, unsigned reason);
	/** The last callback; the owner calls mqtt_link_close() in it or later. */
	void (*on_closed)(void *arg, enum mqtt_end end, const char *why);
};

/**
 * Begin.
 *
 * @param conf     borrowed until mqtt_link_close()
 * @param will     Last Will, JSON
 * @param attempt  rotates over the addresses of the host
 * @return ERR_OK; ERR_INVAL settings that cannot work (detail); ERR_LIMIT the worker is too busy;
 *         ERR_NOMEM
 */
enum err mqtt_link_open(struct loop *loop, struct worker *worker, const struct publisher_conf *conf,
                        const char *will_topic, struct str will, unsigned attempt,
                        const struct mqtt_link_ops *ops, void *arg, struct mqtt_link **ret_link,
                        struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Cut it without a word (the broker then publishes the Last Will) and free it. Accepts NULL. Not
 * from on_up or on_ack.
 */
void mqtt_link_close(struct mqtt_link *link);

bool mqtt_link_is_up(const struct mqtt_link *link);

/** Same results as publisher_send(). */
enum err mqtt_link_send(struct mqtt_link *link, const struct publisher_message *message,
                        uint64_t token) MUST_CHECK;

/** Gather what is sent into full packets (@p on), or let it go. */
void mqtt_link_hold(struct mqtt_link *link, bool on);

/** Say goodbye: the Last Will is not published. on_closed() follows. */
void mqtt_link_disconnect(struct mqtt_link *link);

#endif /* PUBLISH_MQTT_MQTT_LINK_H */

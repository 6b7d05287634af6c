/* SPDX-License-Identifier: MIT */
/**
 * mqtt_notes - what libmosquitto's callbacks write down about a link; and the link itself.
 *
 * Private to mqtt_link and mqtt_notes. The callbacks run under libmosquitto's locks: they
 * change the struct and call nobody.
 */
#ifndef PUBLISH_MQTT_MQTT_NOTES_H
#define PUBLISH_MQTT_MQTT_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "publish/mqtt/mid_map.h"
#include "publish/mqtt/mqtt_link.h"

struct mosquitto;

#define LINK_MAGIC 0x6c696e6bU

struct ack {
	uint64_t token;
	unsigned reason;
};

struct mqtt_link {
	unsigned magic;
	struct loop *loop;               /* borrowed: outlives us */
	const struct mqtt_link_ops *ops; /* borrowed */
	void *arg;                       /* borrowed */
	struct mosquitto *client;        /* owned */
	struct mid_map *mids;            /* owned; what waits for its PUBACK */
	struct loop_timer *tick;         /* owned */
	struct loop_io *io;              /* owned; watches fd */
	int fd;                          /* libmosquitto's; -1 for none */
	int watched_fd;                  /* owned; a copy of it */
	bool wants_write;                /* as last told to io */
	struct ack *acks;                /* owned; noted by the callback, not told yet */
	size_t ack_count, ack_cap;       /* ack_cap >= messages that wait for a PUBACK */
	char *host;                      /* owned; the worker reads it when we are abandoned */
	uint16_t port;
	unsigned attempt;
	int keepalive_s;
	int version;
	bool tls;
	bool is_dialing;   /* the worker has client and why */
	bool is_abandoned; /* the owner left while the worker was dialing */
	bool was_writable; /* TCP is established */
	bool went_up;      /* CONNACK came, the owner does not know yet */
	bool is_up;
	bool is_closed;
	bool is_bye;
	enum mqtt_end end;
	unsigned receive_max;
	uint32_t packet_max; /* 0: no limit */
	char why[sizeof(((struct err_detail *)NULL)->text)];
};

/** Let libmosquitto tell @p link. */
void mqtt_notes_take(struct mqtt_link *link);

/** It is over; the first cause stays. */
void mqtt_notes_close(struct mqtt_link *link, enum mqtt_end end, const char *why);

/** The same for a result of libmosquitto, or the reason of a DISCONNECT. */
void mqtt_notes_close_rc(struct mqtt_link *link, int rc, int sys_errno);

#endif /* PUBLISH_MQTT_MQTT_NOTES_H */

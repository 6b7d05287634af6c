/* SPDX-License-Identifier: MIT */
/**
 * mqtt_link_io - a link's socket and its tick on the loop: libmosquitto is called when it can go
 * on, and the owner is told after each call what the callbacks noted.
 *
 * Private to mqtt_link.c.
 */
#ifndef PUBLISH_MQTT_MQTT_LINK_IO_H
#define PUBLISH_MQTT_MQTT_LINK_IO_H

#include "publish/mqtt/mqtt_notes.h"

/** After a call into libmosquitto: watch for what it waits for. */
void mqtt_link_want(struct mqtt_link *link);
/** After one that may have ended the connection. */
void mqtt_link_check(struct mqtt_link *link, int rc);
/** Forget the socket. */
void mqtt_link_unwatch(struct mqtt_link *link);
/** Go on, and once more after a while. The link may be gone afterwards. @param arg  the link */
void mqtt_link_on_tick(void *arg);

#endif /* PUBLISH_MQTT_MQTT_LINK_IO_H */

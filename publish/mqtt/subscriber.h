/* SPDX-License-Identifier: MIT */
/**
 * subscriber - follow topics on the broker, for `campaign2mqtt tail`.
 *
 * Blocking, with a connection of its own; not part of the daemon's loop.
 */
#ifndef PUBLISH_MQTT_SUBSCRIBER_H
#define PUBLISH_MQTT_SUBSCRIBER_H

#include <signal.h>
#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"
#include "publish/mqtt/publisher.h"

/** @return false to stop */
typedef bool (*subscriber_fn)(void *arg, const char *topic, struct str payload, bool retain);

/**
 * Connect, subscribe with QoS 1, call @p fn for each message; come back after a lost connection.
 *
 * @param conf      broker and credentials; client_id NULL takes one made by the library
 * @param stop      set by a signal: return soon
 * @return ERR_OK stopped, ERR_AUTH the broker refuses the credentials or the subscription, ERR_IO
 *         not reachable at the first attempt, ERR_INVAL, ERR_NOMEM
 */
enum err subscriber_run(const struct publisher_conf *conf, const char *topic_filter,
                        subscriber_fn fn, void *arg, const volatile sig_atomic_t *stop,
                        struct err_detail *reterr_detail) MUST_CHECK;

#endif /* PUBLISH_MQTT_SUBSCRIBER_H */

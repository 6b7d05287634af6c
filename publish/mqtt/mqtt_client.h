/* SPDX-License-Identifier: MIT */
/** mqtt_client - a libmosquitto client with our settings: version, credentials, TLS, Last Will. */
#ifndef PUBLISH_MQTT_MQTT_CLIENT_H
#define PUBLISH_MQTT_MQTT_CLIENT_H

#include "core/err.h"
#include "core/str.h"
#include "publish/mqtt/publisher.h"

struct mosquitto;

/**
 * A client that is not connected yet.
 *
 * Clean start and no session: what the broker has not acknowledged is the relay's business. TLS is
 * 1.2 or newer and always verifies the broker's certificate and name.
 *
 * @param will_topic, will  Last Will, QoS 1, retained
 * @param obj               given to libmosquitto's callbacks
 * @return ERR_OK
 *         ERR_INVAL  a file of the TLS settings cannot be read, or a text is no UTF-8 (detail)
 *         ERR_NOMEM
 */
enum err mqtt_client_new(const struct publisher_conf *conf, const char *will_topic, struct str will,
                         void *obj, struct mosquitto **ret_client,
                         struct err_detail *reterr_detail) MUST_CHECK;

/** Why the broker refused the connection, for people. @param version  5 or 311 */
const char *mqtt_refusal_text(int version, int reason);

#endif /* PUBLISH_MQTT_MQTT_CLIENT_H */

/* SPDX-License-Identifier: MIT */
/** mqtt_message - struct publisher_message as MQTT 5 properties, and its size on the wire. */
#ifndef PUBLISH_MQTT_MQTT_MESSAGE_H
#define PUBLISH_MQTT_MQTT_MESSAGE_H

#include <stddef.h>

#include "core/err.h"
#include "publish/mqtt/publisher.h"

struct mqtt5__property;

/**
 * @param ret_properties  to be freed with mosquitto_property_free_all(); NULL when there is none
 * @return ERR_OK, ERR_INVAL a text is not UTF-8, ERR_NOMEM
 */
enum err mqtt_message_properties(const struct publisher_message *message,
                                 struct mqtt5__property **ret_properties) MUST_CHECK;

/**
 * Bytes of the whole PUBLISH packet with QoS 1.
 *
 * Computed here because libmosquitto forgets the length of the property length, so that a packet
 * one byte too large would be kept by it and never sent.
 *
 * @param version  5 or 311
 */
size_t mqtt_message_size(const struct publisher_message *message, int version);

#endif /* PUBLISH_MQTT_MQTT_MESSAGE_H */

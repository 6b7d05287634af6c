/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mqtt_message.h"

#include <mqtt_protocol.h>
#include <string.h>

#include <mosquitto.h>

static enum err err_from(int rc)
{
	if (rc == MOSQ_ERR_SUCCESS)
		return ERR_OK;
	return rc == MOSQ_ERR_NOMEM ? ERR_NOMEM : ERR_INVAL;
}

static int add_fixed(const struct publisher_message *message, mosquitto_property **props)
{
	int rc = MOSQ_ERR_SUCCESS;

	if (message->is_text)
		rc = mosquitto_property_add_byte(props, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, 1);
	if (rc == MOSQ_ERR_SUCCESS && message->expiry_s > 0) {
		rc = mosquitto_property_add_int32(props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
		                                  message->expiry_s);
	}
	if (rc == MOSQ_ERR_SUCCESS && message->content_type != NULL) {
		rc = mosquitto_property_add_string(props, MQTT_PROP_CONTENT_TYPE,
		                                   message->content_type);
	}
	return rc;
}

/* libmosquitto 2.0.11 checks the value's first 0 bytes only. */
static int add_pair(const struct publisher_property *property, mosquitto_property **props)
{
	size_t len = strlen(property->value);

	if (len > UINT16_MAX || mosquitto_validate_utf8(property->value, (int)len) != 0)
		return MOSQ_ERR_MALFORMED_UTF8;
	return mosquitto_property_add_string_pair(props, MQTT_PROP_USER_PROPERTY, property->name,
	                                          property->value);
}

enum err mqtt_message_properties(const struct publisher_message *message,
                                 struct mqtt5__property **ret_properties)
{
	mosquitto_property *props = NULL;
	int rc = add_fixed(message, &props);

	for (size_t i = 0; rc == MOSQ_ERR_SUCCESS && i < message->property_count; i++)
		rc = add_pair(&message->properties[i], &props);
	if (rc != MOSQ_ERR_SUCCESS) {
		mosquitto_property_free_all(&props);
	} else {
		*ret_properties = props;
	}
	return err_from(rc);
}

static size_t varint_size(size_t n)
{
	if (n < 128)
		return 1;
	if (n < 16384)
		return 2;
	return n < 2097152 ? 3 : 4;
}

/* Source: MQTT 5.0, section 2.2.2: an identifier of one byte, then the value. */
static size_t properties_size(const struct publisher_message *message)
{
	size_t size = 0;

	if (message->is_text)
		size += 1 + 1;
	if (message->expiry_s > 0)
		size += 1 + 4;
	if (message->content_type != NULL)
		size += 1 + 2 + strlen(message->content_type);
	for (size_t i = 0; i < message->property_count; i++) {
		size += 1 + 2 + strlen(message->properties[i].name) + 2 +
		        strlen(message->properties[i].value);
	}
	return size;
}

size_t mqtt_message_size(const struct publisher_message *message, int version)
{
	size_t rest = 2 + strlen(message->topic) + 2 + message->payload.len;

	if (version != 311) {
		size_t properties = properties_size(message);

		rest += varint_size(properties) + properties;
	}
	return 1 + varint_size(rest) + rest;
}

/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mqtt_notes.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <string.h>

#include <mosquitto.h>

#include "core/obj.h"
#include "publish/mqtt/mqtt_client.h"

void mqtt_notes_close(struct mqtt_link *link, enum mqtt_end end, const char *why)
{
	if (link->is_closed)
		return;
	link->is_closed = true;
	link->end = link->is_bye ? MQTT_END_BYE : end;
	if (link->why[0] == '\0') /* else the library's log said it better */
		(void)snprintf(link->why, sizeof(link->why), "%s", why);
}

void mqtt_notes_close_rc(struct mqtt_link *link, int rc, int sys_errno)
{
	char text[128] = "";

	if (rc >= MQTT_RC_UNSPECIFIED) {
		(void)snprintf(text, sizeof(text), "the broker disconnected: %s",
		               mosquitto_reason_string(rc));
	} else if (rc == MOSQ_ERR_KEEPALIVE) {
		(void)snprintf(text, sizeof(text), "the broker does not answer");
	} else if (rc == MOSQ_ERR_CONN_LOST || (rc == MOSQ_ERR_ERRNO && sys_errno == 0)) {
		(void)snprintf(text, sizeof(text), "the broker closed the connection");
	} else if (rc != MOSQ_ERR_ERRNO || strerror_r(sys_errno, text, sizeof(text)) != 0) {
		(void)snprintf(text, sizeof(text), "%s", mosquitto_strerror(rc));
	}
	mqtt_notes_close(link, MQTT_END_LOST, text);
}

/* ---- libmosquitto's callbacks: they run under its locks and only take notes ---- */

static void read_limits(struct mqtt_link *link, const mosquitto_property *props)
{
	uint16_t receive_max = 65535;
	uint8_t qos_max = 1;

	(void)mosquitto_property_read_int16(props, MQTT_PROP_RECEIVE_MAXIMUM, &receive_max, false);
	(void)mosquitto_property_read_int32(props, MQTT_PROP_MAXIMUM_PACKET_SIZE, &link->packet_max,
	                                    false);
	(void)mosquitto_property_read_byte(props, MQTT_PROP_MAXIMUM_QOS, &qos_max, false);
	link->receive_max = receive_max;
	link->went_up = qos_max > 0;
	if (qos_max == 0)
		mqtt_notes_close(link, MQTT_END_REFUSED, "the broker takes no QoS 1 messages");
}

static void link_on_connect(struct mosquitto *client, void *arg, int reason, int flags,
                            const mosquitto_property *props)
{
	struct mqtt_link *link;

	OBJ_FROM(link, arg, LINK_MAGIC);
	(void)client;
	(void)flags;
	link->why[0] = '\0';
	if (reason == 0) {
		read_limits(link, props);
	} else {
		mqtt_notes_close(link, MQTT_END_REFUSED, mqtt_refusal_text(link->version, reason));
	}
}

static void link_on_disconnect(struct mosquitto *client, void *arg, int rc,
                               const mosquitto_property *props)
{
	int sys_errno = errno;
	struct mqtt_link *link;

	OBJ_FROM(link, arg, LINK_MAGIC);
	(void)client;
	(void)props;
	mqtt_notes_close_rc(link, rc, sys_errno);
}

static void link_on_publish(struct mosquitto *client, void *arg, int mid, int reason,
                            const mosquitto_property *props)
{
	struct mqtt_link *link;
	uint64_t token;

	OBJ_FROM(link, arg, LINK_MAGIC);
	(void)client;
	(void)props;
	if (mid_map_take(link->mids, (uint16_t)mid, &token))
		link->acks[link->ack_count++] = (struct ack){token, (unsigned)reason};
}

/* Set until the CONNACK only: it makes the library format a line for each packet. TLS failures are
 * told nowhere else. */
static void link_on_log(struct mosquitto *client, void *arg, int level, const char *text)
{
	struct mqtt_link *link;

	OBJ_FROM(link, arg, LINK_MAGIC);
	(void)client;
	if (level == MOSQ_LOG_ERR && link->why[0] == '\0') {
		(void)snprintf(link->why, sizeof(link->why), "%s",
		               strncmp(text, "Error: ", 7) == 0 ? text + 7 : text);
	}
}

void mqtt_notes_take(struct mqtt_link *link)
{
	struct mosquitto *client = link->client;

	mosquitto_connect_v5_callback_set(client, link_on_connect);
	mosquitto_disconnect_v5_callback_set(client, link_on_disconnect);
	mosquitto_publish_v5_callback_set(client, link_on_publish);
	mosquitto_log_callback_set(client, link_on_log);
}

/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mqtt_link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <mosquitto.h>

#include "core/obj.h"
#include "publish/mqtt/mqtt_client.h"
#include "publish/mqtt/mqtt_link_io.h"
#include "publish/mqtt/mqtt_message.h"
#include "publish/mqtt/mqtt_notes.h"
#include "publish/mqtt/resolve.h"

#define KEEPALIVE_DEFAULT_S 60
#define KEEPALIVE_MIN_S     5
/* Source: MQTT 5.0, section 2.1.4: largest remaining length, and the header before it. */
#define PACKET_MAX          ((size_t)268435455)

/* ---- dialing ---- */

static void link_free(struct mqtt_link *link)
{
	mqtt_link_unwatch(link);
	loop_timer_free(link->tick);
	mosquitto_destroy(link->client);
	mid_map_free(link->mids);
	free(link->acks);
	free(link->host);
	OBJ_POISON(link);
	free(link);
}

/* On the worker. The library looks the name up once more when TLS needs it to check the
 * certificate; TCP connects without waiting. */
static void dial(void *arg)
{
	struct mqtt_link *link = arg;
	char address[RESOLVE_TEXT_MAX];
	struct err_detail detail = {.text = ""};
	int rc;

	if (resolve_address(link->host, link->attempt, address, &detail) != ERR_OK) {
		mqtt_notes_close(link, MQTT_END_LOST, detail.text);
		return;
	}
	errno = 0;
	rc = mosquitto_connect_async(link->client, link->tls ? link->host : address, link->port,
	                             link->keepalive_s);
	if (rc != MOSQ_ERR_SUCCESS)
		mqtt_notes_close_rc(link, rc, errno);
}

static void link_on_dialed(void *arg, bool canceled)
{
	struct mqtt_link *link;

	OBJ_FROM(link, arg, LINK_MAGIC);
	link->is_dialing = false;
	if (link->is_abandoned) {
		link_free(link);
		return;
	}
	if (canceled)
		mqtt_notes_close(link, MQTT_END_LOST, err_str(ERR_CANCELED));
	mqtt_link_on_tick(link);
}

/* libmosquitto takes 5 to 65,535 seconds; without any a broker that died silently is never missed.
 */
static int keepalive_of(const struct publisher_conf *conf)
{
	if (conf->keepalive_s == 0)
		return KEEPALIVE_DEFAULT_S;
	if (conf->keepalive_s < KEEPALIVE_MIN_S)
		return KEEPALIVE_MIN_S;
	return conf->keepalive_s > UINT16_MAX ? UINT16_MAX : (int)conf->keepalive_s;
}

enum err mqtt_link_open(struct loop *loop, struct worker *worker, const struct publisher_conf *conf,
                        const char *will_topic, struct str will, unsigned attempt,
                        const struct mqtt_link_ops *ops, void *arg, struct mqtt_link **ret_link,
                        struct err_detail *reterr_detail)
{
	struct mqtt_link *link = calloc(1, sizeof(*link));
	enum err err = ERR_NOMEM;

	if (link == NULL)
		return ERR_NOMEM;
	*link = (struct mqtt_link){.magic = LINK_MAGIC,
	                           .loop = loop,
	                           .ops = ops,
	                           .arg = arg,
	                           .fd = -1,
	                           .watched_fd = -1,
	                           .port = conf->port,
	                           .attempt = attempt,
	                           .keepalive_s = keepalive_of(conf),
	                           .version = conf->version,
	                           .tls = conf->tls,
	                           .is_dialing = true};
	link->host = strdup(conf->host);
	if (link->host == NULL || mid_map_new(&link->mids) != ERR_OK ||
	    loop_timer_new(loop, mqtt_link_on_tick, link, &link->tick) != ERR_OK)
		goto out;
	err = mqtt_client_new(conf, will_topic, will, link, &link->client, reterr_detail);
	if (err != ERR_OK)
		goto out;
	mqtt_notes_take(link);
	err = worker_submit(worker, dial, link_on_dialed, link);
	if (err != ERR_OK)
		goto out;
	*ret_link = link;
	link = NULL;
out:
	if (link != NULL)
		link_free(link);
	return err;
}

void mqtt_link_close(struct mqtt_link *link)
{
	if (link == NULL)
		return;
	link->ops = NULL;
	if (link->is_dialing) {
		link->is_abandoned = true;
	} else {
		link_free(link);
	}
}

bool mqtt_link_is_up(const struct mqtt_link *link)
{
	return link->is_up && !link->is_closed && !link->is_bye;
}

/* ---- sending ---- */

/* Room for the PUBACK is made here: the callback that notes it cannot fail. */
static enum err reserve_ack(struct mqtt_link *link)
{
	size_t needed = mid_map_count(link->mids) + link->ack_count + 1;
	size_t cap = link->ack_cap * 2 + 64;
	struct ack *acks;

	if (needed <= link->ack_cap)
		return ERR_OK;
	acks = realloc(link->acks, cap * sizeof(*acks));
	if (acks == NULL)
		return ERR_NOMEM;
	link->acks = acks;
	link->ack_cap = cap;
	return ERR_OK;
}

/* What the library's refusal means. It keeps a message that it could not write; we do not: the link
 * is closed and the relay sends it again on the next one. */
static enum err send_result(struct mqtt_link *link, int rc)
{
	switch (rc) {
	case MOSQ_ERR_NOMEM:
		return ERR_NOMEM;
	case MOSQ_ERR_OVERSIZE_PACKET:
	case MOSQ_ERR_PAYLOAD_SIZE:
		return ERR_LIMIT;
	case MOSQ_ERR_INVAL:
	case MOSQ_ERR_MALFORMED_UTF8:
	case MOSQ_ERR_PROTOCOL:
		return ERR_INVAL;
	default:
		mqtt_notes_close_rc(link, rc, errno);
		loop_timer_start(link->tick, 0);
		return ERR_AGAIN;
	}
}

static enum err publish(struct mqtt_link *link, const struct publisher_message *message,
                        const mosquitto_property *props, uint64_t token)
{
	int mid = 0;
	int rc = mosquitto_publish_v5(link->client, &mid, message->topic, (int)message->payload.len,
	                              message->payload.ptr, 1, message->retain, props);

	if (rc != MOSQ_ERR_SUCCESS)
		return send_result(link, rc);
	mid_map_put(link->mids, (uint16_t)mid, token);
	mqtt_link_want(link);
	return ERR_OK;
}

enum err mqtt_link_send(struct mqtt_link *link, const struct publisher_message *message,
                        uint64_t token)
{
	size_t size = mqtt_message_size(message, link->version);
	mosquitto_property *props = NULL;
	enum err err;

	if (!mqtt_link_is_up(link))
		return ERR_AGAIN;
	if (size > PACKET_MAX || (link->packet_max > 0 && size > link->packet_max))
		return ERR_LIMIT;
	if (mid_map_reserve(link->mids) != ERR_OK)
		return ERR_NOMEM;
	err = reserve_ack(link);
	if (err == ERR_OK && link->version != 311)
		err = mqtt_message_properties(message, &props);
	if (err == ERR_OK)
		err = publish(link, message, props, token);
	mosquitto_property_free_all(&props);
	return err;
}

void mqtt_link_hold(struct mqtt_link *link, bool on)
{
	int fd = link->is_closed ? -1 : mosquitto_socket(link->client);
	int value = on;

	/* libmosquitto writes each message by itself; the kernel can gather them (tcp(7),
	 * TCP_CORK). */
	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
}

void mqtt_link_disconnect(struct mqtt_link *link)
{
	link->is_bye = true;
	mqtt_link_check(link, mosquitto_disconnect(link->client));
	mqtt_link_want(link);
	if (link->is_closed)
		loop_timer_start(link->tick, 0);
}

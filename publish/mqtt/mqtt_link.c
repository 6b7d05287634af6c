/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mqtt_link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mosquitto.h>

#include "core/obj.h"
#include "publish/mqtt/mqtt_client.h"
#include "publish/mqtt/mqtt_message.h"
#include "publish/mqtt/mqtt_notes.h"
#include "publish/mqtt/resolve.h"

#define KEEPALIVE_DEFAULT_S 60
#define KEEPALIVE_MIN_S     5
/* libmosquitto wants its keepalive looked after about every second. */
#define TICK_MS             1000
/* While TLS shakes hands the library's wish to write is not to be believed: see want(). */
#define TLS_TICK_MS         20
/* Source: MQTT 5.0, section 2.1.4: largest remaining length, and the header before it. */
#define PACKET_MAX          ((size_t)268435455)

/* ---- the loop's side ---- */

/* libmosquitto opens and closes its socket as it likes: look after each call. */
static void watch(struct mqtt_link *link);

static void want(struct mqtt_link *link)
{
	bool write = mosquitto_want_write(link->client);

	/* During a TLS handshake 2.0.11 does not ask for the write event that ends connect(), and
	 * later keeps on asking when there is nothing to write (a busy loop): the tick helps. */
	if (link->tls && !link->is_up)
		write = !link->was_writable;
	if (link->io != NULL && write != link->wants_write) {
		link->wants_write = write;
		loop_io_want(link->io, true, write);
	}
}

static void tell_acks(struct mqtt_link *link)
{
	for (size_t i = 0; i < link->ack_count; i++)
		link->ops->on_ack(link->arg, link->acks[i].token, link->acks[i].reason);
	link->ack_count = 0;
}

/* Tell the owner what the callbacks noted. The link may be gone afterwards. */
static void tell(struct mqtt_link *link)
{
	watch(link);
	if (link->went_up && !link->is_up) {
		link->is_up = true;
		mosquitto_log_callback_set(link->client, NULL);
		link->ops->on_up(link->arg, link->receive_max);
	}
	tell_acks(link);
	want(link);
	if (link->is_closed && link->ops != NULL) {
		const struct mqtt_link_ops *ops = link->ops;

		link->ops = NULL; /* the last callback */
		link->is_up = false;
		loop_timer_stop(link->tick);
		ops->on_closed(link->arg, link->end, link->why);
	}
}

static void on_result(struct mqtt_link *link, int rc)
{
	if (rc != MOSQ_ERR_SUCCESS)
		mqtt_notes_close_rc(link, rc, errno);
}

static void read_socket(struct mqtt_link *link)
{
	errno = 0; /* the library's loop ends early on a stale EAGAIN */
	on_result(link, mosquitto_loop_read(link->client, 1));
}

static void write_socket(struct mqtt_link *link)
{
	if (link->is_closed || mosquitto_socket(link->client) < 0)
		return;
	errno = 0;
	on_result(link, mosquitto_loop_write(link->client, 1));
}

static void link_on_io(void *arg, bool readable, bool writable)
{
	struct mqtt_link *link;

	OBJ_FROM(link, arg, LINK_MAGIC);
	if (writable)
		link->was_writable = true;
	if (readable || (link->tls && !link->is_up))
		read_socket(link);
	if (writable || mosquitto_want_write(link->client))
		write_socket(link);
	tell(link);
}

static void unwatch(struct mqtt_link *link)
{
	loop_io_free(link->io);
	link->io = NULL;
	if (link->watched_fd >= 0)
		(void)close(link->watched_fd);
	link->watched_fd = -1;
	link->wants_write = false;
}

/* A copy of the descriptor is watched, because the library closes its own inside of its calls and
 * libevent must not be asked to forget a descriptor that is gone. */
static void watch(struct mqtt_link *link)
{
	int fd = link->is_closed ? -1 : mosquitto_socket(link->client);

	if (fd == link->fd)
		return;
	unwatch(link);
	link->fd = fd;
	if (fd < 0)
		return;
	link->watched_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (link->watched_fd < 0 ||
	    loop_io_new(link->loop, link->watched_fd, link_on_io, link, &link->io) != ERR_OK) {
		mqtt_notes_close(link, MQTT_END_LOST, "no descriptor or memory left");
		return;
	}
	loop_io_want(link->io, true, false);
}

static void link_on_tick(void *arg)
{
	struct mqtt_link *link;

	OBJ_FROM(link, arg, LINK_MAGIC);
	loop_timer_start(link->tick, link->tls && !link->is_up ? TLS_TICK_MS : TICK_MS);
	if (!link->is_closed)
		on_result(link, mosquitto_loop_misc(link->client));
	/* Bytes that OpenSSL has read ahead give no read event. */
	if (link->tls && !link->is_closed && link->was_writable) {
		read_socket(link);
		write_socket(link);
	}
	tell(link);
}

/* ---- dialing ---- */

static void link_free(struct mqtt_link *link)
{
	unwatch(link);
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
	link_on_tick(link);
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
	    loop_timer_new(loop, link_on_tick, link, &link->tick) != ERR_OK)
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
	want(link);
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
	on_result(link, mosquitto_disconnect(link->client));
	want(link);
	if (link->is_closed)
		loop_timer_start(link->tick, 0);
}

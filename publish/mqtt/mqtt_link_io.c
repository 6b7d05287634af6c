/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mqtt_link_io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <mosquitto.h>

#include "core/obj.h"

/* libmosquitto wants its keepalive looked after about every second. */
#define TICK_MS     1000
/* While TLS shakes hands the library's wish to write is not to be believed: see
 * mqtt_link_want(). */
#define TLS_TICK_MS 20

/* libmosquitto opens and closes its socket as it likes: look after each call. */
static void watch(struct mqtt_link *link);

void mqtt_link_want(struct mqtt_link *link)
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
	mqtt_link_want(link);
	if (link->is_closed && link->ops != NULL) {
		const struct mqtt_link_ops *ops = link->ops;

		link->ops = NULL; /* the last callback */
		link->is_up = false;
		loop_timer_stop(link->tick);
		ops->on_closed(link->arg, link->end, link->why);
	}
}

void mqtt_link_check(struct mqtt_link *link, int rc)
{
	if (rc != MOSQ_ERR_SUCCESS)
		mqtt_notes_close_rc(link, rc, errno);
}

static void read_socket(struct mqtt_link *link)
{
	errno = 0; /* the library's loop ends early on a stale EAGAIN */
	mqtt_link_check(link, mosquitto_loop_read(link->client, 1));
}

static void write_socket(struct mqtt_link *link)
{
	if (link->is_closed || mosquitto_socket(link->client) < 0)
		return;
	errno = 0;
	mqtt_link_check(link, mosquitto_loop_write(link->client, 1));
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

void mqtt_link_unwatch(struct mqtt_link *link)
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
	mqtt_link_unwatch(link);
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

void mqtt_link_on_tick(void *arg)
{
	struct mqtt_link *link;

	OBJ_FROM(link, arg, LINK_MAGIC);
	loop_timer_start(link->tick, link->tls && !link->is_up ? TLS_TICK_MS : TICK_MS);
	if (!link->is_closed)
		mqtt_link_check(link, mosquitto_loop_misc(link->client));
	/* Bytes that OpenSSL has read ahead give no read event. */
	if (link->tls && !link->is_closed && link->was_writable) {
		read_socket(link);
		write_socket(link);
	}
	tell(link);
}

/* SPDX-License-Identifier: MIT */
#include "core/clock.h"
#include "core/http/http_internal.h"
#include "core/obj.h"

/* Deadlines may be late by this much; fewer wake-ups are worth it. */
#define COARSE_MS 50
#define LINGER_MS 2000

static uint64_t duration_ms(const struct http_server *server, enum http_clock clock)
{
	switch (clock) {
	case CLOCK_FIRST:
	case CLOCK_REQUEST:
	case CLOCK_WRITE:
		return server->limits.request_timeout_ms;
	case CLOCK_IDLE:
		return server->limits.idle_timeout_ms;
	case CLOCK_LINGER:
		return LINGER_MS;
	case CLOCK_NONE:
	case CLOCK_COUNT:
		break;
	}
	return 0;
}

static void schedule(struct http_server *server, uint64_t deadline, uint64_t now)
{
	if (server->tick_due != 0 && server->tick_due <= deadline)
		return;

	uint64_t delay = deadline > now + COARSE_MS ? deadline - now : COARSE_MS;

	server->tick_due = now + delay;
	loop_timer_start(server->tick, delay);
}

/*
 * One list for each clock: all of a list run equally long, so the one that ends first stands first
 * (after a reload that shortens a timeout, those that began before it may hold it up).
 */
void http_clock_set(struct http_connection *conn, enum http_clock clock)
{
	struct http_server *server = conn->server;

	if (clock == conn->clock && (clock == CLOCK_NONE || clock == CLOCK_REQUEST ||
	                             clock == CLOCK_FIRST || clock == CLOCK_LINGER))
		return;
	if (conn->clock != CLOCK_NONE)
		TAILQ_REMOVE(&server->clocks[conn->clock], conn, clock_link);
	conn->clock = clock;
	if (clock == CLOCK_NONE)
		return;

	uint64_t now = clock_mono_ms();

	conn->deadline = now + duration_ms(server, clock);
	TAILQ_INSERT_TAIL(&server->clocks[clock], conn, clock_link);
	schedule(server, conn->deadline, now);
}

static void expire(struct http_server *server, enum http_clock clock, uint64_t now)
{
	struct http_connection *conn;

	while ((conn = TAILQ_FIRST(&server->clocks[clock])) != NULL && conn->deadline <= now)
		http_connection_expire(conn);
}

void http_clock_on_tick(void *arg)
{
	struct http_server *server;
	uint64_t now = clock_mono_ms();

	OBJ_FROM(server, arg, HTTP_SERVER_MAGIC);
	server->tick_due = 0;
	for (int clock = CLOCK_FIRST; clock < CLOCK_COUNT; clock++)
		expire(server, (enum http_clock)clock, now);
	for (int clock = CLOCK_FIRST; clock < CLOCK_COUNT; clock++) {
		const struct http_connection *conn = TAILQ_FIRST(&server->clocks[clock]);

		if (conn != NULL)
			schedule(server, conn->deadline, now);
	}
}

/* SPDX-License-Identifier: MIT */
/**
 * relay_parts - what the files of relay share; nobody else includes it.
 *
 * relay.c makes it and gives the lanes their turns, relay_lanes.c has the lanes and finds those
 * that wait in the journal, relay_send.c sends their items within the broker's Receive Maximum and
 * takes its answers, relay_drain.c ends it.
 */
#ifndef PUBLISH_RELAY_PARTS_H
#define PUBLISH_RELAY_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "publish/lane.h"
#include "publish/relay.h"
#include "publish/summary.h"

#define RELAY_MAGIC   0x72656c61U
/* What a lane may do before the next one has its turn. */
#define RELAY_QUANTUM 16

/* What waits for a PUBACK; its token is the index. */
struct slot {
	struct lane *lane;     /* borrowed */
	struct outgoing *item; /* borrowed; NULL: free */
};

TAILQ_HEAD(lane_list, lane);

struct relay {
	unsigned magic;
	struct lane_env env;
	struct lane_list lanes;  /* owned; the first has the next turn */
	struct lane *last_noted; /* by relay_notify(): it comes in runs */
	char *prefix;            /* owned */
	struct relay_conf conf;
	struct publisher *publisher; /* borrowed; NULL before relay_start() */
	struct summary *summary;     /* owned */
	struct slot *slots;          /* owned; conf.max_inflight of them */
	uint32_t *free_slots;        /* owned; a stack */
	size_t free_count;
	size_t inflight, inflight_max;
	bool is_holding;          /* the publisher: released at the end of the turn */
	struct loop_timer *wake;  /* owned */
	struct loop_timer *retry; /* owned; read the lanes again */
	struct loop_timer *drain; /* owned; its deadline */
	bool is_awake;
	bool is_summary_draining, is_summary_drained;
	loop_fn drain_done;
	void *drain_arg; /* borrowed */
};

/* relay.c */

/** There is something to do on the next turn. @param arg  struct relay */
void relay_wake(void *arg);

/* relay_lanes.c */

/** Find what waits in the journal. @param arg  struct relay */
void relay_read_lanes(void *arg);

/* relay_send.c */

/** @return ERR_OK, ERR_NOMEM */
enum err relay_make_slots(struct relay *r) MUST_CHECK;
/** Send what @p l has, for one turn. @return how many were dealt with */
size_t relay_send(struct relay *r, struct lane *l);
/** How many summaries may be on their way. @param arg  struct relay */
size_t relay_summary_room(void *arg);

/* relay_drain.c */

/** Go on with the drain, when there is one. */
void relay_drain_on(struct relay *r);
/** Its time is up. @param arg  struct relay */
void relay_on_drain_timeout(void *arg);

#endif /* PUBLISH_RELAY_PARTS_H */

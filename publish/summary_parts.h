/* SPDX-License-Identifier: MIT */
/**
 * summary_parts - what the files of summary share; nobody else includes it.
 *
 * summary.c gives the steps and knows the connection, summary_due.c asks the store what is due, and
 * when again; summary_place.c takes one campaign from its counters to the broker's word:
 *
 *     FREE ─▶ READING ─▶ READY ─▶ SENT ─▶ TELLING ─▶ FREE
 *                          │       │
 *                          └───────┴─ connection lost, refused: it is still due in the store
 */
#ifndef PUBLISH_SUMMARY_PARTS_H
#define PUBLISH_SUMMARY_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/backoff.h"
#include "publish/cooldown.h"
#include "publish/summary.h"
#include "publish/summary_message.h"

#define SUMMARY_MAGIC    0x73756d6dU
#define SUMMARY_RETRY_MS 1000

enum place_state {
	PLACE_FREE,
	PLACE_READING, /* the store is asked for its counters */
	PLACE_READY,   /* to be sent */
	PLACE_SENT,    /* waits for its PUBACK */
	PLACE_TELLING  /* the store is told that it is done */
};

struct place {
	struct summary *owner;
	enum place_state state;
	bool is_stale;                   /* the connection was lost meanwhile */
	struct summary_message *message; /* owned; NULL when FREE */
};

struct summary {
	unsigned magic;
	struct loop *loop;
	struct store *store;
	struct publisher *publisher; /* borrowed; NULL: no connection */
	struct summary_conf conf;
	char *prefix, *instance; /* owned */
	struct place places[SUMMARY_WINDOW];
	size_t busy, ready, sent;
	bool is_due;          /* the store may have some */
	bool is_asking;       /* what is due */
	bool is_again_wanted; /* the last ones before the connection was lost */
	bool is_again;        /* the store is told so */
	uint64_t ask_at_ms;   /* not before; monotonic */
	struct backoff pause;
	bool is_refused;          /* by the broker, since the last one it took */
	struct loop_timer *timer; /* owned */
	uint64_t timer_at_ms;     /* 0: not running */
	bool is_draining;
	loop_fn drain_done;
	void *drain_arg; /* borrowed */
	struct cooldown cooldown;
};

/* summary.c */

/** Go on in @p in_ms at the latest. */
void summary_step_in(struct summary *s, uint64_t in_ms);

/* summary_due.c */

/** No campaign is on its way, and the store is not being asked. */
bool summary_is_idle(const struct summary *s);
/** Ask the store, when it is time, what is due; the campaigns' ways begin. */
void summary_ask_due(struct summary *s);

/* summary_place.c */

/**
 * Begin with @p campaign; there is a free place.
 *
 * @return ERR_OK, ERR_NOMEM and what the store says: it stays due
 */
enum err summary_place_begin(struct summary *s, const struct store_campaign *campaign) MUST_CHECK;
/** Send those that are READY, while there is room. */
void summary_places_send(struct summary *s);
/** The PUBACK of one that was SENT. */
void summary_place_acked(struct place *p, unsigned reason);
/** The connection is gone: forget them all; they are still due. */
void summary_places_forget(struct summary *s);

#endif /* PUBLISH_SUMMARY_PARTS_H */

/* SPDX-License-Identifier: MIT */
/**
 * relay - takes journal entries in order, turns them into events, publishes, settles.
 *
 * One lane per account, each strictly in order; lanes share the window fairly.
 *
 *     store_claim ─▶ normalise ─▶ store_known ─▶ window (publisher_send … on_ack) ─▶ store_settle
 *
 * Memory is bounded whatever the backlog: at most `window` decoded events and 32 MiB of them, and
 * one claimed batch per busy lane. An event id that is on its way is known to the relay before it
 * is known to the store, so that a second payload with the same fact is a duplicate even while the
 * first waits for its acknowledgement.
 *
 * PUBACK reasons (design section 4): below 0x80 done (0x10 counted); 0x90 topic name invalid, 0x95
 * packet too large, 0x99 payload format invalid: dead letter `publish_refused`; any other of 0x80
 * and above: the lane waits (1 s doubling to 60 s) and sends that event and what follows it again.
 *
 * Threads: the loop's.
 */
#ifndef PUBLISH_RELAY_H
#define PUBLISH_RELAY_H

#include <stdint.h>

#include "core/loop.h"
#include "normalise/source.h"
#include "publish/publisher.h"
#include "store/store.h"

struct relay;

struct relay_conf {
	const char *topic_prefix; /* "campaigns/v1" */
	unsigned max_inflight; /* most unacknowledged publishes; the broker's Receive Maximum lowers
	                          it */
	uint32_t event_expiry_s; /* message expiry of events; 0 for none */
	bool user_properties;    /* MQTT 5 */
};

/** @param sources  a reference is taken. @return ERR_OK, ERR_NOMEM */
enum err relay_new(struct loop *loop, struct store *store, const struct relay_conf *conf,
                   struct source_table *sources, struct relay **ret_relay) MUST_CHECK;

/** The publisher's callbacks; give them with the relay as @c arg to publisher_new(). */
extern const struct publisher_ops relay_publisher_ops;

/** Read the lanes that wait and begin. @p publisher is borrowed until relay_free(). */
void relay_start(struct relay *r, struct publisher *publisher);

/** A payload of this account was committed as @p entry. */
void relay_notify(struct relay *r, struct str account, int64_t entry, int64_t received_ms);

/** Other sources from now on (a reload). */
void relay_set_sources(struct relay *r, struct source_table *sources);

/** Claim nothing more; @p done once everything sent is acknowledged and settled, or after @p
 * timeout_ms. */
void relay_drain(struct relay *r, uint64_t timeout_ms, loop_fn done, void *arg);

/** Call it after publisher_free() and with no operation of ours left in the store (store_close()
 * first), or leaked completions would find it gone. Accepts NULL. */
void relay_free(struct relay *r);

struct relay_stats {
	size_t lanes;
	size_t inflight;     /* sent, not acknowledged */
	size_t decoded;      /* events held in memory */
	int64_t oldest_ms;   /* received time of the oldest entry not settled; 0 when none */
	size_t paused_lanes; /* lanes the broker refuses */
};

void relay_stats(const struct relay *r, struct relay_stats *ret_stats);

#endif /* PUBLISH_RELAY_H */

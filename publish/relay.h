/* SPDX-License-Identifier: MIT */
/**
 * relay - takes journal entries in order, turns them into events, publishes, settles.
 *
 * One lane per account, each strictly in order; lanes share the window fairly.
 *
 *     store_claim ─▶ normalise ─▶ store_known ─▶ window (publisher_send … on_ack) ─▶ (wait) ─▶
 *     store_settle
 *
 * Memory is bounded whatever the backlog: at most `window` decoded events and 32 MiB of them, and
 * one claimed batch per busy lane. An event id that is on its way is known to the relay before it
 * is known to the store, so that a second payload with the same fact is a duplicate even while the
 * first waits for its acknowledgement.
 *
 * What is acknowledged is settled a moment later, because a PUBACK is not durable (decision 0008):
 * when the connection breaks before that, everything that is not settled is forgotten here, claimed
 * from the journal again and published again with the same ids. Metrics count what is settled, so
 * that it counts once. What waits to be settled is bounded too: past RELAY_WAITING_IDS lanes settle
 * at once.
 *
 * A vendor's counter is an event when it has another value than the last one of its tally, on its
 * way or settled; the settle writes tally and counter. What was settled tells the summary, which
 * publishes it within the same Receive Maximum.
 *
 * PUBACK reasons (MQTT 5.0, 3.4.2.1): below 0x80 done (0x10 counted); 0x90 topic name invalid, 0x95
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
#include "publish/mqtt/publisher.h"
#include "publish/summary.h"
#include "store/store.h"

/**
 * How long an acknowledged event waits before it is settled: Mosquitto that saves every second does
 * so within 2.1 s.
 */
#define RELAY_SETTLE_AFTER_MS 3000
/** Ids of all lanes that may wait for it: past it they are settled at once. */
#define RELAY_WAITING_IDS     32768
/** Bytes of counters and dead letters of all lanes that may wait for it. */
#define RELAY_WAITING_BYTES   ((size_t)4 * 1024 * 1024)

struct relay;

struct relay_conf {
	const char *topic_prefix; /* "campaigns/v1" */
	const char *instance;     /* for the source of summaries */
	unsigned max_inflight; /* most unacknowledged publishes; the broker's Receive Maximum lowers
	                          it */
	uint32_t event_expiry_s;   /* message expiry of events; 0 for none */
	bool user_properties;      /* MQTT 5 */
	uint64_t settle_after_ms;  /* after the acknowledgement; RELAY_SETTLE_AFTER_MS */
	size_t waiting_ids;        /* RELAY_WAITING_IDS */
	uint64_t summary_every_ms; /* SUMMARY_EVERY_MS */
};

/** @param sources  a reference is taken. @return ERR_OK, ERR_NOMEM */
enum err relay_new(struct loop *loop, struct store *store, const struct relay_conf *conf,
                   struct source_table *sources, struct relay **ret_relay) MUST_CHECK;

/** The publisher's callbacks; give them with the relay as @c arg to publisher_new(). */
extern const struct publisher_ops relay_publisher_ops;

/** Read the lanes that wait and the summaries that are due, and begin. @p publisher is borrowed
 * until relay_free(). */
void relay_start(struct relay *r, struct publisher *publisher);

/** A payload of this account was committed as @p entry. */
void relay_notify(struct relay *r, struct str account, int64_t entry, int64_t received_ms);

/** Other sources from now on (a reload). */
void relay_set_sources(struct relay *r, struct source_table *sources);

/**
 * For an orderly stop: go on until nothing waits, settle at once what is acknowledged, and publish
 * the summaries of it.
 *
 * @param done  called once everything in the journal is published and settled, and so are the
 *              summaries, except for what the broker refuses; or there is no connection; or @p
 * timeout_ms passed. Nothing is begun afterwards.
 */
void relay_drain(struct relay *r, uint64_t timeout_ms, loop_fn done, void *arg);

/**
 * Call it after publisher_free() and with no operation of ours left in the store (store_close()
 * first), or leaked completions would find it gone. Accepts NULL.
 */
void relay_free(struct relay *r);

struct relay_stats {
	size_t lanes;
	size_t inflight;     /* sent, not acknowledged */
	size_t decoded;      /* events held in memory */
	size_t waiting;      /* ids that are acknowledged and not settled */
	int64_t oldest_ms;   /* received time of the oldest entry not settled; 0 when none */
	size_t paused_lanes; /* lanes the broker refuses */
};

void relay_stats(const struct relay *r, struct relay_stats *ret_stats);

#endif /* PUBLISH_RELAY_H */

/* SPDX-License-Identifier: MIT */
/**
 * summary - the retained `P/{account}/{campaign}/summary/total`.
 *
 *     settled counters change ─▶ due ─▶ (a second per campaign) ─▶ read ─▶ publish ─▶ PUBACK ─▶
 * done
 *
 * At most once a second per campaign, and always after the last change: what is due is kept in the
 * store, so that neither a crash nor a broker that was away loses the last one. Bounded: at most
 * SUMMARY_WINDOW campaigns are in memory; the others wait in the store. With very many of them each
 * has its turn, at most COOLDOWN_MAX in a second.
 *
 * A PUBACK is not durable: when the connection comes back, the last ones before are published
 * again.
 *
 * `basis` is `vendor` when all counters of the campaign are the vendor's numbers, else `observed`;
 * one status never mixes both. Rates are parts of `sent` (of `delivered` where nothing says sent),
 * with four decimals; without a divisor there is no rate.
 *
 * Threads: the loop's.
 */
#ifndef PUBLISH_SUMMARY_H
#define PUBLISH_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"
#include "publish/mqtt/publisher.h"
#include "store/store.h"

#define SUMMARY_EVERY_MS 1000
#define SUMMARY_WINDOW   256
/** Tokens of ours are from here on, one for each place in the window. */
#define SUMMARY_TOKEN    (UINT64_C(1) << 32)

struct summary;

struct summary_conf {
	const char *topic_prefix;
	const char *instance;
	bool user_properties;     /* MQTT 5 */
	uint64_t every_ms;        /* SUMMARY_EVERY_MS */
	uint64_t settle_after_ms; /* for so long the broker may still lose what it acknowledged */
	/** The account's vendor, empty when it is not known (any more). May be NULL. */
	struct str (*vendor_of)(void *arg, struct str account);
	/** How many publishes the broker's Receive Maximum leaves us. NULL: any number */
	size_t (*room)(void *arg);
	void *arg; /* of both */
};

/** @param conf  texts are copied. @return ERR_OK, ERR_NOMEM */
enum err summary_new(struct loop *loop, struct store *store, const struct summary_conf *conf,
                     struct summary **ret_summary) MUST_CHECK;
/** With no operation of ours left in the store. Accepts NULL. */
void summary_free(struct summary *s);

/** Counters of a campaign were settled. */
void summary_touch(struct summary *s, struct str account, struct str level);

/** The connection is there, gone. */
void summary_on_up(struct summary *s, struct publisher *publisher);
void summary_on_down(struct summary *s);
/** @return whether the token is one of ours */
bool summary_on_ack(struct summary *s, uint64_t token, unsigned reason);

/** How many are ready to be sent, and how many are sent and not acknowledged. */
size_t summary_ready(const struct summary *s);
size_t summary_inflight(const struct summary *s);
/** There is room again: send what is ready. */
void summary_go_on(struct summary *s);

/** For an orderly stop: publish what is due at once. @p done when nothing is due or there is no
 * connection, or the broker refuses. Not before this call returned. */
void summary_drain(struct summary *s, loop_fn done, void *arg);

#endif /* PUBLISH_SUMMARY_H */

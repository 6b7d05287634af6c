/* SPDX-License-Identifier: MIT */
/**
 * summary - the retained `P/{account}/{campaign}/summary/total`.
 *
 *     settled counters change ─▶ due ─▶ (a second per campaign) ─▶ read ─▶ publish ─▶ PUBACK ─▶
 * done
 *
 * At most once a second per campaign, and always after the last change: what is due is kept in the
 * store, so that neither a crash nor a broker that was away loses the last one. Bounded: at most
 * SUMMARY_WINDOW campaigns are in memory; the others wait in the store.
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
#include <stdint.h>

#include "core/loop.h"
#include "publish/publisher.h"
#include "store/store.h"

#define SUMMARY_EVERY_MS 1000
#define SUMMARY_WINDOW   256

struct summary;

struct summary_conf {
	const char *topic_prefix;
	const char *instance;
	bool user_properties; /* MQTT 5 */
	uint64_t every_ms;    /* SUMMARY_EVERY_MS */
};

/** @return ERR_OK, ERR_NOMEM */
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

/** For an orderly stop: publish what is due at once. @p done when nothing is due or there is no
 * connection. */
void summary_drain(struct summary *s, loop_fn done, void *arg);

#endif /* PUBLISH_SUMMARY_H */

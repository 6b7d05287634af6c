/* SPDX-License-Identifier: MIT */
#include "core/log.h"
#include "core/obj.h"
#include "publish/relay_parts.h"

#define RETRY_MS 1000

static struct lane *find_lane(struct relay *r, struct str account)
{
	struct lane *l = r->last_noted;

	if (l != NULL && str_eq(l->account_str, account))
		return l;
	TAILQ_FOREACH(l, &r->lanes, link) {
		if (str_eq(l->account_str, account))
			return l;
	}
	return NULL;
}

static struct lane *get_lane(struct relay *r, struct str account)
{
	struct lane *l = find_lane(r, account);

	if (l == NULL && lane_new(&r->env, account, &l) == ERR_OK) {
		TAILQ_INSERT_TAIL(&r->lanes, l, link);
		r->env.lanes++;
	}
	r->last_noted = l;
	return l;
}

static void relay_on_lanes(void *arg, enum err err, const struct store_lane *lanes, size_t count)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	if (err == ERR_CANCELED)
		return;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct lane *l = get_lane(r, lanes[i].account);

		if (l == NULL) {
			err = ERR_NOMEM;
		} else {
			lane_notify(l, lanes[i].newest, lanes[i].oldest_ms);
		}
		if (l != NULL && lanes[i].oldest_ms < l->oldest_ms)
			l->oldest_ms = lanes[i].oldest_ms;
	}
	if (err != ERR_OK) {
		log_warn("relay.lanes_failed", log_str("error", err_str(err)));
		loop_timer_start(r->retry, RETRY_MS);
	}
	relay_wake(r);
}

void relay_read_lanes(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	if (store_lanes(r->env.store, relay_on_lanes, r) != ERR_OK)
		loop_timer_start(r->retry, RETRY_MS);
}

void relay_notify(struct relay *r, struct str account, int64_t entry, int64_t received_ms)
{
	struct lane *l = get_lane(r, account);

	if (l != NULL) {
		lane_notify(l, entry, received_ms);
	} else {
		loop_timer_start(r->retry, RETRY_MS); /* it is in the journal: find it there */
	}
	relay_wake(r);
}

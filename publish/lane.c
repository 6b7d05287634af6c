/* SPDX-License-Identifier: MIT */
#include "publish/lane.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"

static void lane_on_retry(void *arg)
{
	struct lane *l = arg;

	l->is_retrying = false;
	l->env->wake(l->env->wake_arg);
}

static void lane_on_pause_end(void *arg)
{
	struct lane *l = arg;

	l->is_paused = false;
	l->env->wake(l->env->wake_arg);
}

static void lane_on_settle_time(void *arg)
{
	struct lane *l = arg;

	l->is_settle_timed = false;
	l->env->wake(l->env->wake_arg);
}

enum err lane_new(struct lane_env *env, struct str account, struct lane **ret_lane)
{
	struct lane *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return ERR_NOMEM;
	l->env = env;
	TAILQ_INIT(&l->entries);
	TAILQ_INIT(&l->items);
	TAILQ_INIT(&l->batches);
	backoff_init(&l->pause, LANE_PAUSE_MIN_MS, LANE_PAUSE_MAX_MS,
	             clock_mono_ms() + account.len);
	l->account = str_dup(account);
	if (l->account == NULL ||
	    loop_timer_new(env->loop, lane_on_pause_end, l, &l->pause_timer) != ERR_OK ||
	    loop_timer_new(env->loop, lane_on_retry, l, &l->retry_timer) != ERR_OK ||
	    loop_timer_new(env->loop, lane_on_settle_time, l, &l->settle_timer) != ERR_OK) {
		lane_free(l);
		return ERR_NOMEM;
	}
	l->account_str = str_from(l->account);
	*ret_lane = l;
	return ERR_OK;
}

void lane_free(struct lane *l)
{
	if (l == NULL)
		return;
	l->is_settling = false;
	lane_rewind(l); /* frees everything */
	loop_timer_free(l->pause_timer);
	loop_timer_free(l->retry_timer);
	loop_timer_free(l->settle_timer);
	free(l->account);
	free(l);
}

void lane_retry_later(struct lane *l)
{
	if (l->is_retrying)
		return;
	l->is_retrying = true;
	loop_timer_start(l->retry_timer, LANE_RETRY_MS);
}

void lane_notify(struct lane *l, int64_t entry, int64_t received_ms)
{
	if (entry <= l->newest)
		return;
	l->newest = entry;
	if (l->oldest_ms == 0)
		l->oldest_ms = received_ms;
}

/* Out of memory leaves the rest to the next claim. */
static enum err take_claim(struct lane *l, const struct store_claim *claim)
{
	for (size_t i = 0; i < claim->count; i++) {
		struct entry *e = NULL;

		if (entry_new(&claim->payloads[i], &e) != ERR_OK)
			return ERR_NOMEM;
		e->spare = &l->env->spare;
		TAILQ_INSERT_TAIL(&l->entries, e, link);
		if (l->decode_at == NULL)
			l->decode_at = e;
		l->entry_count++;
		l->undecoded_count++;
		l->entry_bytes += e->payload.body.len;
		l->claimed = e->payload.entry;
	}
	return ERR_OK;
}

static void lane_on_claim(void *arg, enum err err, const struct store_claim *claim)
{
	struct lane *l = arg;

	l->is_claiming = false;
	if (l->is_rewinding) {
		lane_go_on(l);
		return;
	}
	if (err == ERR_OK && claim->count == 0) {
		/* Nothing is there up to what we knew when we asked. */
		if (l->claimed < l->claim_seen)
			l->claimed = l->claim_seen;
		if (TAILQ_EMPTY(&l->entries) && TAILQ_EMPTY(&l->batches) && l->settling == NULL &&
		    l->newest <= l->claimed)
			l->oldest_ms = 0;
	} else if (err == ERR_OK) {
		err = take_claim(l, claim);
	}
	if (l->newest < l->claimed)
		l->newest = l->claimed;
	if (err != ERR_OK) {
		log_warn("relay.claim_failed", log_str("account", l->account),
		         log_str("error", err_str(err)));
		lane_retry_later(l);
	}
	l->env->wake(l->env->wake_arg);
}

static bool wants_more(const struct lane *l)
{
	return l->newest > l->claimed && !l->is_claiming && !l->is_retrying && !l->is_rewinding &&
	       !l->env->is_over && l->undecoded_count <= LANE_CLAIM_COUNT / 8 &&
	       l->entry_count < LANE_ENTRIES_MAX && l->entry_bytes < LANE_BYTES_MAX;
}

void lane_claim(struct lane *l)
{
	enum err err;

	if (!wants_more(l))
		return;
	l->claim_seen = l->newest;
	l->is_claiming = true;
	err = store_claim(l->env->store, l->account_str, l->claimed, LANE_CLAIM_COUNT,
	                  LANE_CLAIM_BYTES, lane_on_claim, l);
	if (err == ERR_OK)
		return;
	l->is_claiming = false;
	lane_retry_later(l);
}

bool lane_is_quiet(const struct lane *l)
{
	const struct settling *s = TAILQ_FIRST(&l->batches);

	if (l->is_claiming || l->asking > 0 || l->settling != NULL || l->is_rewinding ||
	    (s != NULL && !settling_is_empty(s)))
		return false;
	return l->is_paused || (TAILQ_EMPTY(&l->entries) && l->newest <= l->claimed);
}

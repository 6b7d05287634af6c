/* SPDX-License-Identifier: MIT */
/*
 * Batches: the store says what is due, at most a window of it, and is asked again when all of these
 * are done.
 */
#include "core/clock.h"
#include "core/obj.h"
#include "publish/summary_parts.h"

/* @return until when it has to wait; 0: not at all */
static uint64_t rests_until(const struct summary *s, const struct store_campaign *campaign)
{
	if (s->is_draining)
		return 0;
	/* What is in the window gets there, too. */
	if (!cooldown_has_room(&s->cooldown, s->busy + 1))
		return cooldown_next(&s->cooldown);
	return cooldown_until(&s->cooldown, campaign->account, campaign->level);
}

static void begin_all(struct summary *s, const struct store_campaign *campaigns, size_t count)
{
	uint64_t now_ms = clock_mono_ms();
	uint64_t next_ms = UINT64_MAX;

	cooldown_expire(&s->cooldown, now_ms);
	for (size_t i = 0; i < count; i++) {
		uint64_t until_ms = rests_until(s, &campaigns[i]);

		if (until_ms == 0) {
			if (summary_place_begin(s, &campaigns[i]) != ERR_OK)
				next_ms = now_ms + SUMMARY_RETRY_MS;
		} else if (until_ms < next_ms) {
			next_ms = until_ms;
		}
	}
	if (count == SUMMARY_WINDOW && s->busy > 0)
		next_ms = now_ms;
	if (next_ms == UINT64_MAX)
		return;
	s->is_due = true;
	if (s->ask_at_ms < next_ms)
		s->ask_at_ms = next_ms;
}

static void summary_on_due(void *arg, enum err err, const struct store_campaign *campaigns,
                           size_t count)
{
	struct summary *s;

	OBJ_FROM(s, arg, SUMMARY_MAGIC);
	s->is_asking = false;
	if (err != ERR_OK) {
		s->is_due = true;
		s->ask_at_ms = clock_mono_ms() + SUMMARY_RETRY_MS;
	} else if (s->publisher == NULL) {
		s->is_due = true;
	} else {
		begin_all(s, campaigns, count);
	}
	summary_step_in(s, 0);
}

static void ask(struct summary *s, uint64_t now_ms)
{
	s->is_due = false;
	s->is_asking = true;
	s->ask_at_ms = now_ms + s->conf.every_ms / 4;
	if (store_summaries_due(s->store, SUMMARY_WINDOW, summary_on_due, s) == ERR_OK)
		return;
	s->is_asking = false;
	s->is_due = true;
	s->ask_at_ms = now_ms + SUMMARY_RETRY_MS;
}

static void summary_on_again(void *arg, enum err err)
{
	struct summary *s;

	OBJ_FROM(s, arg, SUMMARY_MAGIC);
	s->is_again = false;
	if (err != ERR_OK) {
		s->is_again_wanted = true;
		s->ask_at_ms = clock_mono_ms() + SUMMARY_RETRY_MS;
	}
	s->is_due = true;
	summary_step_in(s, 0);
}

static void ask_again(struct summary *s, uint64_t now_ms)
{
	s->is_again_wanted = false;
	s->is_again = true;
	if (store_summaries_again(s->store, s->conf.settle_after_ms, summary_on_again, s) == ERR_OK)
		return;
	s->is_again = false;
	s->is_again_wanted = true;
	s->ask_at_ms = now_ms + SUMMARY_RETRY_MS;
}

bool summary_is_idle(const struct summary *s)
{
	return s->busy == 0 && !s->is_asking && !s->is_again;
}

void summary_ask_due(struct summary *s)
{
	uint64_t now_ms = clock_mono_ms();

	if (!summary_is_idle(s) || !(s->is_due || s->is_again_wanted))
		return;
	if (now_ms < s->ask_at_ms && !(s->is_draining && !s->is_refused)) {
		summary_step_in(s, s->ask_at_ms - now_ms);
	} else if (s->is_again_wanted) {
		ask_again(s, now_ms);
	} else {
		ask(s, now_ms);
	}
}

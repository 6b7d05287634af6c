/* SPDX-License-Identifier: MIT */
#include "core/log.h"
#include "core/obj.h"
#include "publish/relay_parts.h"

static bool is_drained(const struct relay *r)
{
	const struct lane *l;

	if (!publisher_is_up(r->publisher))
		return true;
	if (r->inflight > 0)
		return false;
	TAILQ_FOREACH(l, &r->lanes, link) {
		if (!lane_is_quiet(l))
			return false;
	}
	return true;
}

static void finish_drain(struct relay *r)
{
	loop_fn done = r->drain_done;

	loop_timer_stop(r->drain);
	r->drain_done = NULL;
	r->env.is_over = true;
	summary_on_down(r->summary); /* it begins nothing more */
	if (done != NULL)
		done(r->drain_arg);
}

static void relay_on_summary_drained(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	r->is_summary_drained = true;
	relay_wake(r);
}

/* Summaries come last: what is settled until then is in them. */
void relay_drain_on(struct relay *r)
{
	if (r->drain_done == NULL || !is_drained(r))
		return;
	if (r->is_summary_drained || !publisher_is_up(r->publisher)) {
		finish_drain(r);
	} else if (!r->is_summary_draining) {
		r->is_summary_draining = true;
		summary_drain(r->summary, relay_on_summary_drained, r);
	}
}

void relay_on_drain_timeout(void *arg)
{
	struct relay *r;

	OBJ_FROM(r, arg, RELAY_MAGIC);
	log_warn("relay.drain_timeout", log_int("inflight", (int64_t)r->inflight));
	finish_drain(r);
}

void relay_drain(struct relay *r, uint64_t timeout_ms, loop_fn done, void *arg)
{
	r->env.is_draining = true;
	r->drain_done = done;
	r->drain_arg = arg;
	loop_timer_start(r->drain, timeout_ms);
	relay_wake(r);
}

/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/vendor_internal.h"

void vendor_turn_wake(struct vendor_client *c)
{
	loop_timer_start(c->timer, 0);
}

void vendor_turn_again(struct vendor_call *call, uint64_t wait_ms)
{
	struct vendor_client *c = call->client;

	if (call->state != CALL_WAITING)
		c->active--;
	call->state = CALL_WAITING;
	call->due_ms = wait_ms > 0 ? clock_mono_ms() + wait_ms : 0;
	vendor_turn_wake(c);
}

void vendor_turn_pause(struct vendor_client *c, uint64_t wait_ms, const char *why)
{
	uint64_t until_ms = clock_mono_ms() + wait_ms;

	if (until_ms <= c->pause_ms)
		return; /* it is paused for longer than that */
	c->pause_ms = until_ms;
	vendor_trouble_pause(c, wait_ms, why);
	(void)snprintf(c->why_paused, sizeof(c->why_paused), "%s", why);
}

static uint64_t left_of(uint64_t until_ms, uint64_t now_ms)
{
	return until_ms > now_ms ? until_ms - now_ms : 0;
}

/* The first one that waits, up to a number; due or not. */
static struct vendor_call *first_waiting(const struct vendor_client *c, uint64_t upto)
{
	struct vendor_call *call;

	TAILQ_FOREACH(call, &c->calls, link) {
		if (call->state == CALL_WAITING && call->number <= upto)
			return call;
	}
	return NULL;
}

/* Those that wait now; a caller that asks again at once waits for the next time. */
static void end_waiting(struct vendor_client *c, uint64_t wait_ms, const char *why)
{
	uint64_t upto = c->last_number;
	struct vendor_call *call;

	while ((call = first_waiting(c, upto)) != NULL)
		vendor_call_end(call, VENDOR_LATER, why, wait_ms, NULL);
}

/** Wait inside, or send the callers away. @return whether something stands in the way */
static bool is_stopped(struct vendor_client *c, uint64_t wait_ms, const char *why)
{
	if (wait_ms == 0)
		return false;
	if (wait_ms > VENDOR_INSIDE_MS) {
		end_waiting(c, wait_ms, why);
	} else {
		loop_timer_start(c->timer, wait_ms);
	}
	return true;
}

static bool is_full(const struct vendor_client *c, uint64_t now_ms)
{
	bool is_single = c->single_ms > now_ms || c->circuit.state == CIRCUIT_TRIAL;

	return c->active >= (is_single ? 1 : c->limits->parallel);
}

/* During a trial nobody but the call that tries it. */
static bool is_held(const struct vendor_client *c, const struct vendor_call *call)
{
	return call->state != CALL_WAITING || call->is_forbidden ||
	       (c->circuit.state == CIRCUIT_TRIAL && !call->is_trial);
}

/* The first one that is due; when there is none, the timer stands at the next one's time. */
static struct vendor_call *next_due(struct vendor_client *c, uint64_t now_ms)
{
	struct vendor_call *call;
	uint64_t wait_ms = UINT64_MAX;

	TAILQ_FOREACH(call, &c->calls, link) {
		if (is_held(c, call))
			continue;
		if (call->due_ms <= now_ms)
			return call;
		if (call->due_ms - now_ms < wait_ms)
			wait_ms = call->due_ms - now_ms;
	}
	if (wait_ms != UINT64_MAX)
		loop_timer_start(c->timer, wait_ms);
	return NULL;
}

/* Nobody waits here for a vendor that is left alone. The trial's further tries need no leave. */
static bool is_left_alone(struct vendor_client *c, struct vendor_call *call, uint64_t now_ms)
{
	uint64_t wait_ms;

	if (c->circuit.state == CIRCUIT_TRIAL)
		return false;
	wait_ms = circuit_wait(&c->circuit, now_ms);
	if (wait_ms > 0) {
		end_waiting(c, wait_ms, c->trouble);
		return true;
	}
	call->is_trial = c->circuit.state == CIRCUIT_TRIAL;
	return false;
}

/** @return whether somebody got a turn */
static bool give_turn(struct vendor_client *c)
{
	uint64_t now_ms = clock_mono_ms();
	struct vendor_call *call;

	if (is_stopped(c, left_of(c->pause_ms, now_ms), c->why_paused) || is_full(c, now_ms))
		return false;
	call = next_due(c, now_ms);
	if (call == NULL ||
	    (c->has_rates && is_stopped(c, limiter_wait(&c->limiter, clock_now_ms()),
	                                "the rate limit is used up")) ||
	    is_left_alone(c, call, now_ms))
		return false;
	limiter_spend(&c->limiter, clock_now_ms());
	c->active++;
	vendor_call_begin(call);
	return true;
}

/** Of one of them nothing is asked. @return whether there was one */
static bool end_forbidden(struct vendor_client *c, uint64_t upto)
{
	struct vendor_call *call;

	TAILQ_FOREACH(call, &c->calls, link) {
		if (call->is_forbidden && call->number <= upto) {
			vendor_call_end(call, VENDOR_REFUSED,
			                "a link to a host that the profile does not list", 0, NULL);
			return true;
		}
	}
	return false;
}

void vendor_turn_on_time(void *arg)
{
	struct vendor_client *c;
	bool goes_on = true;

	OBJ_FROM(c, arg, VENDOR_MAGIC);
	uint64_t upto = c->last_number;

	while (end_forbidden(c, upto))
		;
	while (goes_on && c->is_loaded && first_waiting(c, c->last_number) != NULL)
		goes_on = give_turn(c);
	/* What the callers that were told have asked for meanwhile. */
	if (c->last_number > upto)
		vendor_turn_wake(c);
}

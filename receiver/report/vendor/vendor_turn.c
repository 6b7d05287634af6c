/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/vendor/vendor_internal.h"

/* The timer has one time: the earliest. */
static void wake_in(struct vendor_client *c, uint64_t wait_ms)
{
	uint64_t at_ms = clock_mono_ms() + wait_ms;

	if (at_ms >= c->wake_ms)
		return;
	c->wake_ms = at_ms;
	loop_timer_start(c->timer, wait_ms);
}

void vendor_turn_wake(struct vendor_client *c)
{
	c->wake_ms = 0;
	loop_timer_start(c->timer, 0);
}

void vendor_turn_leave(struct vendor_call *call)
{
	if (!call->has_place)
		return;
	call->has_place = false;
	call->client->active--;
	vendor_turn_wake(call->client);
}

void vendor_turn_again(struct vendor_call *call, uint64_t wait_ms)
{
	struct vendor_client *c = call->client;

	vendor_turn_leave(call);
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
		if (call->state == CALL_WAITING && !call->is_free && call->number <= upto)
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
		wake_in(c, wait_ms);
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
	return call->state != CALL_WAITING || call->is_free || call->forbidden != NULL ||
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
		wake_in(c, wait_ms);
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

static void send(struct vendor_client *c, struct vendor_call *call)
{
	call->counted_ms = clock_now_ms();
	limiter_spend(&c->limiter, call->counted_ms);
	vendor_call_begin(call);
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
	c->active++;
	call->has_place = true;
	if (call->ops.on_turn != NULL && !call->may_go) {
		call->state = CALL_TURN;
		call->ops.on_turn(call->arg);
	} else {
		send(c, call);
	}
	return true;
}

static struct vendor_call *first_gone(const struct vendor_client *c)
{
	struct vendor_call *call;

	TAILQ_FOREACH(call, &c->calls, link) {
		if (call->state == CALL_GO)
			return call;
	}
	return NULL;
}

/* Something may have happened since its turn; then it waits as all do. */
static bool is_still_its_turn(const struct vendor_client *c, const struct vendor_call *call)
{
	return c->pause_ms <= clock_mono_ms() &&
	       (!c->has_rates || limiter_wait(&c->limiter, clock_now_ms()) == 0) &&
	       (c->circuit.state == CIRCUIT_CLOSED ||
	        (c->circuit.state == CIRCUIT_TRIAL && call->is_trial));
}

static void send_gone(struct vendor_client *c)
{
	struct vendor_call *call;

	while ((call = first_gone(c)) != NULL) {
		if (is_still_its_turn(c, call)) {
			send(c, call);
		} else {
			vendor_turn_again(call, 0);
		}
	}
}

/* The first link that is due; the timer is set for the next one. */
static struct vendor_call *next_free(struct vendor_client *c, uint64_t now_ms, uint64_t upto)
{
	struct vendor_call *call;

	TAILQ_FOREACH(call, &c->calls, link) {
		if (call->state != CALL_WAITING || !call->is_free || call->forbidden != NULL ||
		    call->number > upto)
			continue;
		if (call->due_ms <= now_ms)
			return call;
		wake_in(c, call->due_ms - now_ms);
	}
	return NULL;
}

static void send_free(struct vendor_client *c, uint64_t upto)
{
	struct vendor_call *call;

	while ((call = next_free(c, clock_mono_ms(), upto)) != NULL)
		vendor_call_begin(call);
}

/** Of one of them nothing is asked. @return whether there was one */
static bool end_forbidden(struct vendor_client *c, uint64_t upto)
{
	struct vendor_call *call;

	TAILQ_FOREACH(call, &c->calls, link) {
		if (call->forbidden != NULL && call->number <= upto) {
			vendor_call_end(call, VENDOR_REFUSED, call->forbidden, 0, NULL);
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

	c->wake_ms = UINT64_MAX;
	while (end_forbidden(c, upto))
		;
	send_free(c, upto);
	send_gone(c);
	while (goes_on && c->is_loaded && first_waiting(c, c->last_number) != NULL)
		goes_on = give_turn(c);
	/* What the callers that were told have asked for meanwhile. */
	if (c->last_number > upto)
		vendor_turn_wake(c);
}

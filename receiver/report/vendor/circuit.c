/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/circuit.h"

#define TRIAL_ASK_MS 5000 /* how soon to look whether a trial has ended */

void circuit_init(struct circuit *c, uint64_t seed)
{
	*c = (struct circuit){.state = CIRCUIT_CLOSED};
	backoff_init(&c->wait, CIRCUIT_MIN_MS, CIRCUIT_MAX_MS, seed);
	backoff_init(&c->auth_wait, CIRCUIT_AUTH_MIN_MS, CIRCUIT_AUTH_MAX_MS, seed);
}

static void open_for(struct circuit *c, uint64_t now_ms, struct backoff *wait)
{
	c->state = CIRCUIT_OPEN;
	c->is_auth = wait == &c->auth_wait;
	c->until_ms = now_ms + backoff_next(wait);
}

uint64_t circuit_wait(struct circuit *c, uint64_t now_ms)
{
	if (c->state == CIRCUIT_CLOSED)
		return 0;
	if (now_ms < c->until_ms) {
		uint64_t left_ms = c->until_ms - now_ms;

		if (c->state == CIRCUIT_TRIAL && left_ms > TRIAL_ASK_MS)
			return TRIAL_ASK_MS;
		return left_ms;
	}
	c->state = CIRCUIT_TRIAL;
	/* A trial whose end nobody tells must not stop everything for ever. */
	c->until_ms = now_ms + CIRCUIT_MAX_MS;
	return 0;
}

void circuit_success(struct circuit *c)
{
	if (c->state != CIRCUIT_OPEN)
		circuit_reset(c);
}

void circuit_failure(struct circuit *c, uint64_t now_ms)
{
	if (c->failures < CIRCUIT_FAILURES_MAX)
		c->failures++;
	if (c->state == CIRCUIT_TRIAL ||
	    (c->state == CIRCUIT_CLOSED && c->failures == CIRCUIT_FAILURES_MAX))
		open_for(c, now_ms, &c->wait);
}

void circuit_refusal(struct circuit *c, uint64_t now_ms)
{
	/* Requests that ran side by side are refused together: that is one refusal. */
	if (c->state != CIRCUIT_OPEN || !c->is_auth)
		open_for(c, now_ms, &c->auth_wait);
}

void circuit_give_up(struct circuit *c, uint64_t now_ms)
{
	if (c->state != CIRCUIT_TRIAL)
		return;
	c->state = CIRCUIT_OPEN;
	c->until_ms = now_ms;
}

void circuit_reset(struct circuit *c)
{
	c->state = CIRCUIT_CLOSED;
	c->failures = 0;
	c->is_auth = false;
	c->until_ms = 0;
	backoff_reset(&c->wait);
	backoff_reset(&c->auth_wait);
}

const char *circuit_state_str(const struct circuit *c)
{
	switch (c->state) {
	case CIRCUIT_CLOSED:
		return "closed";
	case CIRCUIT_OPEN:
		return "open";
	case CIRCUIT_TRIAL:
		return "trial";
	}
	return "";
}

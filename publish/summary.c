/* SPDX-License-Identifier: MIT */
#include "publish/summary.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/obj.h"
#include "publish/summary_parts.h"

#define PAUSE_MAX_MS 60000

void summary_step_in(struct summary *s, uint64_t in_ms)
{
	uint64_t at_ms = clock_mono_ms() + in_ms;

	if (s->timer_at_ms != 0 && s->timer_at_ms <= at_ms)
		return;
	s->timer_at_ms = at_ms;
	loop_timer_start(s->timer, in_ms);
}

static void finish_drain(struct summary *s)
{
	loop_fn done = s->drain_done;

	s->drain_done = NULL;
	if (done != NULL)
		done(s->drain_arg);
}

static void summary_step(void *arg)
{
	struct summary *s;

	OBJ_FROM(s, arg, SUMMARY_MAGIC);
	s->timer_at_ms = 0;
	if (s->publisher != NULL) {
		summary_places_send(s);
		summary_ask_due(s);
	}
	if (s->is_draining &&
	    (s->publisher == NULL ||
	     (summary_is_idle(s) && (s->is_refused || !(s->is_due || s->is_again_wanted)))))
		finish_drain(s);
}

enum err summary_new(struct loop *loop, struct store *store, const struct summary_conf *conf,
                     struct summary **ret_summary)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->magic = SUMMARY_MAGIC;
	s->loop = loop;
	s->store = store;
	s->conf = *conf;
	s->prefix = strdup(conf->topic_prefix);
	s->instance = strdup(conf->instance);
	backoff_init(&s->pause, SUMMARY_RETRY_MS, PAUSE_MAX_MS, clock_mono_ms());
	for (size_t i = 0; i < SUMMARY_WINDOW; i++)
		s->places[i].owner = s;
	if (s->prefix == NULL || s->instance == NULL ||
	    loop_timer_new(loop, summary_step, s, &s->timer) != ERR_OK) {
		summary_free(s);
		return ERR_NOMEM;
	}
	*ret_summary = s;
	return ERR_OK;
}

void summary_free(struct summary *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < SUMMARY_WINDOW; i++)
		summary_message_free(s->places[i].message);
	loop_timer_free(s->timer);
	free(s->prefix);
	free(s->instance);
	OBJ_POISON(s);
	free(s);
}

/* Which one it was, the store knows. */
void summary_touch(struct summary *s, struct str account, struct str level)
{
	(void)account;
	(void)level;
	s->is_due = true;
	if (s->publisher != NULL && summary_is_idle(s))
		summary_step_in(s, 0);
}

void summary_on_up(struct summary *s, struct publisher *publisher)
{
	s->publisher = publisher;
	s->is_due = true;
	s->is_again_wanted = true;
	s->is_refused = false;
	s->ask_at_ms = 0;
	summary_step_in(s, 0);
}

void summary_on_down(struct summary *s)
{
	s->publisher = NULL;
	summary_places_forget(s);
	summary_step_in(s, 0);
}

bool summary_on_ack(struct summary *s, uint64_t token, unsigned reason)
{
	if (token < SUMMARY_TOKEN || token >= SUMMARY_TOKEN + SUMMARY_WINDOW)
		return false;
	summary_place_acked(&s->places[token - SUMMARY_TOKEN], reason);
	return true;
}

size_t summary_ready(const struct summary *s)
{
	return s->ready;
}

size_t summary_inflight(const struct summary *s)
{
	return s->sent;
}

void summary_go_on(struct summary *s)
{
	if (s->ready > 0 && s->publisher != NULL)
		summary_places_send(s);
}

void summary_drain(struct summary *s, loop_fn done, void *arg)
{
	s->is_draining = true;
	s->is_due = true;
	s->drain_done = done;
	s->drain_arg = arg;
	summary_step_in(s, 0);
}

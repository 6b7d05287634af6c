/* SPDX-License-Identifier: MIT */
/* The loops of the reports: made, asked when they are due, and what follows from what came. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/report/reports_parts.h"

static enum err values_on_changed(void *arg)
{
	struct plan *p = arg; /* frees its loops before it is gone */
	enum err err = tasks_renew(p);

	if (err == ERR_OK)
		known_changed(p->account->known);
	return err;
}

static void values_on_failed(void *arg, enum vendor_end end, uint64_t retry_ms)
{
	struct plan *p = arg;

	if (end == VENDOR_LATER)
		hold_for(&p->account->hold, retry_ms);
	if (end == VENDOR_UNAUTHORIZED)
		hold_auth(&p->account->hold, retry_ms);
}

static void values_on_answer(void *arg)
{
	struct plan *p = arg;

	reports_wake(p->r);
}

/* ---- those of a report ---- */

static int cmp_loop(const void *a, const void *b)
{
	const struct report_loop *const *x = a;
	const struct report_loop *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

struct loop_values *plan_loop(const struct plan *p, const char *name)
{
	for (size_t i = 0; p != NULL && i < p->loop_count; i++) {
		if (strcmp(loop_values_name(p->loops[i]), name) == 0)
			return p->loops[i];
	}
	return NULL;
}

/* In order of name, so that the same values have the same key whoever writes them down. */
enum err plan_loops_new(struct plan *p, const struct report_plan *conf, const struct plan *old)
{
	const struct loop_values_owner owner = {p->account->name,  p->name,
	                                        values_on_changed, values_on_failed,
	                                        values_on_answer,  p};
	const struct report_loop *sorted[EACH_MAX];

	assert(conf->loop_count <= EACH_MAX);
	for (size_t i = 0; i < conf->loop_count; i++)
		sorted[i] = &conf->loops[i];
	qsort(sorted, conf->loop_count, sizeof(const struct report_loop *), cmp_loop);
	for (size_t i = 0; i < conf->loop_count; i++) {
		enum err err = loop_values_new(sorted[i], plan_loop(old, sorted[i]->name), &owner,
		                               &p->loops[i]);

		if (err != ERR_OK)
			return err;
		p->loop_count++;
	}
	return ERR_OK;
}

void plan_loops_free(struct plan *p)
{
	for (size_t i = 0; i < p->loop_count; i++)
		loop_values_free(p->loops[i]);
}

/* ---- when they are due ---- */

static uint64_t plan_step(struct plan *p, bool is_held, uint64_t mono_ms)
{
	const struct loop_values_step step = {
		.ask = {.store = p->r->store,
	                .client = client_vendor(p->account->client),
	                .account = p->account->name,
	                .zones = source_zones(p->source),
	                .pages_max = p->account->pages_max},
		/* The end of the hold is looked at anyway. */
		.is_wanted_only = is_held || !p->r->is_started,
		.mono_ms = mono_ms,
	};
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < p->loop_count; i++) {
		uint64_t at_ms = loop_values_step(p->loops[i], &step);

		if (at_ms < next_ms)
			next_ms = at_ms;
	}
	return next_ms;
}

uint64_t values_step(struct account *a, uint64_t mono_ms)
{
	bool is_held = hold_left(&a->hold, mono_ms) > 0;
	uint64_t next_ms = UINT64_MAX;
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		uint64_t at_ms = plan_step(p, is_held, mono_ms);

		if (at_ms < next_ms)
			next_ms = at_ms;
	}
	return next_ms;
}

void values_mended(struct account *a)
{
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		for (size_t i = 0; i < p->loop_count; i++)
			loop_values_mended(p->loops[i]);
	}
}

void values_stop(struct account *a)
{
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		for (size_t i = 0; i < p->loop_count; i++)
			loop_values_stop(p->loops[i]);
	}
}

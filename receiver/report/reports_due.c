/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_due.h"

#include <assert.h>
#include <inttypes.h>

#define JITTER_PART 10 /* of `every` */

static const char *const state_names[] = {
	[DUE_WAITING] = "done", [DUE_FAILED] = "failed", [DUE_REFUSED] = "refused"};

static void set_state(struct due *d, enum due_state state)
{
	uint64_t seed = d->wait.random;

	if (state == d->state && state != DUE_WAITING)
		return; /* the backoff goes on */
	d->state = state;
	if (state == DUE_REFUSED) {
		backoff_init(&d->wait, DUE_REFUSED_MIN_MS, DUE_REFUSED_MAX_MS, seed);
	} else {
		backoff_init(&d->wait, DUE_FAILED_MIN_MS, DUE_FAILED_MAX_MS, seed);
	}
}

void due_init(struct due *d, uint64_t seed)
{
	*d = (struct due){.state = DUE_WAITING};
	backoff_init(&d->wait, DUE_FAILED_MIN_MS, DUE_FAILED_MAX_MS, seed);
}

/* A number below @p limit; xorshift64 like core/backoff, whose state is used on. */
static uint64_t random_below(struct due *d, uint64_t limit)
{
	uint64_t x = d->wait.random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	d->wait.random = x;
	return limit > 0 ? x % limit : 0;
}

enum err due_print(const struct due *d, struct buf *b)
{
	return buf_printf(b, "%s begin=%" PRId64 " done=%" PRId64 " watermark=%" PRId64,
	                  state_names[d->state], d->begin_ms, d->done_ms, d->watermark_ms);
}

static enum err read_state(struct str word, enum due_state *ret_state)
{
	for (size_t i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
		if (str_eq(word, str_from(state_names[i]))) {
			*ret_state = (enum due_state)i;
			return ERR_OK;
		}
	}
	return ERR_PARSE;
}

static enum err read_time(struct str word, const char *name, int64_t *ret_ms)
{
	struct str key;
	struct str number;
	uint64_t ms;

	if (!str_cut(word, '=', &key, &number) || !str_eq(key, str_from(name)) ||
	    str_to_u64(number, &ms) != ERR_OK || ms > INT64_MAX)
		return ERR_PARSE;
	*ret_ms = (int64_t)ms;
	return ERR_OK;
}

enum err due_parse(struct due *d, struct str text)
{
	struct due read = *d;
	enum due_state state = DUE_WAITING;
	struct str words[4];

	for (size_t i = 0; i < 4; i++)
		(void)str_cut(text, ' ', &words[i], &text);
	if (text.len > 0 || read_state(words[0], &state) != ERR_OK ||
	    read_time(words[1], "begin", &read.begin_ms) != ERR_OK ||
	    read_time(words[2], "done", &read.done_ms) != ERR_OK ||
	    read_time(words[3], "watermark", &read.watermark_ms) != ERR_OK)
		return ERR_PARSE;
	set_state(&read, state);
	*d = read;
	return ERR_OK;
}

/* From the begin of one run to the next. */
static uint64_t period(struct due *d, uint64_t every_ms)
{
	switch (d->state) {
	case DUE_WAITING:
		return every_ms + random_below(d, every_ms / JITTER_PART + 1);
	case DUE_FAILED:
	case DUE_REFUSED:
		return backoff_next(&d->wait);
	}
	return every_ms;
}

void due_first(struct due *d, uint64_t every_ms, struct due_clock now)
{
	uint64_t spread_ms = every_ms / JITTER_PART;
	uint64_t wait_ms = 0;
	uint64_t gone_ms;

	/* A last run that lies in the future was written by a clock that was wrong. */
	if (d->begin_ms > 0 && d->begin_ms <= now.wall_ms) {
		gone_ms = (uint64_t)(now.wall_ms - d->begin_ms);
		wait_ms = period(d, every_ms);
		wait_ms = wait_ms > gone_ms ? wait_ms - gone_ms : 0;
	}
	if (wait_ms == 0)
		wait_ms = random_below(d, spread_ms < DUE_SPREAD_MS ? spread_ms : DUE_SPREAD_MS);
	d->next_ms = now.mono_ms + wait_ms;
}

void due_done(struct due *d, uint64_t every_ms, struct due_clock begin, struct due_clock now)
{
	set_state(d, DUE_WAITING);
	d->begin_ms = begin.wall_ms;
	d->done_ms = now.wall_ms;
	d->next_ms = begin.mono_ms + period(d, every_ms);
	if (d->next_ms < now.mono_ms)
		d->next_ms = now.mono_ms; /* it took longer: what was missed is one run */
}

void due_was_done(struct due *d, int64_t begin_ms, int64_t done_ms)
{
	set_state(d, DUE_WAITING);
	d->begin_ms = begin_ms;
	d->done_ms = done_ms;
}

void due_failed(struct due *d, enum due_state state, struct due_clock begin, struct due_clock now)
{
	assert(state != DUE_WAITING);
	set_state(d, state);
	d->begin_ms = begin.wall_ms;
	d->next_ms = now.mono_ms + period(d, 0);
}

void due_limit(struct due *d, uint64_t every_ms, uint64_t mono_ms)
{
	if (d->state == DUE_WAITING && d->next_ms > mono_ms + every_ms)
		d->next_ms = mono_ms + every_ms;
}

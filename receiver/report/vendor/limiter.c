/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/limiter.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#define PER_MAX   ((uint64_t)100 * 366 * 86400000) /* longer windows count as this one */
#define NOW_MAX   ((int64_t)1 << 53)
#define SLOTS_ALL (LIMITER_SLOTS + 1)

static int64_t known(int64_t now_ms)
{
	return now_ms < 0 ? 0 : now_ms > NOW_MAX ? NOW_MAX : now_ms;
}

static int64_t window_ms(const struct rate_spec *rate)
{
	return (int64_t)(rate->per_ms < PER_MAX ? rate->per_ms : PER_MAX);
}

static int64_t slot_ms(const struct rate_spec *rate)
{
	return (window_ms(rate) + LIMITER_SLOTS - 1) / LIMITER_SLOTS;
}

/* A request of slot n may have been at its end: it counts up to and with slot n + reach. */
static int64_t reach(const struct rate_spec *rate)
{
	return (window_ms(rate) + slot_ms(rate) - 1) / slot_ms(rate);
}

void limiter_init(struct limiter *l, const struct rate_spec *rates, size_t rate_count)
{
	assert(rate_count <= RATES_MAX);
	*l = (struct limiter){.rate_count = rate_count};
	for (size_t i = 0; i < rate_count; i++) {
		assert(rates[i].count > 0 && rates[i].per_ms > 0);
		l->rates[i] = rates[i];
	}
}

/* Requests that count in slot @p at, of those known in slot @p now. */
static uint64_t sum_at(const struct rate_spec *rate, const struct limiter_slot *slots, int64_t now,
                       int64_t at)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < SLOTS_ALL; i++) {
		if (slots[i].number <= now && slots[i].number >= at - reach(rate))
			sum += slots[i].count;
	}
	return sum;
}

static uint64_t wait_for(const struct rate_spec *rate, const struct limiter_slot *slots,
                         int64_t now_ms)
{
	int64_t now = now_ms / slot_ms(rate);
	int64_t at = now;

	while (sum_at(rate, slots, now, at) >= rate->count)
		at++;
	return at == now ? 0 : (uint64_t)(at * slot_ms(rate) - now_ms);
}

uint64_t limiter_wait(const struct limiter *l, int64_t now_ms)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < l->rate_count; i++) {
		uint64_t wait = wait_for(&l->rates[i], l->slots[i], known(now_ms));

		if (wait > longest)
			longest = wait;
	}
	return longest;
}

/* Slots that have left the window are emptied. @return what was counted past @p now, emptied too */
static uint64_t take_stale(const struct rate_spec *rate, struct limiter_slot *slots, int64_t now)
{
	uint64_t future = 0;

	for (size_t i = 0; i < SLOTS_ALL; i++) {
		if (slots[i].number > now)
			future += slots[i].count;
		if (slots[i].number > now || slots[i].number < now - reach(rate))
			slots[i] = (struct limiter_slot){0};
	}
	return future;
}

void limiter_spend(struct limiter *l, int64_t now_ms)
{
	for (size_t i = 0; i < l->rate_count; i++) {
		int64_t now = known(now_ms) / slot_ms(&l->rates[i]);
		uint64_t future = take_stale(&l->rates[i], l->slots[i], now);
		struct limiter_slot *slot = &l->slots[i][now % SLOTS_ALL];
		uint64_t count = slot->count + future + 1;

		*slot = (struct limiter_slot){
			.number = now,
			.count = count < UINT_MAX ? (unsigned)count : UINT_MAX,
		};
	}
}

void limiter_move(struct limiter *l, int64_t counted_ms, int64_t now_ms)
{
	for (size_t i = 0; i < l->rate_count; i++) {
		int64_t number = known(counted_ms) / slot_ms(&l->rates[i]);
		struct limiter_slot *slot = &l->slots[i][number % SLOTS_ALL];

		if (slot->number == number && slot->count > 0)
			slot->count--;
	}
	limiter_spend(l, now_ms);
}

/* ---- as text: "10/1000 28912:3 28913:1;150/60000;…" ---- */

enum err limiter_save(const struct limiter *l, struct buf *b)
{
	for (size_t i = 0; i < l->rate_count; i++) {
		(void)buf_printf(b, "%s%u/%llu", i > 0 ? ";" : "", l->rates[i].count,
		                 (unsigned long long)l->rates[i].per_ms);
		for (size_t k = 0; k < SLOTS_ALL; k++) {
			const struct limiter_slot *slot = &l->slots[i][k];

			if (slot->count > 0) {
				(void)buf_printf(b, " %lld:%u", (long long)slot->number,
				                 slot->count);
			}
		}
	}
	return buf_err(b);
}

/* Two numbers with @p sep between. */
static bool read_pair(struct str text, char sep, uint64_t *ret_first, uint64_t *ret_second)
{
	struct str first;
	struct str second;

	return str_cut(text, sep, &first, &second) && str_to_u64(first, ret_first) == ERR_OK &&
	       str_to_u64(second, ret_second) == ERR_OK;
}

static bool read_slots(struct str text, struct limiter_slot *slots)
{
	while (text.len > 0) {
		struct str word;
		uint64_t number = 0;
		uint64_t count = 0;

		(void)str_cut(text, ' ', &word, &text);
		if (!read_pair(word, ':', &number, &count) || number > (uint64_t)NOW_MAX ||
		    count > UINT_MAX)
			return false;
		slots[number % SLOTS_ALL] = (struct limiter_slot){
			.number = (int64_t)number,
			.count = (unsigned)count,
		};
	}
	return true;
}

static void load_rate(struct limiter *l, struct str text)
{
	struct limiter_slot slots[SLOTS_ALL] = {{0}};
	struct str head;
	struct str tail;
	uint64_t count = 0;
	uint64_t per_ms = 0;

	(void)str_cut(text, ' ', &head, &tail);
	if (!read_pair(head, '/', &count, &per_ms) || !read_slots(tail, slots))
		return;
	for (size_t i = 0; i < l->rate_count; i++) {
		if (l->rates[i].count == count && l->rates[i].per_ms == per_ms)
			memcpy(l->slots[i], slots, sizeof(slots));
	}
}

void limiter_load(struct limiter *l, struct str text)
{
	while (text.len > 0) {
		struct str rate;

		(void)str_cut(text, ';', &rate, &text);
		load_rate(l, rate);
	}
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/limiter.h"

#define SENT_MAX 20000

/* A simulated account: real time goes on evenly, its clock may not. */
struct account {
	struct limiter limiter;
	const struct rate_spec *rates;
	size_t rate_count;
	uint64_t seed;
	int64_t real_ms, clock_ms;
	unsigned jumps_back; /* so far */
	size_t sent;
	int64_t sent_ms[SENT_MAX];     /* in real time */
	unsigned sent_jumps[SENT_MAX]; /* jumps_back at that time */
};

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int64_t below(struct account *a, uint64_t limit)
{
	return (int64_t)(next_random(&a->seed) % limit);
}

static struct account *account_new(const struct rate_spec *rates, size_t count, uint64_t seed)
{
	struct account *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->rates = rates;
	a->rate_count = count;
	a->seed = seed;
	a->clock_ms = 1725353700000 + (int64_t)(seed * 7919 % 100000);
	limiter_init(&a->limiter, rates, count);
	return a;
}

static void pass(struct account *a, int64_t ms)
{
	a->real_ms += ms;
	a->clock_ms += ms;
}

static void restart(struct account *a)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(limiter_save(&a->limiter, &b), ERR_OK);
	limiter_init(&a->limiter, a->rates, a->rate_count);
	limiter_load(&a->limiter, buf_str(&b));
	buf_fini(&b);
}

/* @return whether one was sent */
static bool try_to_send(struct account *a)
{
	if (limiter_wait(&a->limiter, a->clock_ms) > 0)
		return false;
	limiter_spend(&a->limiter, a->clock_ms);
	assert_true(a->sent < SENT_MAX);
	a->sent_jumps[a->sent] = a->jumps_back;
	a->sent_ms[a->sent++] = a->real_ms;
	return true;
}

static void expect_kept(const struct account *a)
{
	for (size_t r = 0; r < a->rate_count; r++) {
		unsigned count = a->rates[r].count;

		for (size_t i = 0; i < a->sent; i++) {
			size_t last = i + count; /* this one is too many within the time */

			while (last < a->sent &&
			       last < i + count + a->sent_jumps[last] - a->sent_jumps[i])
				last++;
			if (last < a->sent &&
			    a->sent_ms[last] - a->sent_ms[i] <= (int64_t)a->rates[r].per_ms) {
				fail_msg("rate %zu: more than %u from %lld to %lld", r, count,
				         (long long)a->sent_ms[i], (long long)a->sent_ms[last]);
			}
		}
	}
}

static const struct rate_spec one_second[] = {{10, 1000}};
static const struct rate_spec two_windows[] = {{10, 1000}, {150, 60000}};
static const struct rate_spec odd[] = {{3, 777}, {7, 5003}, {11, 10007}, {40, 86400}};
static const struct rate_spec single[] = {{1, 1000}};
static const struct rate_spec narrow[] = {{2, 33}};

static const struct {
	const struct rate_spec *rates;
	size_t count;
} plans[] = {{one_second, 1}, {two_windows, 2}, {odd, 4}, {single, 1}, {narrow, 1}};

#define PLANS (sizeof(plans) / sizeof(plans[0]))

static void no_interval_has_more_than_its_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < PLANS; i++) {
		for (uint64_t seed = 1; seed <= 8; seed++) {
			struct account *a = account_new(plans[i].rates, plans[i].count, seed);
			uint64_t longest = 1 + plans[i].rates[0].per_ms / (1 + seed % 7);

			for (int n = 0; n < 5000; n++) {
				pass(a, below(a, longest));
				for (int64_t burst = below(a, 15); burst > 0; burst--)
					(void)try_to_send(a);
				if (below(a, 50) == 0)
					restart(a);
			}
			expect_kept(a);
			assert_true(a->sent > 20);
			free(a);
		}
	}
}

static void a_clock_that_goes_back_costs_one_request_at_most(void **state)
{
	(void)state;
	for (size_t i = 0; i < PLANS; i++) {
		for (uint64_t seed = 1; seed <= 8; seed++) {
			struct account *a = account_new(plans[i].rates, plans[i].count, seed);
			uint64_t longest = plans[i].rates[plans[i].count - 1].per_ms;

			for (int n = 0; n < 5000; n++) {
				pass(a, below(a, 1 + plans[i].rates[0].per_ms / 4));
				if (below(a, 100) == 0) {
					a->clock_ms -= 1 + below(a, 3 * longest);
					a->jumps_back++;
					if (below(a, 2) == 0)
						restart(a);
				}
				(void)try_to_send(a);
			}
			expect_kept(a);
			free(a);
		}
	}
}

static void a_jump_of_the_clock_stops_nothing_for_long(void **state)
{
	static const int64_t jumps[] = {-1,       -999,           -60000,
	                                -3600000, -31536000000,   31536000000,
	                                1000000,  -2000000000000, INT64_MAX / 2};

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		struct account *a = account_new(two_windows, 2, i + 1);

		for (int round = 0; round < 20; round++) {
			while (try_to_send(a))
				;
			pass(a, (int64_t)limiter_wait(&a->limiter, a->clock_ms));
		}
		a->clock_ms += jumps[i];
		assert_true(limiter_wait(&a->limiter, a->clock_ms) <= 60000 + 60000 / 16 + 1);
		size_t before = a->sent;

		for (int n = 0; n < 3; n++) {
			while (try_to_send(a))
				;
			int64_t wait = (int64_t)limiter_wait(&a->limiter, a->clock_ms);

			assert_in_range(wait, 0, 60000 + 60000 / 16 + 1);
			pass(a, wait);
		}
		assert_true(jumps[i] > 1000000 || a->sent > before);
		free(a);
	}
}

static void it_is_not_much_slower_than_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < PLANS; i++) {
		struct account *a = account_new(plans[i].rates, plans[i].count, 99);
		double most = 1e9;
		double rate = 0;

		while (a->sent < 3000) {
			if (!try_to_send(a)) {
				uint64_t wait = limiter_wait(&a->limiter, a->clock_ms);

				/* Not a moment before it was said, and then at once. */
				assert_true(limiter_wait(&a->limiter,
				                         a->clock_ms + (int64_t)wait - 1) > 0);
				pass(a, (int64_t)wait);
				assert_int_equal(limiter_wait(&a->limiter, a->clock_ms), 0);
			}
		}
		expect_kept(a);
		for (size_t r = 0; r < plans[i].count; r++) {
			double allowed = plans[i].rates[r].count / (double)plans[i].rates[r].per_ms;

			most = allowed < most ? allowed : most;
		}
		rate = (double)a->sent / (double)a->real_ms;
		if (rate < 0.85 * most)
			fail_msg("plan %zu: %.3f of the rate", i, rate / most);
		free(a);
	}
}

static void a_quota_of_a_day_is_kept_over_a_restart(void **state)
{
	static const struct rate_spec quota[] = {{4, 1000}, {10000, 86400000}};
	struct account *a = account_new(quota, 2, 5);

	(void)state;
	while (a->sent < 10000) {
		if (!try_to_send(a))
			pass(a, (int64_t)limiter_wait(&a->limiter, a->clock_ms));
	}
	restart(a);
	assert_true(limiter_wait(&a->limiter, a->clock_ms) > (uint64_t)12 * 3600000);
	expect_kept(a);
	free(a);
}

static void without_rates_nothing_waits(void **state)
{
	struct limiter l;
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	limiter_init(&l, NULL, 0);
	for (int i = 0; i < 1000; i++)
		limiter_spend(&l, 5);
	assert_int_equal(limiter_wait(&l, 5), 0);
	assert_int_equal(limiter_save(&l, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "");
	buf_fini(&b);
}

static void counts_of_other_rates_are_ignored(void **state)
{
	static const struct rate_spec faster[] = {{20, 1000}, {150, 60000}};
	struct limiter l;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	limiter_init(&l, two_windows, 2);
	for (int i = 0; i < 10; i++)
		limiter_spend(&l, 1000000);
	assert_int_equal(limiter_save(&l, &b), ERR_OK);
	limiter_init(&l, faster, 2);
	limiter_load(&l, buf_str(&b));
	assert_int_equal(l.slots[0][1000000 / 63 % 17].count, 0);
	assert_int_equal(l.slots[1][1000000 / 3750 % 17].count, 10);
	buf_fini(&b);
}

static void a_text_that_is_not_ours_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		";",
		";;;;",
		"10/1000",
		"10/1000 ",
		"10/1000 5",
		"10/1000 5:",
		"10/1000 :5",
		"10/1000 -1:3",
		"10/1000 5:99999999999",
		"10/1000 99999999999999999999:1",
		"10/1000 9223372036854775807:1",
		"10/1000  5:3",
		"10/1000 5:3 x",
		"10 /1000 5:3",
		"11/1000 15873:10",
		"{\"a\":1}",
		"10/1000 15873:10\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct limiter l;

		limiter_init(&l, one_second, 1);
		limiter_load(&l, str_from(texts[i]));
		if (limiter_wait(&l, 1000000) != 0)
			fail_msg("\"%s\" was taken", texts[i]);
	}
}

static void absurd_counts_block_for_one_window_at_most(void **state)
{
	static const char text[] = "10/1000 15873:4294967295 15872:4294967295 99999999:4294967295";
	struct limiter l;

	(void)state;
	limiter_init(&l, one_second, 1);
	limiter_load(&l, str_from(text));
	assert_in_range(limiter_wait(&l, 1000000), 1, 1071);
	limiter_spend(&l, 1000000);
	assert_in_range(limiter_wait(&l, 1000000), 1, 1071);
	assert_int_equal(limiter_wait(&l, 1000000 + 1071), 0);
}

static void what_is_sent_late_counts_as_of_then(void **state)
{
	static const struct rate_spec rates[] = {{1, 1000}, {2, 60000}};
	struct limiter moved, late;

	(void)state;
	for (int64_t delay_ms = 0; delay_ms < 3000; delay_ms += 37) {
		limiter_init(&moved, rates, 2);
		limiter_init(&late, rates, 2);
		limiter_spend(&moved, 1000000);
		limiter_move(&moved, 1000000, 1000000 + delay_ms);
		limiter_spend(&late, 1000000 + delay_ms);
		for (int64_t at_ms = 0; at_ms < 1200; at_ms += 50) {
			const int64_t now_ms = 1000000 + delay_ms + at_ms;

			assert_int_equal(limiter_wait(&moved, now_ms), limiter_wait(&late, now_ms));
		}
	}
}

static void a_text_without_room_is_an_error(void **state)
{
	struct limiter l;
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	limiter_init(&l, one_second, 1);
	limiter_spend(&l, 1000000);
	assert_int_equal(limiter_save(&l, &b), ERR_LIMIT);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_interval_has_more_than_its_count),
		cmocka_unit_test(a_clock_that_goes_back_costs_one_request_at_most),
		cmocka_unit_test(a_jump_of_the_clock_stops_nothing_for_long),
		cmocka_unit_test(it_is_not_much_slower_than_allowed),
		cmocka_unit_test(a_quota_of_a_day_is_kept_over_a_restart),
		cmocka_unit_test(without_rates_nothing_waits),
		cmocka_unit_test(counts_of_other_rates_are_ignored),
		cmocka_unit_test(a_text_that_is_not_ours_changes_nothing),
		cmocka_unit_test(absurd_counts_block_for_one_window_at_most),
		cmocka_unit_test(what_is_sent_late_counts_as_of_then),
		cmocka_unit_test(a_text_without_room_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

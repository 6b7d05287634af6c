/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "auth/password.h"
#include "auth/throttle.h"

static int setup(void **state)
{
	struct throttle *t;

	if (auth_init() != ERR_OK || throttle_new(3, 60000, &t) != ERR_OK)
		return -1;
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	throttle_free(*state);
	return 0;
}

static void fail_times(struct throttle *t, const char *address, unsigned n, uint64_t now_ms)
{
	for (unsigned i = 0; i < n; i++)
		throttle_fail(t, address, now_ms);
}

static void an_address_is_blocked_at_its_limit_until_the_window_ends(void **state)
{
	struct throttle *t = *state;

	fail_times(t, "192.0.2.1", 2, 1000);
	assert_int_equal(throttle_wait_s(t, "192.0.2.1", 2000), 0);
	throttle_fail(t, "192.0.2.1", 2000);
	assert_int_equal(throttle_wait_s(t, "192.0.2.1", 2000), 59);
	assert_int_equal(throttle_wait_s(t, "192.0.2.1", 60999), 1);
	assert_int_equal(throttle_wait_s(t, "192.0.2.1", 61000), 0);
	throttle_fail(t, "192.0.2.1", 61000);
	assert_int_equal(throttle_wait_s(t, "192.0.2.1", 61000), 0);
}

static void other_addresses_are_not_touched(void **state)
{
	struct throttle *t = *state;

	fail_times(t, "192.0.2.1", 9, 0);
	assert_int_equal(throttle_wait_s(t, "192.0.2.2", 1), 0);
}

static void an_ipv6_address_counts_by_its_64(void **state)
{
	struct throttle *t = *state;

	fail_times(t, "2001:db8:1:2::1", 3, 0);
	assert_int_not_equal(throttle_wait_s(t, "2001:db8:1:2:ffff::9", 1), 0);
	assert_int_equal(throttle_wait_s(t, "2001:db8:1:3::1", 1), 0);
}

static void a_mapped_ipv4_address_counts_alone(void **state)
{
	struct throttle *t = *state;

	fail_times(t, "::ffff:192.0.2.1", 3, 0);
	assert_int_not_equal(throttle_wait_s(t, "::ffff:192.0.2.1", 1), 0);
	assert_int_equal(throttle_wait_s(t, "::ffff:192.0.2.2", 1), 0);
}

static void new_limits_hold_at_once(void **state)
{
	struct throttle *t = *state;

	fail_times(t, "192.0.2.1", 2, 0);
	throttle_set_limits(t, 2, 10000);
	assert_int_equal(throttle_wait_s(t, "192.0.2.1", 0), 10);
}

static void a_flood_of_addresses_keeps_the_newest(void **state)
{
	struct throttle *t = *state;
	char address[32];

	for (unsigned i = 0; i < 100000; i++) {
		(void)snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, i >> 8 & 255,
		               i & 255);
		throttle_fail(t, address, i);
	}
	fail_times(t, address, 2, 100000);
	assert_int_not_equal(throttle_wait_s(t, address, 100000), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_is_blocked_at_its_limit_until_the_window_ends),
		TEST(other_addresses_are_not_touched),
		TEST(an_ipv6_address_counts_by_its_64),
		TEST(a_mapped_ipv4_address_counts_alone),
		TEST(new_limits_hold_at_once),
		TEST(a_flood_of_addresses_keeps_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "publish/mqtt/mid_map.h"

static void put(struct mid_map *m, uint16_t mid, uint64_t token)
{
	assert_int_equal(mid_map_reserve(m), ERR_OK);
	mid_map_put(m, mid, token);
}

static void a_token_comes_back_once(void **state)
{
	struct mid_map *m = NULL;
	uint64_t token = 0;

	(void)state;
	assert_int_equal(mid_map_new(&m), ERR_OK);
	put(m, 1, 77);
	put(m, 9, 88);
	assert_int_equal(mid_map_count(m), 2);
	assert_true(mid_map_take(m, 1, &token));
	assert_int_equal(token, 77);
	assert_false(mid_map_take(m, 1, &token));
	assert_false(mid_map_take(m, 2, &token));
	assert_true(mid_map_take(m, 9, &token));
	assert_int_equal(token, 88);
	assert_int_equal(mid_map_count(m), 0);
	mid_map_free(m);
}

static void an_identifier_in_use_is_seen_before_it_repeats(void **state)
{
	struct mid_map *m = NULL;
	uint64_t token = 0;

	(void)state;
	assert_int_equal(mid_map_new(&m), ERR_OK);
	for (uint32_t mid = 1; mid <= 65535; mid++) {
		put(m, (uint16_t)mid, mid);
	}
	assert_int_equal(mid_map_reserve(m), ERR_LIMIT);
	assert_true(mid_map_take(m, 5, &token));
	assert_int_equal(mid_map_reserve(m), ERR_LIMIT);
	assert_true(mid_map_take(m, 1, &token)); /* 0 is no identifier: 1 follows 65,535 */
	put(m, 1, 1);
	for (uint32_t mid = 1; mid <= 65535; mid++)
		assert_int_equal(mid_map_take(m, (uint16_t)mid, &token), mid != 5);
	assert_int_equal(mid_map_count(m), 0);
	mid_map_free(m);
}

/* Identifiers that fall on the same places: wherever one goes from, the others are found. */
static void what_is_taken_hides_no_other(void **state)
{
	const uint16_t mids[] = {255, 511, 767, 1023, 256, 512, 1, 257};
	const size_t count = sizeof(mids) / sizeof(mids[0]);

	(void)state;
	for (size_t gone = 0; gone < count; gone++) {
		struct mid_map *m = NULL;
		uint64_t token = 0;

		assert_int_equal(mid_map_new(&m), ERR_OK);
		for (size_t i = 0; i < count; i++)
			put(m, mids[i], mids[i] * UINT64_C(3));
		assert_true(mid_map_take(m, mids[gone], &token));
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(mid_map_take(m, mids[i], &token), i != gone);
			assert_int_equal(token, mids[i == gone && i > 0 ? i - 1 : i] * UINT64_C(3));
		}
		assert_int_equal(mid_map_count(m), 0);
		mid_map_free(m);
	}
}

/* The library passes over identifiers when it has no memory. An answer to none is nobody's. */
static void strange_identifiers_are_harmless(void **state)
{
	struct mid_map *m = NULL;
	uint64_t token = 4;

	(void)state;
	assert_int_equal(mid_map_new(&m), ERR_OK);
	assert_false(mid_map_take(m, 0, &token));
	put(m, 65535, 1);
	put(m, 300, 2);
	assert_false(mid_map_take(m, 0, &token));
	assert_false(mid_map_take(m, 44, &token));
	assert_int_equal(token, 4);
	assert_int_equal(mid_map_count(m), 2);
	mid_map_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_comes_back_once),
		cmocka_unit_test(an_identifier_in_use_is_seen_before_it_repeats),
		cmocka_unit_test(what_is_taken_hides_no_other),
		cmocka_unit_test(strange_identifiers_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

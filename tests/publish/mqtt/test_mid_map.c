/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "publish/mqtt/mid_map.h"

static void a_token_comes_back_once(void **state)
{
	struct mid_map *m = NULL;
	uint64_t token = 0;

	(void)state;
	assert_int_equal(mid_map_new(&m), ERR_OK);
	mid_map_put(m, 1, 77);
	mid_map_put(m, 9, 88);
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
		assert_true(mid_map_has_next(m));
		mid_map_put(m, (uint16_t)mid, mid);
	}
	assert_false(mid_map_has_next(m));
	assert_true(mid_map_take(m, 5, &token));
	assert_false(mid_map_has_next(m));
	assert_true(mid_map_take(m, 1, &token)); /* 0 is no identifier: 1 follows 65,535 */
	assert_true(mid_map_has_next(m));
	mid_map_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_comes_back_once),
		cmocka_unit_test(an_identifier_in_use_is_seen_before_it_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "publish/id_set.h"

/* The first 8 bytes decide the place: few different ones make long runs of collisions. */
static void make_id(uint8_t id[EVENT_ID_BYTES], uint32_t n, uint32_t places)
{
	uint64_t place = n % places;

	memset(id, 0, EVENT_ID_BYTES);
	memcpy(id, &place, sizeof(place));
	memcpy(id + 8, &n, sizeof(n));
}

static void an_id_is_there_until_it_is_removed(void **state)
{
	uint8_t id[EVENT_ID_BYTES] = {1};
	struct id_set set = {.count = 0};

	(void)state;
	assert_false(id_set_has(&set, id));
	id_set_remove(&set, id);
	assert_int_equal(id_set_add(&set, id), ERR_OK);
	assert_int_equal(id_set_add(&set, id), ERR_EXISTS);
	assert_true(id_set_has(&set, id));
	assert_int_equal(set.count, 1);
	id_set_remove(&set, id);
	assert_false(id_set_has(&set, id));
	assert_int_equal(set.count, 0);
	id_set_fini(&set);
}

static void the_id_of_zeros_is_one_like_any_other(void **state)
{
	const uint8_t id[EVENT_ID_BYTES] = {0};
	struct id_set set = {.count = 0};

	(void)state;
	assert_int_equal(id_set_add(&set, id), ERR_OK);
	assert_true(id_set_has(&set, id));
	id_set_fini(&set);
}

static void removing_leaves_the_colliding_ones_to_be_found(void **state)
{
	static const uint32_t places[] = {1, 3, 50, 1000000};

	(void)state;
	for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
		struct id_set set = {.count = 0};
		uint8_t id[EVENT_ID_BYTES];

		for (uint32_t n = 0; n < 1000; n++) {
			make_id(id, n, places[p]);
			assert_int_equal(id_set_add(&set, id), ERR_OK);
		}
		for (uint32_t n = 0; n < 1000; n += 3) {
			make_id(id, n, places[p]);
			id_set_remove(&set, id);
		}
		for (uint32_t n = 0; n < 1000; n++) {
			make_id(id, n, places[p]);
			assert_int_equal(id_set_has(&set, id), n % 3 != 0);
		}
		assert_int_equal(set.count, 666);
		id_set_fini(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_there_until_it_is_removed),
		cmocka_unit_test(the_id_of_zeros_is_one_like_any_other),
		cmocka_unit_test(removing_leaves_the_colliding_ones_to_be_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

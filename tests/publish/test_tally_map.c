/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "publish/tally_map.h"

#define MANY 3000

/* Ids of one home mostly, so that they push each other on. */
static void make_id(uint8_t id[STORE_ID_BYTES], uint32_t n)
{
	memset(id, 0, STORE_ID_BYTES);
	id[0] = (uint8_t)(n % 3);
	memcpy(id + 8, &n, sizeof(n));
}

static void a_value_stays_while_somebody_holds_it(void **state)
{
	struct tally_map map = {.slots = NULL};
	const uint8_t id[STORE_ID_BYTES] = {7};
	struct tally_held *held;

	(void)state;
	assert_null(tally_map_find(&map, id));
	tally_map_drop(&map, id);
	assert_int_equal(tally_map_hold(&map, id), ERR_OK);
	assert_int_equal(tally_map_hold(&map, id), ERR_OK);
	held = tally_map_find(&map, id);
	assert_non_null(held);
	assert_false(held->is_answered);
	assert_false(held->tally.is_known);
	assert_memory_equal(held->tally.id, id, sizeof(id));
	held->is_answered = true;
	held->tally.count = 12;
	tally_map_drop(&map, id);
	assert_int_equal(tally_map_find(&map, id)->tally.count, 12);
	tally_map_drop(&map, id);
	assert_null(tally_map_find(&map, id));
	assert_int_equal(map.count, 0);
	assert_int_equal(tally_map_hold(&map, id), ERR_OK);
	assert_false(tally_map_find(&map, id)->is_answered); /* it begins anew */
	assert_int_equal(tally_map_find(&map, id)->tally.count, 0);
	tally_map_fini(&map);
	assert_null(tally_map_find(&map, id));
}

static void check(const struct tally_map *map, bool (*is_there)(uint32_t n))
{
	uint8_t id[STORE_ID_BYTES];

	for (uint32_t i = 0; i < MANY; i++) {
		const struct tally_held *held;

		make_id(id, i);
		held = tally_map_find(map, id);
		assert_true((held != NULL) == is_there(i));
		if (held != NULL)
			assert_int_equal(held->tally.count, i);
	}
}

static bool every(uint32_t n)
{
	(void)n;
	return true;
}

static bool every_seventh(uint32_t n)
{
	return n % 7 == 0;
}

static void many_that_collide_are_told_apart_while_others_go(void **state)
{
	struct tally_map map = {.slots = NULL};
	uint8_t id[STORE_ID_BYTES];

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		make_id(id, i);
		assert_int_equal(tally_map_hold(&map, id), ERR_OK);
		tally_map_find(&map, id)->tally.count = i;
	}
	check(&map, every);
	for (uint32_t i = 0; i < MANY; i++) {
		make_id(id, i);
		if (!every_seventh(i))
			tally_map_drop(&map, id);
	}
	check(&map, every_seventh);
	assert_int_equal(map.count, (MANY + 6) / 7);
	tally_map_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_stays_while_somebody_holds_it),
		cmocka_unit_test(many_that_collide_are_told_apart_while_others_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

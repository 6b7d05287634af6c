/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/idset.h"

static void make_id(uint8_t id[STORE_ID_BYTES], uint32_t n)
{
	uint32_t mixed = n * 2654435761U;

	memset(id, 0, STORE_ID_BYTES);
	memcpy(id, &mixed, sizeof(mixed));
}

static void fill(struct idset *set, uint32_t from, uint32_t to)
{
	uint8_t id[STORE_ID_BYTES];

	assert_int_equal(idset_reserve(set, to - from), ERR_OK);
	for (uint32_t n = from; n < to; n++) {
		make_id(id, n);
		idset_add(set, id);
	}
}

static uint32_t count_known(const struct idset *set, uint32_t to)
{
	uint8_t id[STORE_ID_BYTES];
	uint32_t count = 0;

	for (uint32_t n = 0; n < to; n++) {
		make_id(id, n);
		count += idset_has(set, id);
	}
	return count;
}

static void it_has_what_was_added_and_nothing_else(void **state)
{
	struct idset set = {0};

	(void)state;
	assert_int_equal(count_known(&set, 10), 0);
	fill(&set, 0, 5000);
	fill(&set, 4000, 6000);
	assert_int_equal(set.count, 6000);
	assert_int_equal(count_known(&set, 20000), 6000);
	idset_fini(&set);
}

static void it_is_empty_after_clear_and_can_be_filled_again(void **state)
{
	struct idset set = {0};

	(void)state;
	fill(&set, 0, 1000);
	idset_clear(&set);
	assert_int_equal(count_known(&set, 1000), 0);
	fill(&set, 10, 20);
	assert_int_equal(count_known(&set, 1000), 10);
	idset_fini(&set);
}

static void sorting_keeps_the_ids_and_orders_them(void **state)
{
	struct idset set = {0};

	(void)state;
	idset_sort(&set);
	fill(&set, 0, 3000);
	idset_sort(&set);
	for (size_t i = 1; i < set.count; i++)
		assert_true(memcmp(set.ids[i - 1], set.ids[i], STORE_ID_BYTES) < 0);
	assert_int_equal(count_known(&set, 6000), 3000);
	idset_fini(&set);
}

static void an_impossible_size_is_refused(void **state)
{
	struct idset set = {0};

	(void)state;
	assert_int_equal(idset_reserve(&set, UINT32_MAX), ERR_NOMEM);
	idset_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_what_was_added_and_nothing_else),
		cmocka_unit_test(it_is_empty_after_clear_and_can_be_filled_again),
		cmocka_unit_test(sorting_keeps_the_ids_and_orders_them),
		cmocka_unit_test(an_impossible_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"

static void gives_zeroed_aligned_memory_across_chunks(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, (size_t)10 * 1024 * 1024);
	for (size_t i = 1; i < 2000; i++) {
		char *p = arena_alloc(&a, i);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, i);
		assert_non_null(arena_bytes(&a, 3));
	}
	arena_fini(&a);
}

static void stops_at_its_maximum_and_starts_again_after_reset(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 100);
	assert_non_null(arena_bytes(&a, 60));
	assert_null(arena_bytes(&a, 41));
	assert_non_null(arena_bytes(&a, 40));
	assert_null(arena_alloc(&a, 1));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 100));
	arena_fini(&a);
}

static void a_large_piece_does_not_disturb_small_ones(void **state)
{
	struct arena a;
	struct str copy;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_int_equal(arena_str_dup(&a, STR_LIT("small"), &copy), ERR_OK);
	char *large = arena_bytes(&a, 200000);

	assert_non_null(large);
	memset(large, 'x', 200000);
	assert_string_equal(copy.ptr, "small");
	assert_int_equal(arena_str_dup(&a, STR_EMPTY, &copy), ERR_OK);
	assert_string_equal(copy.ptr, "");
	arena_fini(&a);
	assert_non_null(arena_bytes(&a, 200000)); /* a first chunk of that size ... */
	arena_reset(&a);
	assert_null(a.first); /* ... is not kept */
	assert_non_null(arena_bytes(&a, 10));
	arena_reset(&a);
	assert_non_null(a.first);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_memory_across_chunks),
		cmocka_unit_test(stops_at_its_maximum_and_starts_again_after_reset),
		cmocka_unit_test(a_large_piece_does_not_disturb_small_ones),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What the contract cannot see from outside: the memory of ids that are on their way to the table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/log.h"
#include "store/sqlite.h"
#include "tests/store/place.h"

#define T0         ((int64_t)1700000000000)
#define SETTLE_IDS ((size_t)4096)
#define SETTLES    ((size_t)64)
/* A full set and half of one. Source: docs/decisions/0015-memory.md */
#define BYTES_MAX  ((size_t)2816 * 1024)

static const struct backend_ops *const ops = &store_sqlite_ops;

static void make_id(uint8_t id[STORE_ID_BYTES], uint64_t n)
{
	const uint64_t mixed = n * UINT64_C(0x9e3779b97f4a7c15);

	memcpy(id, &mixed, sizeof(mixed));
	memcpy(id + sizeof(mixed), &n, sizeof(n));
}

static void settle(struct backend *b, uint64_t first)
{
	static uint8_t ids[SETTLE_IDS][STORE_ID_BYTES];
	const struct store_settle s = {
		.account = STR_LIT("acme"), .ids = ids[0], .id_count = SETTLE_IDS};

	for (size_t i = 0; i < SETTLE_IDS; i++)
		make_id(ids[i], first + i);
	assert_int_equal(ops->begin(b, true), ERR_OK);
	assert_int_equal(ops->settle(b, &s, T0), ERR_OK);
	assert_int_equal(ops->commit(b, NULL), ERR_OK);
}

static bool is_known(struct backend *b, uint64_t n)
{
	uint8_t id[STORE_ID_BYTES];
	bool known = false;

	make_id(id, n);
	assert_int_equal(ops->known(b, id, 1, &known), ERR_OK);
	return known;
}

static size_t bytes_of(const struct idset *set)
{
	return set->cap * sizeof(*set->ids) + set->slot_count * sizeof(*set->slots);
}

static void two_sets_never_have_the_memory_of_two_full_ones(void **state)
{
	struct store_conf conf = {.dedupe_for_ms = UINT64_C(86400000), .max_bytes = 1 << 30};
	struct err_detail detail = {.text = ""};
	struct backend *b = NULL;
	size_t merges = 0;

	(void)state;
	conf.path = place_fresh();
	assert_int_equal(ops->open(&conf, &b, &detail), ERR_OK);
	for (size_t i = 0; i < SETTLES; i++) {
		bool was_merging = b->dedupe.is_merging;

		settle(b, i * SETTLE_IDS);
		assert_in_range(bytes_of(&b->dedupe.filling) + bytes_of(&b->dedupe.merging), 1,
		                BYTES_MAX);
		merges += was_merging && !b->dedupe.is_merging;
	}
	assert_in_range(merges, 2, SETTLES);
	for (uint64_t n = 0; n < SETTLES * SETTLE_IDS; n += 97)
		assert_true(is_known(b, n));
	assert_false(is_known(b, SETTLES * SETTLE_IDS));
	ops->close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_sets_never_have_the_memory_of_two_full_ones),
	};

	log_init(LOG_LVL_WARN, LOG_FMT_LOGFMT);

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver/report/reports_queue.h"

#define ENTRIES 500

static struct queue queue;
static struct queue_entry entries[ENTRIES];

static int setup(void **state)
{
	(void)state;
	queue = (struct queue){.entries = NULL};
	for (size_t i = 0; i < ENTRIES; i++)
		entries[i] = (struct queue_entry){.place = 0};
	return queue_reserve(&queue, ENTRIES) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	queue_fini(&queue);
	return 0;
}

/* Something like chance, the same each time. */
static uint64_t due_of(size_t i)
{
	return i * 7919 % 1009;
}

static void they_come_in_order_of_time(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (size_t i = 0; i < ENTRIES; i++)
		queue_put(&queue, &entries[i], due_of(i));
	for (size_t i = 0; i < ENTRIES; i++) {
		struct queue_entry *first = queue_first(&queue);

		assert_true(first->due_ms >= last);
		last = first->due_ms;
		queue_remove(&queue, first);
		assert_int_equal(first->place, 0);
	}
	assert_null(queue_first(&queue));
}

static void any_may_be_moved_or_taken_out(void **state)
{
	uint64_t last = 0;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < ENTRIES; i++)
		queue_put(&queue, &entries[i], due_of(i));
	for (size_t i = 0; i < ENTRIES; i += 3)
		queue_remove(&queue, &entries[i]);
	for (size_t i = 1; i < ENTRIES; i += 3)
		queue_put(&queue, &entries[i], due_of(i * 31));
	for (struct queue_entry *e; (e = queue_first(&queue)) != NULL; count++) {
		size_t i = (size_t)(e - entries);

		assert_int_not_equal(i % 3, 0);
		assert_int_equal(e->due_ms, i % 3 == 1 ? due_of(i * 31) : due_of(i));
		assert_true(e->due_ms >= last);
		last = e->due_ms;
		queue_remove(&queue, e);
	}
	assert_int_equal(count, ENTRIES - (ENTRIES + 2) / 3);
}

static void what_is_not_in_it_may_be_removed(void **state)
{
	(void)state;
	queue_remove(&queue, &entries[0]);
	queue_put(&queue, &entries[1], 1);
	queue_remove(&queue, &entries[1]);
	queue_remove(&queue, &entries[1]);
	assert_int_equal(queue.count, 0);
}

static void room_only_grows(void **state)
{
	(void)state;
	queue_put(&queue, &entries[0], 1);
	assert_int_equal(queue_reserve(&queue, 1), ERR_OK);
	assert_int_equal(queue.cap, ENTRIES);
	assert_int_equal(queue_reserve(&queue, 2 * ENTRIES), ERR_OK);
	assert_ptr_equal(queue_first(&queue), &entries[0]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_come_in_order_of_time),
		TEST(any_may_be_moved_or_taken_out),
		TEST(what_is_not_in_it_may_be_removed),
		TEST(room_only_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

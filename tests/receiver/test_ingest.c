/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver/ingest.h"

static enum err put_result;
static store_put_done put_done;
static void *put_arg;
static const struct payload *put_payload;
static const struct store_checkpoint *put_checkpoint;

enum err store_put(struct store *s, const struct payload *payload,
                   const struct store_checkpoint *checkpoint, store_put_done done, void *arg)
{
	(void)s;
	put_payload = payload;
	put_checkpoint = checkpoint;
	put_done = done;
	put_arg = arg;
	return put_result;
}

static char order[8];
static size_t order_len;
static int64_t told_entry;
static int64_t told_ms;
static enum err done_err;
static int64_t done_entry;

static void on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	assert_ptr_equal(arg, order);
	assert_true(str_eq(account, STR_LIT("acme")));
	order[order_len++] = 'r';
	told_entry = entry;
	told_ms = received_ms;
}

static void on_done(void *arg, enum err err, int64_t entry)
{
	assert_ptr_equal(arg, &put_result);
	order[order_len++] = 'd';
	done_err = err;
	done_entry = entry;
}

static const struct payload payload = {
	.account = {"acme", 4}, .received_ms = 77, .via = PAYLOAD_WEBHOOK};

static int setup(void **state)
{
	order_len = 0;
	put_result = ERR_OK;
	return ingest_new(NULL, on_put, order, (struct ingest **)state) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
	ingest_free(*state);
	return 0;
}

static void the_relay_is_told_before_the_one_who_waits(void **state)
{
	const struct store_checkpoint checkpoint = {STR_LIT("k"), STR_LIT("v")};

	assert_int_equal(ingest_put(*state, &payload, &checkpoint, on_done, &put_result), ERR_OK);
	assert_ptr_equal(put_payload, &payload);
	assert_ptr_equal(put_checkpoint, &checkpoint);
	assert_int_equal(order_len, 0);
	put_done(put_arg, ERR_OK, 42);
	assert_memory_equal(order, "rd", 2);
	assert_int_equal(told_entry, 42);
	assert_int_equal(told_ms, 77);
	assert_int_equal(done_err, ERR_OK);
	assert_int_equal(done_entry, 42);
}

static void a_failed_commit_tells_only_the_one_who_waits(void **state)
{
	assert_int_equal(ingest_put(*state, &payload, NULL, on_done, &put_result), ERR_OK);
	put_done(put_arg, ERR_IO, 0);
	assert_int_equal(order_len, 1);
	assert_int_equal(order[0], 'd');
	assert_int_equal(done_err, ERR_IO);
}

static void what_the_store_refuses_is_handed_back(void **state)
{
	static const enum err errors[] = {ERR_LIMIT, ERR_IO, ERR_CANCELED, ERR_NOMEM};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		put_result = errors[i];
		assert_int_equal(ingest_put(*state, &payload, NULL, on_done, &put_result),
		                 errors[i]);
	}
	assert_int_equal(order_len, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_relay_is_told_before_the_one_who_waits),
		TEST(a_failed_commit_tells_only_the_one_who_waits),
		TEST(what_the_store_refuses_is_handed_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

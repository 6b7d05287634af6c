/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/ordinals.h"
#include "tests/normalise/profile/profile_text.h"

#define CLICKS                                                                              \
	PROFILE_WITH_MAP("    key: [/who, \"@each/campaign\"]\n    status: {is: clicked}\n" \
	                 "    ordinal: true\n    set: {text: \"@each/_ordinals\"}\n")

struct bag {
	struct profile *profile;
	struct source *source;
	struct ordinals *ordinals;
	struct buf numbers;
};

/* A disk with room for a few rows, or one that fails. */
#define DISK_ROWS 999 /* and one in memory */

static struct {
	bool is_used;
	enum err err;
	size_t count;
	struct ordinals_row rows[DISK_ROWS];
	uint64_t hashes[DISK_ROWS];
} disk;

static struct ordinals_row *disk_row(uint64_t hash, const uint8_t *id)
{
	for (size_t i = 0; i < disk.count; i++) {
		if (memcmp(disk.rows[i].id, id, EVENT_ID_BYTES) == 0) {
			assert_true(disk.hashes[i] == hash);
			return &disk.rows[i];
		}
	}
	return NULL;
}

static enum err disk_find(void *arg, uint64_t hash, const uint8_t *id, struct ordinals_row *ret_row)
{
	const struct ordinals_row *row = disk_row(hash, id);

	assert_ptr_equal(arg, &disk);
	if (disk.err == ERR_OK && row != NULL)
		*ret_row = *row;
	return disk.err != ERR_OK || row != NULL ? disk.err : ERR_NOENT;
}

static enum err disk_keep(void *arg, uint64_t hash, const struct ordinals_row *row)
{
	struct ordinals_row *place = disk_row(hash, row->id);

	assert_ptr_equal(arg, &disk);
	if (place == NULL && disk.count == DISK_ROWS)
		return ERR_LIMIT;
	if (place == NULL) {
		disk.hashes[disk.count] = hash;
		place = &disk.rows[disk.count++];
	}
	*place = *row;
	return disk.err;
}

static void disk_forget(void *arg)
{
	assert_ptr_equal(arg, &disk);
	disk.count = 0;
}

static const struct ordinals_disk disk_ops = {disk_find, disk_keep, disk_forget, &disk};

static void bag_open(struct bag *b, const char *profile, size_t rows_max)
{
	b->profile = profile_good(profile);
	b->source = source_good(b->profile);
	assert_int_equal(ordinals_new(disk.is_used ? 1 : rows_max, disk.is_used ? &disk_ops : NULL,
	                              &b->ordinals),
	                 ERR_OK);
	buf_init(&b->numbers, 1 << 20);
}

static void bag_close(struct bag *b)
{
	ordinals_free(b->ordinals);
	ordinals_free(NULL);
	source_unref(b->source);
	profile_free(b->profile);
	buf_fini(&b->numbers);
}

static enum err bag_count(struct bag *b, struct str body, const char *vars)
{
	struct payload payload = {.via = PAYLOAD_REPORT, .body = body, .vars = str_from(vars)};

	buf_reset(&b->numbers);
	return ordinals_count(b->ordinals, b->source, &payload, &b->numbers);
}

static void expect_numbers(struct bag *b, const char *body, const char *want)
{
	assert_int_equal(bag_count(b, str_from(body), "campaign=c-1"), ERR_OK);
	assert_string_equal(buf_cstr(&b->numbers), want);
}

static void identical_rows_are_numbered_over_the_pages_of_a_window(void **state)
{
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 1000);
	expect_numbers(&b, "[{\"who\":1},{\"who\":2},{\"who\":1},{\"who\":1,\"x\":2}]", "2:1,3:2");
	expect_numbers(&b, "[{\"who\":3},{\"who\":2}]", "1:1");
	expect_numbers(&b, "[{\"who\":4}]", "");
	expect_numbers(&b, "[{\"who\":1}]", "0:3");
	expect_numbers(&b, "[]", "");
	ordinals_reset(b.ordinals);
	expect_numbers(&b, "[{\"who\":1},{\"who\":1}]", "1:1");
	bag_close(&b);
}

static void rows_of_other_loop_values_are_others(void **state)
{
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 1000);
	expect_numbers(&b, "[{\"who\":1}]", "");
	assert_int_equal(bag_count(&b, STR_LIT("[{\"who\":1}]"), "campaign=c-2"), ERR_OK);
	assert_string_equal(buf_cstr(&b.numbers), "");
	/* What another one counted before does not count again. */
	assert_int_equal(bag_count(&b, STR_LIT("[{\"who\":1}]"), "campaign=c-2&_ordinals=0:7"),
	                 ERR_OK);
	assert_string_equal(buf_cstr(&b.numbers), "0:1");
	bag_close(&b);
}

static void records_that_give_nothing_keep_their_numbers(void **state)
{
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 1000);
	expect_numbers(&b, "[{\"who\":1},{},null,{\"who\":1}]", "3:1");
	expect_numbers(&b, "not json", "");
	expect_numbers(&b, "[{\"who\":1},{\"who\"", "");
	expect_numbers(&b, "[{\"who\":1}]", "0:2");
	bag_close(&b);
}

static void a_map_without_ordinal_is_not_counted(void **state)
{
	struct bag b;

	(void)state;
	bag_open(&b, PROFILE_WITH_MAP("    key: [/who]\n    status: {is: clicked}\n"), 1000);
	expect_numbers(&b, "[{\"who\":1},{\"who\":1}]", "");
	bag_close(&b);
}

#define TWO_EVENTS                                                 \
	"profile: t\nmaps:\n"                                      \
	"  a: {key: [/a], status: {is: clicked}, ordinal: true}\n" \
	"  b: {key: [/b], status: {is: opened}, ordinal: true}\n"  \
	"  c: {key: [/c], status: {is: sent}}\n"                   \
	"webhooks: {hook: {map: [a, c, b]}}\n"

/* Otherwise the second record's `opened` would be taken for the third one's. */
static void a_record_of_two_events_has_a_number_that_is_new_to_both(void **state)
{
	struct bag b;

	(void)state;
	bag_open(&b, TWO_EVENTS, 1000);
	expect_numbers(&b,
	               "[{\"a\":1,\"b\":1},{\"a\":1,\"b\":2},{\"a\":2,\"b\":2},{\"a\":3,\"b\":3}]",
	               "1:1,2:2");
	bag_close(&b);
}

static void the_bag_grows_to_its_limit_and_not_beyond(void **state)
{
	static char body[64 * 1024];
	struct bag b;
	size_t at = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		at += (size_t)snprintf(body + at, sizeof(body) - at, "{\"who\":%d},", i);
	body[at - 1] = ']';
	memmove(body + 1, body, at);
	body[0] = '[';
	bag_open(&b, CLICKS, 1000);
	assert_int_equal(bag_count(&b, (struct str){body, at + 1}, ""), ERR_OK);
	assert_int_equal(b.numbers.len, 0);
	assert_int_equal(bag_count(&b, (struct str){body, at + 1}, ""), ERR_OK);
	assert_memory_equal(buf_cstr(&b.numbers), "0:1,1:1,2:1,", 12);
	assert_int_equal(bag_count(&b, STR_LIT("[{\"who\":-1}]"), ""), ERR_LIMIT);
	assert_int_equal(b.numbers.len, 0);
	assert_int_equal(bag_count(&b, STR_LIT("[{\"who\":5}]"), ""), ERR_OK);
	assert_string_equal(buf_cstr(&b.numbers), "0:2");
	bag_close(&b);
}

static void a_disk_that_fails_is_an_error(void **state)
{
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 1000);
	expect_numbers(&b, "[{\"who\":1},{\"who\":2},{\"who\":2}]", "2:1");
	disk.err = ERR_IO;
	expect_numbers(&b, "[{\"who\":1}]", "0:1"); /* it is in memory */
	assert_int_equal(bag_count(&b, STR_LIT("[{\"who\":2}]"), ""), ERR_IO);
	assert_int_equal(b.numbers.len, 0);
	disk.err = ERR_OK;
	ordinals_reset(b.ordinals);
	assert_int_equal(disk.count, 0);
	expect_numbers(&b, "[{\"who\":1},{\"who\":2},{\"who\":2}]", "2:1");
	bag_close(&b);
}

static void numbers_past_the_buffers_maximum_are_a_limit(void **state)
{
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 1000);
	buf_fini(&b.numbers);
	buf_init(&b.numbers, 5);
	assert_int_equal(bag_count(&b, STR_LIT("[{\"a\":1},{\"a\":1},{\"a\":1}]"), ""), ERR_LIMIT);
	bag_close(&b);
}

/* ---- a window that grows ---- */

static struct ordinals_claims claims_of(const struct bag *b)
{
	return *ordinals_claims(b->ordinals);
}

static void expect_claims(const struct bag *b, size_t count, size_t unconfirmed)
{
	assert_int_equal(ordinals_claims(b->ordinals)->count, count);
	assert_int_equal(ordinals_unconfirmed(b->ordinals), unconfirmed);
}

static void a_row_that_was_shifted_to_the_next_page_is_no_other_one(void **state)
{
	static const struct ordinals_claims none = {.count = 0};
	struct ordinals_claims before;
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 1000);
	ordinals_reset_open(b.ordinals, &none);
	expect_numbers(&b, "[{\"who\":1},{\"who\":2}]", "");
	expect_numbers(&b, "[{\"who\":2},{\"who\":3}]", "");
	expect_claims(&b, 1, 1);
	before = claims_of(&b);
	assert_int_equal(before.list[0].count, 2);
	ordinals_reset_open(b.ordinals, &before);
	expect_claims(&b, 0, 0);
	expect_numbers(&b, "[{\"who\":0},{\"who\":1}]", "");
	expect_numbers(&b, "[{\"who\":2},{\"who\":3}]", "");
	expect_claims(&b, 0, 0);
	bag_close(&b);
}

static void rows_on_two_pages_are_believed_at_the_second_read(void **state)
{
	static const struct ordinals_claims none = {.count = 0};
	struct ordinals_claims before;
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 1000);
	ordinals_reset_open(b.ordinals, &none);
	expect_numbers(&b, "[{\"who\":1},{\"who\":1},{\"who\":1}]", "1:1,2:2");
	expect_numbers(&b, "[{\"who\":1},{\"who\":2},{\"who\":1}]", "2:1");
	expect_claims(&b, 1, 1);
	before = claims_of(&b);
	assert_int_equal(before.list[0].count, 5);
	ordinals_reset_open(b.ordinals, &before);
	expect_numbers(&b, "[{\"who\":1},{\"who\":1},{\"who\":1}]", "1:1,2:2");
	expect_numbers(&b, "[{\"who\":1},{\"who\":2},{\"who\":1}]", "0:3,2:4");
	expect_claims(&b, 1, 0);
	expect_numbers(&b, "[{\"who\":1}]", ""); /* a sixth one is new */
	expect_claims(&b, 1, 1);
	assert_int_equal(claims_of(&b).list[0].count, 6);
	before = claims_of(&b);
	ordinals_reset(b.ordinals); /* the window is closed */
	expect_numbers(&b, "[{\"who\":1}]", "");
	expect_numbers(&b, "[{\"who\":1}]", "0:1");
	expect_claims(&b, 0, 0);
	bag_close(&b);
}

/* The number is new to both of its events, or to none. */
static void a_record_of_two_events_is_believed_as_one(void **state)
{
	static const struct ordinals_claims none = {.count = 0};
	struct ordinals_claims before;
	struct bag b;

	(void)state;
	bag_open(&b, TWO_EVENTS, 1000);
	ordinals_reset_open(b.ordinals, &none);
	expect_numbers(&b, "[{\"a\":1,\"b\":1}]", "");
	expect_numbers(&b, "[{\"a\":1,\"b\":2}]", "");
	expect_claims(&b, 2, 2);
	before = claims_of(&b);
	before.count = 1; /* of one of them */
	ordinals_reset_open(b.ordinals, &before);
	expect_numbers(&b, "[{\"a\":1,\"b\":1}]", "");
	expect_numbers(&b, "[{\"a\":1,\"b\":2}]", "");
	expect_claims(&b, 2, 1);
	before = claims_of(&b);
	ordinals_reset_open(b.ordinals, &before);
	expect_numbers(&b, "[{\"a\":1,\"b\":1}]", "");
	expect_numbers(&b, "[{\"a\":1,\"b\":2}]", "0:1");
	bag_close(&b);
}

static void claims_that_are_too_many_are_left_out(void **state)
{
	static char body[64 * 1024];
	static const struct ordinals_claims none = {.count = 0};
	struct ordinals_claims before;
	struct bag b;
	size_t at = 0;
	const int rows = ORDINALS_CLAIMS_MAX + 50;

	(void)state;
	body[at++] = '[';
	for (int i = 0; i < rows; i++)
		at += (size_t)snprintf(body + at, sizeof(body) - at, "{\"who\":%d},", i);
	body[at - 1] = ']';
	bag_open(&b, CLICKS, 1000);
	ordinals_reset_open(b.ordinals, &none);
	for (int page = 0; page < 2; page++) {
		assert_int_equal(bag_count(&b, (struct str){body, at}, ""), ERR_OK);
		assert_string_equal(buf_cstr(&b.numbers), "");
	}
	expect_claims(&b, ORDINALS_CLAIMS_MAX, ORDINALS_CLAIMS_MAX);
	assert_int_equal(ordinals_left_out(b.ordinals), 50);
	before = claims_of(&b);
	ordinals_reset_open(b.ordinals, &before);
	assert_int_equal(ordinals_left_out(b.ordinals), 0);
	assert_int_equal(bag_count(&b, (struct str){body, at}, ""), ERR_OK);
	assert_string_equal(buf_cstr(&b.numbers), "");
	assert_int_equal(bag_count(&b, (struct str){body, at}, ""), ERR_OK);
	assert_non_null(strstr(buf_cstr(&b.numbers), ",199:1"));
	assert_null(strstr(buf_cstr(&b.numbers), ",200:1"));
	expect_claims(&b, ORDINALS_CLAIMS_MAX, 0);
	bag_close(&b);
}

/** Ids of the events of @p body with @p vars, one behind the other. */
static size_t ids_of(const struct bag *b, const char *body, const char *vars, uint8_t *ids,
                     char *json, size_t json_size)
{
	struct payload payload = {
		.via = PAYLOAD_REPORT, .body = str_from(body), .vars = str_from(vars)};
	struct normaliser *n = NULL;
	struct normalise_bad bad;
	struct event e;
	size_t count = 0;

	assert_int_equal(normaliser_new(b->source, &payload, 1 << 20, &n), ERR_OK);
	while (normaliser_next(n, &e, &bad) == NORMALISE_EVENT) {
		memcpy(ids + EVENT_ID_BYTES * count++, e.id, EVENT_ID_BYTES);
		(void)snprintf(json, json_size, "%.*s", STR_FMT(e.json));
	}
	normaliser_free(n);
	return count;
}

static void the_numbers_of_a_payload_make_the_ids(void **state)
{
	static const char body[] = "[{\"who\":1},{\"who\":1},{\"who\":1}]";
	uint8_t plain[3 * EVENT_ID_BYTES], counted[3 * EVENT_ID_BYTES];
	char json[4096];
	struct bag b;

	(void)state;
	bag_open(&b, CLICKS, 10);
	assert_int_equal(ids_of(&b, body, "campaign=c", plain, json, sizeof(json)), 3);
	assert_memory_equal(plain, plain + EVENT_ID_BYTES, EVENT_ID_BYTES);
	assert_int_equal(
		ids_of(&b, body, "campaign=c&_ordinals=1:1,2:2", counted, json, sizeof(json)), 3);
	assert_memory_equal(plain, counted, EVENT_ID_BYTES);
	assert_memory_not_equal(counted, counted + EVENT_ID_BYTES, EVENT_ID_BYTES);
	assert_memory_not_equal(counted + EVENT_ID_BYTES, counted + 2 * EVENT_ID_BYTES,
	                        EVENT_ID_BYTES);
	assert_null(strstr(json, "1:1")); /* @each does not show them */
	assert_int_equal(
		ids_of(&b, body, "campaign=c&_ordinals=1:1,2", counted, json, sizeof(json)), 3);
	assert_memory_equal(plain, counted, sizeof(plain));
	bag_close(&b);
}

static void a_map_without_ordinal_takes_none(void **state)
{
	uint8_t plain[EVENT_ID_BYTES], counted[EVENT_ID_BYTES];
	char json[4096];
	struct bag b;

	(void)state;
	bag_open(&b, PROFILE_WITH_MAP("    key: [/who]\n    status: {is: clicked}\n"), 10);
	assert_int_equal(ids_of(&b, "{\"who\":1}", "", plain, json, sizeof(json)), 1);
	assert_int_equal(ids_of(&b, "{\"who\":1}", "_ordinals=0:1", counted, json, sizeof(json)),
	                 1);
	assert_memory_equal(plain, counted, EVENT_ID_BYTES);
	bag_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identical_rows_are_numbered_over_the_pages_of_a_window),
		cmocka_unit_test(rows_of_other_loop_values_are_others),
		cmocka_unit_test(records_that_give_nothing_keep_their_numbers),
		cmocka_unit_test(a_map_without_ordinal_is_not_counted),
		cmocka_unit_test(a_record_of_two_events_has_a_number_that_is_new_to_both),
		cmocka_unit_test(the_bag_grows_to_its_limit_and_not_beyond),
		cmocka_unit_test(numbers_past_the_buffers_maximum_are_a_limit),
		cmocka_unit_test(a_row_that_was_shifted_to_the_next_page_is_no_other_one),
		cmocka_unit_test(rows_on_two_pages_are_believed_at_the_second_read),
		cmocka_unit_test(a_record_of_two_events_is_believed_as_one),
		cmocka_unit_test(claims_that_are_too_many_are_left_out),
		cmocka_unit_test(the_numbers_of_a_payload_make_the_ids),
		cmocka_unit_test(a_map_without_ordinal_takes_none),
	};

	const struct CMUnitTest on_disk[] = {cmocka_unit_test(a_disk_that_fails_is_an_error)};
	int failed = cmocka_run_group_tests_name("ordinals", tests, NULL, NULL);

	disk.is_used = true;
	failed += cmocka_run_group_tests_name("ordinals, on disk", tests, NULL, NULL);
	return failed + cmocka_run_group_tests_name("on disk alone", on_disk, NULL, NULL);
}

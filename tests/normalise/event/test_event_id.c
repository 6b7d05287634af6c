/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/event/fact.h"
#include "normalise/value/json_reader.h"

static struct fact a_fact(void)
{
	return (struct fact){.account = "everlytic",
	                     .status = STATUS_DELIVERED,
	                     .key = {STR_LIT("247801234"), STR_LIT("delivered")},
	                     .key_count = 2};
}

static void expect_same(const struct fact *a, const struct fact *b, bool same)
{
	uint8_t x[EVENT_ID_BYTES];
	uint8_t y[EVENT_ID_BYTES];

	event_id(a, x);
	event_id(b, y);
	assert_int_equal(memcmp(x, y, sizeof(x)) == 0, same);
}

static void expect_bytes(const uint8_t id[EVENT_ID_BYTES], const char *want)
{
	char text[2 * EVENT_ID_BYTES + 1];

	for (size_t i = 0; i < EVENT_ID_BYTES; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", id[i]);
	assert_string_equal(text, want);
}

static void expect_hex(const struct fact *fact, const char *want)
{
	uint8_t id[EVENT_ID_BYTES];

	event_id(fact, id);
	expect_bytes(id, want);
}

/* Computed by another implementation (Python's hashlib) after docs/event-format.md. */
static void the_bytes_are_those_of_the_documentation(void **state)
{
	struct fact fact = a_fact();

	(void)state;
	expect_hex(&fact, "ed7cd9763d41d96ef26a160d2895206c");
	fact.ordinal = 2;
	expect_hex(&fact, "0a8b8c69bd6e320d2535599279deb995");
	fact.ordinal = 0;
	fact.status = STATUS_UNKNOWN;
	fact.is_unknown_word = true;
	fact.vendor_status = STR_LIT("Parked");
	fact.is_campaign = true;
	expect_hex(&fact, "351ab996b2424e3a5122f924455de2bd");
}

static void a_counter_has_its_count_in_the_id_and_not_in_the_tally(void **state)
{
	struct fact fact = {.account = "cc",
	                    .is_campaign = true,
	                    .has_count = true,
	                    .count = 37,
	                    .status = STATUS_CLICKED,
	                    .key = {STR_LIT("c-1")},
	                    .key_count = 1};
	uint8_t tally[EVENT_ID_BYTES];

	(void)state;
	expect_hex(&fact, "b00fb58a6890d5ee69176e1a3a4a8f9e");
	event_tally(&fact, tally);
	expect_bytes(tally, "b8bb1300b7341a058eba0931abb49fd4");
	fact.count = INT64_C(37) << 32;
	event_tally(&fact, tally);
	expect_bytes(tally, "b8bb1300b7341a058eba0931abb49fd4");
}

static void a_revised_id_is_another_one_and_revision_0_is_the_id(void **state)
{
	struct fact fact = {.account = "cc",
	                    .is_campaign = true,
	                    .has_count = true,
	                    .count = 37,
	                    .status = STATUS_CLICKED,
	                    .key = {STR_LIT("c-1")},
	                    .key_count = 1};
	uint8_t id[EVENT_ID_BYTES];
	uint8_t revised[EVENT_ID_BYTES];

	(void)state;
	event_id(&fact, id);
	event_id_revise(id, 0, revised);
	expect_bytes(revised, "b00fb58a6890d5ee69176e1a3a4a8f9e");
	event_id_revise(id, 2, revised);
	expect_bytes(revised, "da7edb95b5d1dadd0c24ea864af4f28d");
	event_id_revise(id, 2, id);
	assert_memory_equal(id, revised, EVENT_ID_BYTES);
}

static void what_makes_another_fact_makes_another_id(void **state)
{
	struct fact a = a_fact();
	struct fact b;

	(void)state;
	b = a;
	b.account = "everlytic-2";
	expect_same(&a, &b, false);
	b = a;
	b.status = STATUS_SENT;
	expect_same(&a, &b, false);
	b = a;
	b.is_campaign = true;
	expect_same(&a, &b, false);
	b = a;
	b.key[0] = STR_LIT("247801235");
	expect_same(&a, &b, false);
	b = a;
	b.ordinal = 1;
	expect_same(&a, &b, false);
}

static void the_way_it_came_makes_no_difference(void **state)
{
	const struct payload payload = {.via = PAYLOAD_REPORT, .source = STR_LIT("delivery")};
	struct fact a = a_fact();
	struct fact b = a_fact();

	(void)state;
	b.payload = &payload;
	b.instance = "gw2";
	b.vendor = "another";
	b.has_time = true;
	b.time_ms = 1;
	b.vendor_status = STR_LIT("DELIVRD");
	b.fields[FIELD_TEXT] = STR_LIT("x");
	expect_same(&a, &b, true);
}

static void bytes_do_not_move_between_key_values(void **state)
{
	struct fact a = a_fact();
	struct fact b = a_fact();

	(void)state;
	a.key[0] = STR_LIT("ab");
	a.key[1] = STR_LIT("c");
	b.key[0] = STR_LIT("a");
	b.key[1] = STR_LIT("bc");
	expect_same(&a, &b, false);
	a.key[0] = STR_EMPTY;
	a.key[1] = STR_LIT("x");
	b.key[0] = STR_LIT("x");
	b.key[1] = STR_EMPTY;
	expect_same(&a, &b, false);
}

static void absent_values_at_the_end_do_not_count(void **state)
{
	struct fact a = a_fact();
	struct fact b = a_fact();

	(void)state;
	b.key[2] = (struct str){"", 0};
	b.key[3] = STR_EMPTY;
	b.key_count = 4;
	expect_same(&a, &b, true);
}

static void two_unknown_words_are_two_facts_whatever_their_case(void **state)
{
	struct fact a = a_fact();
	struct fact b;

	(void)state;
	a.status = STATUS_UNKNOWN;
	a.is_unknown_word = true;
	a.vendor_status = STR_LIT("PARKED");
	b = a;
	b.vendor_status = STR_LIT("parked");
	expect_same(&a, &b, true);
	b.vendor_status = STR_LIT("lost");
	expect_same(&a, &b, false);
}

static void expect_same_record(const char *left, const char *right, bool same)
{
	struct fact a = a_fact();
	struct fact b = a_fact();
	struct json_cursor ca = json_cursor(str_from(left));
	struct json_cursor cb = json_cursor(str_from(right));
	struct arena arena;

	arena_init(&arena, 1 << 20);
	assert_int_equal(json_read(&ca, &arena, &a.record, NULL), ERR_OK);
	assert_int_equal(json_read(&cb, &arena, &b.record, NULL), ERR_OK);
	a.key_count = 0;
	b.key[0] = b.key[1] = STR_EMPTY;
	if (b.record->first != NULL)
		b.record->first->used = true;
	expect_same(&a, &b, same);
	arena_fini(&arena);
}

static void without_a_key_the_record_counts_in_any_order_of_its_members(void **state)
{
	static const struct {
		const char *left, *right;
		bool same;
	} cases[] = {
		{"{\"a\":1,\"b\":{\"c\":2,\"d\":3}}", "{\"b\":{\"d\":3,\"c\":2},\"a\":1}", true},
		{"{ \"a\" : [ 1 , 2 ] }", "{\"a\":[1,2]}", true},
		{"{\"a\":[1,2]}", "{\"a\":[2,1]}", false},
		{"{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}", false},
		{"{\"a\":1}", "{\"a\":\"1\"}", false},
		{"{\"a\":1}", "{\"a\":1,\"b\":null}", false},
		{"{\"a\":{\"b\":1}}", "{\"b\":{\"a\":1}}", false},
		{"{\"a\":{\"b\":1}}", "{\"a\":1,\"b\":1}", false},
		{"{\"a\":{}}", "{\"a\":[]}", false},
		{"{\"a\":[[1],2]}", "{\"a\":[1,[2]]}", false},
		{"{}", "{}", true},
		{"{}", "[]", false},
		{"\"x\"", "\"y\"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_same_record(cases[i].left, cases[i].right, cases[i].same);
}

static void with_a_key_the_record_does_not_count(void **state)
{
	struct value record = {.kind = VALUE_TRUE};
	struct fact a = a_fact();
	struct fact b = a_fact();

	(void)state;
	b.record = &record;
	expect_same(&a, &b, true);
	a.key_count = b.key_count = 0;
	expect_same(&a, &b, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_documentation),
		cmocka_unit_test(a_counter_has_its_count_in_the_id_and_not_in_the_tally),
		cmocka_unit_test(a_revised_id_is_another_one_and_revision_0_is_the_id),
		cmocka_unit_test(what_makes_another_fact_makes_another_id),
		cmocka_unit_test(the_way_it_came_makes_no_difference),
		cmocka_unit_test(bytes_do_not_move_between_key_values),
		cmocka_unit_test(absent_values_at_the_end_do_not_count),
		cmocka_unit_test(two_unknown_words_are_two_facts_whatever_their_case),
		cmocka_unit_test(without_a_key_the_record_counts_in_any_order_of_its_members),
		cmocka_unit_test(with_a_key_the_record_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

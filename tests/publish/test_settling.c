/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publish/settling.h"

static struct entry *make_entry(int64_t number, const char *body)
{
	const struct payload payload = {.entry = number,
	                                .received_ms = 5,
	                                .account = STR_LIT("a"),
	                                .source = STR_LIT("sms"),
	                                .query = STR_LIT("q=1"),
	                                .body = str_from(body)};
	struct entry *e = NULL;

	assert_int_equal(entry_new(&payload, &e), ERR_OK);
	return e;
}

static struct outgoing published(uint8_t id, const char *campaign, enum status status)
{
	return (struct outgoing){.is_event = true,
	                         .result = OUTGOING_PUBLISHED,
	                         .is_counted = true,
	                         .id = {id},
	                         .campaign = campaign,
	                         .campaign_id = campaign,
	                         .campaign_name = "",
	                         .status = status};
}

static void neighbours_share_a_counter(void **state)
{
	struct settling *s = NULL;
	struct store_settle settle;

	(void)state;
	assert_int_equal(settling_new(&s), ERR_OK);
	for (uint8_t i = 0; i < 200; i++) {
		struct outgoing item = published(i, i % 2 == 0 ? "c" : "d", STATUS_DELIVERED);

		assert_int_equal(settling_add_item(s, STR_LIT("a"), &item), ERR_OK);
	}
	struct outgoing other = published(200, "c", STATUS_CLICKED);

	assert_int_equal(settling_add_item(s, STR_LIT("a"), &other), ERR_OK);
	settling_fill(s, STR_LIT("a"), &settle);
	assert_int_equal(settle.upto, 0);
	assert_int_equal(settle.id_count, 201);
	assert_int_equal(settle.ids[(size_t)199 * STORE_ID_BYTES], 199);
	assert_int_equal(settle.count_count, 3);
	assert_int_equal(settle.counts[0].add, 100);
	assert_true(str_eq(settle.counts[2].status, STR_LIT("clicked")));
	assert_int_equal(s->published[STATUS_DELIVERED], 200);
	assert_int_equal(s->published[STATUS_CLICKED], 1);
	settling_free(s);
}

static void very_many_campaigns_are_there_once_each(void **state)
{
	struct settling *s = NULL;
	struct store_settle settle;
	char campaign[16];

	(void)state;
	assert_int_equal(settling_new(&s), ERR_OK);
	for (unsigned i = 0; i < 20000; i++) {
		struct outgoing item = published((uint8_t)i, campaign, STATUS_SENT);

		(void)snprintf(campaign, sizeof(campaign), "%u", i % 5000);
		assert_int_equal(settling_add_item(s, STR_LIT("a"), &item), ERR_OK);
	}
	settling_fill(s, STR_LIT("a"), &settle);
	assert_int_equal(settle.campaign_count, 5000);
	assert_int_equal(settle.count_count, 5000);
	for (size_t i = 0; i < settle.count_count; i++) {
		assert_int_equal(settle.counts[i].add, 4);
		assert_true(settle.counts[i].is_observed);
		assert_true(str_eq(settle.counts[i].campaign, settle.campaigns[i].level));
	}
	assert_true(str_eq(settle.campaigns[4999].id, STR_LIT("4999")));
	settling_free(s);
}

static struct outgoing counter(struct entry *e, int64_t count, int64_t delta)
{
	return (struct outgoing){.entry = e,
	                         .is_event = true,
	                         .is_tally = true,
	                         .is_counted = true,
	                         .result = OUTGOING_PUBLISHED,
	                         .tally = {.id = {1}, .count = count, .delta = delta},
	                         .nth = 3,
	                         .campaign = "c",
	                         .campaign_id = "C",
	                         .campaign_name = "See",
	                         .status = STATUS_CLICKED};
}

static void counters_bring_tally_and_delta(void **state)
{
	struct entry *e = make_entry(7, "body");
	struct outgoing first = counter(e, 5, 5);
	struct outgoing second = counter(e, 2, -3);
	struct outgoing seen = published(1, "c", STATUS_CLICKED);
	struct outgoing known = counter(e, 2, 0);
	struct store_settle settle;
	struct settling *s = NULL;

	(void)state;
	known.is_counted = false;
	known.result = OUTGOING_NOTHING;
	second.result = OUTGOING_DEAD; /* what follows was told relative to it */
	second.cause = second.text = second.id_text = "x";
	assert_int_equal(settling_new(&s), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &first), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &second), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &seen), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &known), ERR_OK);
	settling_fill(s, STR_LIT("a"), &settle);
	assert_int_equal(settle.tally_count, 2);
	assert_int_equal(settle.tallies[1].count, 2);
	assert_int_equal(settle.tallies[1].entry, 7);
	assert_int_equal(settle.tallies[1].index, 3);
	assert_int_equal(settle.dead_count, 1);
	assert_int_equal(settle.id_count, 1);
	assert_int_equal(settle.count_count, 2); /* the vendor's, and what was observed */
	assert_int_equal(settle.counts[0].add, 2);
	assert_false(settle.counts[0].is_observed);
	assert_int_equal(settle.counts[1].add, 1);
	assert_int_equal(settle.campaign_count, 1);
	assert_true(str_eq(settle.campaigns[0].name, STR_LIT("See")));
	assert_int_equal(settling_size(s), 4);
	settling_free(s);
	entry_free(e);
}

static void what_goes_to_the_metrics_alone_is_nothing_for_the_store(void **state)
{
	const struct outgoing replayed = {.is_event = true,
	                                  .result = OUTGOING_PUBLISHED,
	                                  .status = STATUS_OPENED,
	                                  .is_unread = true};
	const struct outgoing known = {
		.is_event = true, .is_duplicate = true, .is_unknown_word = true};
	struct settling *s = NULL;

	(void)state;
	assert_int_equal(settling_new(&s), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &known), ERR_OK);
	assert_false(s->is_sent);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &replayed), ERR_OK);
	assert_true(s->is_sent);
	assert_true(settling_is_empty(s));
	assert_int_equal(s->published[STATUS_OPENED], 1);
	assert_int_equal(s->unread, 1);
	assert_int_equal(s->duplicates, 1);
	assert_int_equal(s->unknown_words, 1);
	settling_free(s);
}

static void entries_add_up(void **state)
{
	struct entry *first = make_entry(7, "12345");
	struct entry *second = make_entry(9, "67");
	struct store_settle settle;
	struct settling *s = NULL;

	(void)state;
	assert_int_equal(settling_new(&s), ERR_OK);
	assert_true(settling_is_empty(s));
	settling_add_entry(s, first);
	settling_add_entry(s, second);
	assert_false(settling_is_empty(s));
	entry_free(first);
	entry_free(second);
	settling_fill(s, STR_LIT("a"), &settle);
	assert_int_equal(settle.upto, 9);
	assert_int_equal(settle.entries, 2);
	assert_int_equal(settle.bytes, 7);
	settling_free(s);
}

static void a_dead_record_is_kept_alone_and_a_dead_event_with_its_payload_once(void **state)
{
	struct entry *e = make_entry(7, "whole body");
	const struct outgoing record = {.entry = e,
	                                .index = 3,
	                                .result = OUTGOING_DEAD,
	                                .cause = "unparsable",
	                                .text = "why",
	                                .raw = STR_LIT("record")};
	const struct outgoing event = {.entry = e,
	                               .is_event = true,
	                               .result = OUTGOING_DEAD,
	                               .cause = "publish_refused",
	                               .text = "why",
	                               .id_text = "00ff"};
	struct settling *s = NULL;

	(void)state;
	assert_int_equal(settling_new(&s), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &record), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &event), ERR_OK);
	assert_int_equal(settling_add_item(s, STR_LIT("a"), &event), ERR_OK);
	entry_free(e);
	assert_int_equal(s->dead_count, 3);
	assert_int_equal(s->dead[0].index, 3);
	assert_int_equal(s->dead[0].entry, 7);
	assert_int_equal(s->dead[0].event_id.len, 0);
	assert_true(str_eq(s->dead[0].payload->body, STR_LIT("record")));
	assert_true(str_eq(s->dead[0].payload->query, STR_LIT("q=1")));
	assert_true(str_eq(s->dead[0].source, STR_LIT("sms")));
	assert_true(str_eq(s->dead[1].payload->body, STR_LIT("whole body")));
	assert_true(str_eq(s->dead[1].event_id, STR_LIT("00ff")));
	assert_int_equal(s->dead[2].payload->body.len, 0);
	settling_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_share_a_counter),
		cmocka_unit_test(very_many_campaigns_are_there_once_each),
		cmocka_unit_test(counters_bring_tally_and_delta),
		cmocka_unit_test(what_goes_to_the_metrics_alone_is_nothing_for_the_store),
		cmocka_unit_test(entries_add_up),
		cmocka_unit_test(
			a_dead_record_is_kept_alone_and_a_dead_event_with_its_payload_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

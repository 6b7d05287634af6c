/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/event/summary_event.h"

static struct summary_fact make_fact(void)
{
	return (struct summary_fact){.instance = "gw 1",
	                             .vendor = STR_LIT("acme"),
	                             .account = STR_LIT("a1"),
	                             .level = STR_LIT("OTP%20live"),
	                             .campaign_id = STR_LIT("OTP live"),
	                             .campaign_name = STR_LIT("OTP \"live\""),
	                             .changed_ms = 1725354129412,
	                             .change = 7};
}

static void assert_json(const struct summary_fact *fact, const char *part, bool is_there)
{
	struct summary_event ev;

	summary_event_init(&ev);
	assert_int_equal(summary_event_write(fact, &ev), ERR_OK);
	if ((strstr(buf_cstr(&ev.json), part) != NULL) != is_there)
		fail_msg("%s: %s", part, buf_cstr(&ev.json));
	summary_event_fini(&ev);
}

static void a_summary_is_an_event_of_the_campaign(void **state)
{
	struct summary_fact fact = make_fact();
	struct summary_event ev;

	(void)state;
	fact.counts[STATUS_SENT] = (struct summary_count){.is_vendors = true, .vendors = 300};
	fact.counts[STATUS_CLICKED] = (struct summary_count){.is_vendors = true, .vendors = 100};
	summary_event_init(&ev);
	assert_int_equal(summary_event_write(&fact, &ev), ERR_OK);
	assert_string_equal(
		buf_cstr(&ev.json),
		"{\"specversion\":\"1.0\",\"id\":\"f62fc4c343ff9ded054688de7845f5c7\","
		"\"source\":\"/gw%201/a1\",\"type\":\"campaign2mqtt.campaign.summary.v1\","
		"\"subject\":\"campaigns/OTP%20live\",\"time\":\"2024-09-03T09:02:09.412Z\","
		"\"datacontenttype\":\"application/json\",\"data\":{\"vendor\":\"acme\","
		"\"account\":\"a1\",\"campaign\":{\"id\":\"OTP live\",\"name\":\"OTP "
		"\\\"live\\\"\"},"
		"\"basis\":\"vendor\",\"counts\":{\"sent\":300,\"clicked\":100},"
		"\"rates\":{\"clicked\":0.3333},"
		"\"times\":{\"received\":\"2024-09-03T09:02:09.412Z\",\"from\":\"received\"}}}");
	summary_event_fini(&ev);
}

static void the_id_follows_account_level_and_change(void **state)
{
	struct summary_fact fact = make_fact();
	char ids[4][2 * EVENT_ID_BYTES + 1];
	struct summary_event ev;

	(void)state;
	for (int i = 0; i < 4; i++) {
		fact = make_fact();
		fact.changed_ms += i;
		fact.change += i == 1;
		fact.account = i == 2 ? STR_LIT("a2") : fact.account;
		fact.level = i == 3 ? STR_LIT("OTP") : fact.level;
		summary_event_init(&ev);
		assert_int_equal(summary_event_write(&fact, &ev), ERR_OK);
		memcpy(ids[i], ev.id_text, sizeof(ids[i]));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
		summary_event_fini(&ev);
	}
}

static void one_observed_counter_makes_the_basis(void **state)
{
	struct summary_fact fact = make_fact();

	(void)state;
	fact.counts[STATUS_SENT] = (struct summary_count){.is_vendors = true, .vendors = 10};
	fact.counts[STATUS_DELIVERED] = (struct summary_count){
		.is_vendors = true, .vendors = 9, .is_observed = true, .observed = 5};
	assert_json(&fact, "\"basis\":\"observed\"", true);
	assert_json(&fact, "\"counts\":{\"sent\":10,\"delivered\":5}", true); /* never 14 */
	assert_json(&fact, "\"rates\":{\"delivered\":0.5000}", true);
}

static void rates_need_a_divisor(void **state)
{
	struct summary_fact fact = make_fact();

	(void)state;
	fact.counts[STATUS_CLICKED] = (struct summary_count){.is_vendors = true, .vendors = 3};
	assert_json(&fact, "rates", false);
	fact.counts[STATUS_DELIVERED] = (struct summary_count){.is_vendors = true, .vendors = 2};
	assert_json(&fact, "\"rates\":{\"clicked\":1.5000}", true);
	fact.counts[STATUS_SENT] = (struct summary_count){.is_vendors = true, .vendors = 0};
	assert_json(&fact, "rates", false);
	fact.counts[STATUS_SENT].vendors = 1;
	fact.counts[STATUS_CLICKED].vendors = INT64_MAX;
	assert_json(&fact, "\"clicked\":1000000000000.0000", true);
	fact.counts[STATUS_CLICKED].vendors = -4;
	assert_json(&fact, "\"clicked\":0,", false);
	assert_json(&fact, "\"clicked\":0}", true);
}

static void what_is_not_known_is_left_out(void **state)
{
	struct summary_fact fact = make_fact();

	(void)state;
	fact.vendor = fact.campaign_id = fact.campaign_name = STR_EMPTY;
	assert_json(&fact, "\"data\":{\"account\":\"a1\",\"basis\":\"vendor\",\"counts\":{},",
	            true);
}

static void a_text_without_end_is_refused(void **state)
{
	static char level[10000];
	struct summary_fact fact = make_fact();
	struct summary_event ev;

	(void)state;
	memset(level, 'x', sizeof(level));
	fact.level = (struct str){level, sizeof(level)};
	summary_event_init(&ev);
	assert_int_equal(summary_event_write(&fact, &ev), ERR_LIMIT);
	summary_event_fini(&ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary_is_an_event_of_the_campaign),
		cmocka_unit_test(the_id_follows_account_level_and_change),
		cmocka_unit_test(one_observed_counter_makes_the_basis),
		cmocka_unit_test(rates_need_a_divisor),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(a_text_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publish/mqtt/topic.h"

static void an_event_has_three_levels_after_the_prefix(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(topic_event(&b, "campaigns/v1", STR_LIT("gw"), STR_LIT("OTP%20live"),
	                             STR_LIT("delivered")),
	                 ERR_OK);
	assert_string_equal(buf_cstr(&b), "campaigns/v1/gw/OTP%20live/delivered");
	buf_fini(&b);
}

static void the_state_topic_names_the_instance(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(topic_state(&b, "p", "gw1"), ERR_OK);
	assert_string_equal(buf_cstr(&b), "p/_state/gw1");
	buf_fini(&b);
}

static void a_summary_is_one_level_deeper_than_events(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(topic_summary(&b, "p", STR_LIT("a"), STR_LIT("c")), ERR_OK);
	assert_string_equal(buf_cstr(&b), "p/a/c/summary/total");
	buf_fini(&b);
}

static void a_dead_letter_has_account_source_and_cause(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(topic_dead(&b, "p", STR_LIT("a"), STR_LIT("sms"), STR_LIT("unparsable")),
	                 ERR_OK);
	assert_string_equal(buf_cstr(&b), "p/_dead/a/sms/unparsable");
	buf_fini(&b);
}

static void more_than_mqtt_can_carry_is_refused(void **state)
{
	char *level = malloc(65535);
	struct buf b;

	(void)state;
	assert_non_null(level);
	memset(level, 'x', 65535);
	buf_init(&b, 100000);
	/* "p/" + "/" + 65,530 + "/s" is exactly the maximum with an empty account. */
	assert_int_equal(topic_event(&b, "p", STR_EMPTY, (struct str){level, 65530}, STR_LIT("s")),
	                 ERR_OK);
	assert_int_equal(b.len, 65535);
	buf_reset(&b);
	assert_int_equal(topic_event(&b, "p", STR_EMPTY, (struct str){level, 65531}, STR_LIT("s")),
	                 ERR_LIMIT);
	assert_int_equal(b.len, 0);
	buf_fini(&b);
	free(level);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_has_three_levels_after_the_prefix),
		cmocka_unit_test(the_state_topic_names_the_instance),
		cmocka_unit_test(a_summary_is_one_level_deeper_than_events),
		cmocka_unit_test(a_dead_letter_has_account_source_and_cause),
		cmocka_unit_test(more_than_mqtt_can_carry_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

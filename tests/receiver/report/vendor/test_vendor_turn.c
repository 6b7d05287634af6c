/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "receiver/report/vendor/vendor_internal.h"
#include "tests/receiver/report/vendor/client_case.h"

static void refused_credentials_stop_the_account(void **state)
{
	struct vendor_state st;
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	assert_int_equal(client_case_ask_for(f, VENDOR_UNAUTHORIZED)->result.status, 401);
	assert_true(client_case_ask_for(f, VENDOR_LATER)->result.retry_ms > 60000);
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 1);
	vendor_client_state(f->client, &st);
	assert_string_equal(st.auth, "refused");
	assert_string_equal(st.circuit, "open");
	assert_true(st.open_ms > 60000);
	assert_int_equal(client_case_metric(METRIC_VENDOR_CIRCUIT_OPEN, NULL), 1);
	vendor_client_reset(f->client);
	(void)client_case_ask_for(f, VENDOR_UNAUTHORIZED);
}

static void a_vendor_that_keeps_failing_is_left_alone(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER
	                  "limits: {retry: {max: 0, backoff: 1ms..2ms}}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(500, "", "{}"));
	for (int i = 0; i < 5; i++)
		(void)client_case_ask_for(f, VENDOR_FAILED);

	struct told *t = client_case_ask_for(f, VENDOR_LATER);

	assert_true(t->result.retry_ms > 0);
	assert_non_null(strstr(t->text, "answered 500"));
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 5);
}

static void too_many_requests_wait_as_they_are_told(void **state)
{
	struct client_case *f = *state;
	uint64_t begin_ms = clock_mono_ms();

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(429, "Retry-After: 0\r\n", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_true(clock_mono_ms() - begin_ms >= 990); /* at least a second */
	assert_int_equal(client_case_metric(METRIC_VENDOR_THROTTLED, NULL), 1);
}

static void a_long_wait_is_not_waited_and_is_everybodys(void **state)
{
	struct vendor_state st;
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(429, "Retry-After: 3600\r\n", "{}"));
	client_case_send(f, &f->told[0]);
	client_case_send(f, &f->told[1]);
	scripted_wait(&f->s, &f->told[0].dones, 1);
	scripted_wait(&f->s, &f->told[1].dones, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(f->told[i].result.end, VENDOR_LATER);
		assert_in_range(f->told[i].result.retry_ms, 3590000, 3600000);
	}
	assert_false(f->told[0].result.was_sent);
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 1);
	vendor_client_state(f->client, &st);
	assert_in_range(st.wait_ms, 3590000, 3600000);
}

static void a_quota_of_the_day_lasts_until_midnight(void **state)
{
	struct client_case *f = *state;
	int64_t left_ms;

	client_case_begin(f, PROFILE_HEAD BEARER
	                  "limits:\n  throttled:\n"
	                  "  - {status: 403, at: /error_key, is: [over], until: "
	                  "midnight}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(403, "", "{\"error_key\":\"over\"}"));
	left_ms = 86400000 - clock_now_ms() % 86400000;

	uint64_t retry_ms = client_case_ask_for(f, VENDOR_LATER)->result.retry_ms;

	assert_in_range(retry_ms, (uint64_t)left_ms - 10000, (uint64_t)left_ms + 10000);
}

static void a_403_of_another_kind_is_about_credentials(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER
	                  "limits:\n  throttled:\n"
	                  "  - {status: 403, at: /error_key, is: [over]}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(403, "", "{\"error_key\":\"forbidden\"}"));
	(void)client_case_ask_for(f, VENDOR_UNAUTHORIZED);
}

static void without_a_word_the_shortest_window_counts(void **state)
{
	struct client_case *f = *state;

	f->rates[0] = (struct rate_spec){1000, 20};
	f->rate_count = 1;
	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(429, "", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	(void)client_case_ask_for(f, VENDOR_OK);
}

static void without_a_word_or_a_rate_it_is_a_minute(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(429, "", "{}"));
	assert_in_range(client_case_ask_for(f, VENDOR_LATER)->result.retry_ms, 60000, 120000);
}

static void too_many_at_once_means_one_by_one(void **state)
{
	struct client_case *f = *state;
	uint64_t begin_ms = clock_mono_ms();
	struct vendor_state st;

	client_case_begin(
		f, PROFILE_HEAD BEARER
		"limits: {parallel: 4, retry: {max: 2, backoff: 1ms..2ms}}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(429, "Retry-After: -1\r\n", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_in_range(clock_mono_ms() - begin_ms, 990, 4000);
	client_case_send(f, &f->told[0]);
	client_case_send(f, &f->told[1]);
	loop_turn(f->s.loop, 20);
	vendor_client_state(f->client, &st);
	assert_true(st.active <= 1);
	scripted_wait(&f->s, &f->told[0].dones, 1);
	scripted_wait(&f->s, &f->told[1].dones, 1);
}

static void no_more_at_once_than_is_allowed(void **state)
{
	struct client_case *f = *state;
	struct vendor_state st;

	client_case_begin(f, PROFILE_HEAD BEARER "limits: {parallel: 2}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	for (int i = 0; i < 4; i++)
		client_case_send(f, &f->told[i]);
	loop_turn(f->s.loop, 5);
	vendor_client_state(f->client, &st);
	assert_int_equal(st.active, 2);
	assert_int_equal(st.waiting, 2);
	for (int i = 0; i < 4; i++)
		scripted_wait(&f->s, &f->told[i].dones, 1);
}

static void what_was_counted_outlives_a_restart(void **state)
{
	struct client_case *f = *state;

	f->rates[0] = (struct rate_spec){2, 3600000};
	f->rate_count = 1;
	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	(void)client_case_ask_for(f, VENDOR_OK);
	vendor_client_free(f->client);
	scripted_reopen(&f->s);
	client_case_open(f);
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_true(client_case_ask_for(f, VENDOR_LATER)->result.retry_ms > 60000);
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 2);
}

/* The others wait for the trial, and it for nobody. */
static void a_trial_closes_the_circuit_for_all(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(500, "", "{}"));
	for (int i = 0; i < 5; i++)
		(void)client_case_ask_for(f, VENDOR_FAILED);
	(void)client_case_ask_for(f, VENDOR_LATER);
	f->client->circuit.until_ms = 0; /* its time has come */
	scripted_clear(&f->s);
	scripted_add(&f->s, "/rows", scripted_json(500, "", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	for (int i = 0; i < 3; i++)
		client_case_send(f, &f->told[i]);
	for (int i = 0; i < 3; i++) {
		scripted_wait(&f->s, &f->told[i].dones, 1);
		assert_int_equal(f->told[i].result.end, VENDOR_OK);
	}
	assert_int_equal(client_case_metric(METRIC_VENDOR_CIRCUIT_OPEN, NULL), 0);
}

static void a_trial_that_is_cancelled_leaves_it_to_the_next(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	(void)client_case_ask_for(f, VENDOR_UNAUTHORIZED);
	f->client->circuit.until_ms = 0;
	client_case_send(f, &f->told[0]);
	client_case_send(f, &f->told[1]);
	loop_turn(f->s.loop, 1);
	assert_int_equal(f->client->circuit.state, CIRCUIT_TRIAL);
	vendor_call_cancel(f->told[0].call);
	scripted_wait(&f->s, &f->told[1].dones, 1);
	assert_int_equal(f->told[1].result.end, VENDOR_OK);
	assert_int_equal(f->told[0].dones, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, client_case_set_up, client_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refused_credentials_stop_the_account),
		TEST(a_vendor_that_keeps_failing_is_left_alone),
		TEST(too_many_requests_wait_as_they_are_told),
		TEST(a_long_wait_is_not_waited_and_is_everybodys),
		TEST(a_quota_of_the_day_lasts_until_midnight),
		TEST(a_403_of_another_kind_is_about_credentials),
		TEST(without_a_word_the_shortest_window_counts),
		TEST(without_a_word_or_a_rate_it_is_a_minute),
		TEST(too_many_at_once_means_one_by_one),
		TEST(no_more_at_once_than_is_allowed),
		TEST(what_was_counted_outlives_a_restart),
		TEST(a_trial_closes_the_circuit_for_all),
		TEST(a_trial_that_is_cancelled_leaves_it_to_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

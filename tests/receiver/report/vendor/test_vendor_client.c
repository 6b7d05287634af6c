/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/vendor_client.h"
#include "tests/normalise/profile/profile_text.h"
#include "tests/receiver/report/vendor/client_case.h"

static void a_success_is_given_with_its_body(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));

	struct told *t = client_case_ask_for(f, VENDOR_OK);

	assert_string_equal(t->body, "[1]");
	assert_int_equal(t->result.status, 200);
	assert_true(scripted_saw(&f->s, "GET /rows?q=a%20b HTTP/1.1\r\n"));
	assert_true(scripted_saw(&f->s, "Authorization: Bearer " SECRET "\r\n"));
	assert_true(scripted_saw(&f->s, "ccept: application/json\r\n"));
	assert_int_equal(client_case_metric(METRIC_VENDOR_REQUESTS, "200"), 1);
}

static void a_post_carries_its_rendered_body(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	f->request.spec = &profile_report(f->profile, STR_LIT("order"))->request;
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_true(scripted_saw(&f->s, "{\"id\":\"a b\"}"));
	assert_true(scripted_saw(&f->s, "ontent-type: application/json\r\n"));
}

static void a_failing_vendor_is_asked_again_and_then_given_up(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(500, "", "{\"title\":\"broken\"}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	assert_string_equal(client_case_ask_for(f, VENDOR_OK)->body, "[1]");
	scripted_clear(&f->s);
	scripted_add(&f->s, "/rows", scripted_json(503, "", "{\"title\":\"broken\"}"));

	struct told *t = client_case_ask_for(f, VENDOR_FAILED);

	assert_int_equal(t->result.status, 503);
	assert_non_null(strstr(t->text, "answered 503"));
	assert_int_equal(client_case_metric(METRIC_VENDOR_REQUESTS, "503"), 3);
}

static void no_answer_is_tried_again_as_well(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", NULL);
	(void)client_case_ask_for(f, VENDOR_FAILED);
	assert_int_equal(client_case_metric(METRIC_VENDOR_REQUESTS, "none"), 3);
}

static void an_answer_that_breaks_off_begins_again(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	f->request.spec = &profile_report(f->profile, STR_LIT("rows"))->request;
	scripted_add(&f->s, "/rows",
	             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\nx");
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[2]"));

	struct told *t = client_case_ask_for(f, VENDOR_OK);

	assert_string_equal(t->body, "[2]");
	assert_int_equal(t->agains, 1);
}

static void an_order_is_not_repeated_when_it_may_have_arrived(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	f->request.spec = &profile_report(f->profile, STR_LIT("order"))->request;
	f->request.is_safe = false;
	scripted_add(&f->s, "/order", scripted_json(500, "", "{}"));
	assert_true(client_case_ask_for(f, VENDOR_FAILED)->result.was_sent);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 1);
	scripted_clear(&f->s);
	scripted_add(&f->s, "/order", NULL);
	assert_true(client_case_ask_for(f, VENDOR_FAILED)->result.was_sent);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 2);
	scripted_clear(&f->s);
	scripted_add(&f->s, "/order", scripted_json(503, "", "{}")); /* nothing was done */
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	(void)client_case_ask_for(f, VENDOR_OK);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 4);
}

static void a_wrong_request_is_refused_at_once(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows",
	             scripted_json(422, "", "{\"message\":\"wrong " SECRET " from\"}"));
	for (int i = 0; i < 6; i++) {
		struct told *t = client_case_ask_for(f, VENDOR_REFUSED);

		assert_non_null(strstr(t->text, "answered 422: wrong"));
		assert_null(strstr(t->text, SECRET));
	}
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 6); /* the circuit is closed */
}

static void a_page_for_people_is_no_report(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows",
	             "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
	             "Content-Length: 6\r\n\r\n<html>");

	struct told *t = client_case_ask_for(f, VENDOR_FAILED);

	assert_non_null(strstr(t->text, "answered HTML"));
	assert_int_equal(t->body_len, 0);
}

static void what_was_not_to_come_is_no_success(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(202, "", "{}"));
	assert_int_equal(client_case_ask_for(f, VENDOR_FAILED)->body_len, 0);
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 1);
}

static void a_body_that_is_too_large_is_not_asked_again(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	f->request.body_max = 2;
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	(void)client_case_ask_for(f, VENDOR_FAILED);
	assert_int_equal(scripted_count(&f->s, "GET /rows"), 1);
}

static void who_cancels_hears_nothing(void **state)
{
	struct client_case *f = *state;

	f->rates[0] = (struct rate_spec){1000, 1000};
	f->rate_count = 1;
	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	for (int turns = 0; turns < 4; turns++) {
		client_case_send(f, &f->told[1]);
		for (int i = 0; i < turns; i++)
			loop_turn(f->s.loop, 1);
		vendor_call_cancel(f->told[1].call); /* NULL when it has ended */
		if (f->told[1].call != NULL) {
			scripted_settle(&f->s);
			assert_int_equal(f->told[1].dones, 0);
		}
	}
	(void)client_case_ask_for(f, VENDOR_OK); /* nobody stands in the way */
}

static void a_name_without_text_is_told_by_the_send(void **state)
{
	struct client_case *f = *state;
	struct vendor_call *call = NULL;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	f->request.lookup = NULL;
	assert_int_equal(
		vendor_client_send(f->client, &f->request, &client_case_ops, &f->told[0], &call),
		ERR_NOENT);
	assert_null(call);
}

static void a_client_that_goes_takes_its_calls_along(void **state)
{
	struct client_case *f = *state;

	f->rates[0] = (struct rate_spec){1000, 1000};
	f->rate_count = 1;
	client_case_begin(f, PROFILE_HEAD OAUTH2 LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/token", scripted_json(200, "", "{\"access_token\":\"t1\"}"));
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	client_case_send(f, &f->told[0]);
	loop_turn(f->s.loop, 1);
	vendor_client_free(f->client);
	f->client = NULL;
	scripted_settle(&f->s);
	assert_int_equal(f->told[0].dones, 0);
}

static bool take_a_pause(void *arg, struct str bytes)
{
	struct told *t = arg;

	t->agains++;
	t->body_len += bytes.len;
	return false;
}

static void on_paused_done(void *arg, const struct vendor_result *result)
{
	struct told *t = arg;

	t->result = *result;
	t->dones++;
}

static void a_pause_lasts_until_it_is_ended(void **state)
{
	static const struct vendor_ops own_ops = {.on_body = take_a_pause,
	                                          .on_done = on_paused_done};
	struct client_case *f = *state;
	struct told *t = &f->told[0];

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1,2,3]"));
	assert_int_equal(vendor_client_send(f->client, &f->request, &own_ops, t, &t->call), ERR_OK);
	scripted_wait(&f->s, &t->agains, 1);
	scripted_settle(&f->s);
	assert_int_equal(t->dones, 0);
	vendor_call_resume(t->call);
	scripted_wait(&f->s, &t->dones, 1);
	assert_int_equal(t->result.end, VENDOR_OK);
	assert_int_equal(t->body_len, 7);
}

static void without_a_store_rates_count_and_are_not_kept(void **state)
{
	struct client_case *f = *state;
	struct vendor_client_conf conf;
	struct vendor_state st;

	f->profile = profile_good(PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	f->rates[0] = (struct rate_spec){1, 3600000};
	conf = (struct vendor_client_conf){.account = "acme",
	                                   .profile = f->profile,
	                                   .vars = f->vars,
	                                   .var_count = f->var_count,
	                                   .base = str_from(f->s.base),
	                                   .rates = f->rates,
	                                   .rate_count = 1};
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[]"));
	f->request.spec = &profile_report(f->profile, STR_LIT("rows"))->request;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(vendor_client_new(f->s.loop, f->s.http, NULL, &conf, &f->client),
		                 ERR_OK);
		(void)client_case_ask_for(f, VENDOR_OK); /* a new client knows of nothing */
		vendor_client_state(f->client, &st);
		assert_true(st.wait_ms > 0);
		vendor_client_free(f->client);
	}
	f->client = NULL;
}

static void tokens_need_a_store(void **state)
{
	struct client_case *f = *state;
	struct vendor_client_conf conf;

	f->profile = profile_good(PROFILE_HEAD OAUTH2 PROFILE_TAIL);
	conf = (struct vendor_client_conf){.account = "acme",
	                                   .profile = f->profile,
	                                   .vars = f->vars,
	                                   .var_count = f->var_count,
	                                   .base = str_from(f->s.base)};
	assert_int_equal(vendor_client_new(f->s.loop, f->s.http, NULL, &conf, &f->client),
	                 ERR_INVAL);
	assert_null(f->client);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, client_case_set_up, client_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_store_rates_count_and_are_not_kept),
		TEST(tokens_need_a_store),
		TEST(a_success_is_given_with_its_body),
		TEST(a_post_carries_its_rendered_body),
		TEST(a_failing_vendor_is_asked_again_and_then_given_up),
		TEST(no_answer_is_tried_again_as_well),
		TEST(an_answer_that_breaks_off_begins_again),
		TEST(an_order_is_not_repeated_when_it_may_have_arrived),
		TEST(a_wrong_request_is_refused_at_once),
		TEST(a_page_for_people_is_no_report),
		TEST(what_was_not_to_come_is_no_success),
		TEST(a_body_that_is_too_large_is_not_asked_again),
		TEST(who_cancels_hears_nothing),
		TEST(a_name_without_text_is_told_by_the_send),
		TEST(a_pause_lasts_until_it_is_ended),
		TEST(a_client_that_goes_takes_its_calls_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

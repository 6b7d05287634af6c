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

/* What an order's caller is told. */
struct heard {
	unsigned turns, heads, dones;
	bool goes_at_once, refuses_head;
	struct vendor_head head;
	char validator[64], location[64], operation[64], content[64];
	struct vendor_result result;
	char text[200];
	size_t body_len;
	struct vendor_call *call;
};

static void copy(char *to, size_t size, struct str from)
{
	(void)snprintf(to, size, "%.*s", STR_FMT(from));
}

static void on_turn(void *arg)
{
	struct heard *h = arg;

	h->turns++;
	if (h->goes_at_once)
		vendor_call_go(h->call);
}

static bool on_head(void *arg, const struct vendor_head *head)
{
	struct heard *h = arg;

	h->heads++;
	h->head = *head;
	copy(h->validator, sizeof(h->validator), head->validator);
	copy(h->location, sizeof(h->location), head->location);
	copy(h->operation, sizeof(h->operation), head->operation_location);
	copy(h->content, sizeof(h->content), head->content_location);
	return !h->refuses_head;
}

static bool on_body(void *arg, struct str bytes)
{
	struct heard *h = arg;

	h->body_len += bytes.len;
	return true;
}

static void on_done(void *arg, const struct vendor_result *result)
{
	struct heard *h = arg;

	h->dones++;
	h->result = *result;
	(void)snprintf(h->text, sizeof(h->text), "%s", result->text);
	h->call = NULL;
}

static const struct vendor_ops heard_ops = {
	.on_turn = on_turn, .on_head = on_head, .on_body = on_body, .on_done = on_done};

static void begin(struct client_case *f, const char *profile)
{
	client_case_begin(f, profile);
	f->request.spec = &profile_report(f->profile, STR_LIT("order"))->request;
	f->request.is_safe = false;
}

static void send(struct client_case *f, struct heard *h)
{
	assert_int_equal(vendor_client_send(f->client, &f->request, &heard_ops, h, &h->call),
	                 ERR_OK);
	assert_int_equal(h->turns, 0);
}

static void an_order_waits_at_its_turn(void **state)
{
	struct client_case *f = *state;
	struct heard h = {0};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	send(f, &h);
	scripted_wait(&f->s, &h.turns, 1);
	scripted_settle(&f->s);
	assert_int_equal(scripted_count(&f->s, "POST"), 0);
	assert_int_equal(h.turns, 1);
	vendor_call_go(h.call);
	assert_int_equal(h.dones, 0);
	scripted_wait(&f->s, &h.dones, 1);
	assert_int_equal(h.result.end, VENDOR_OK);
	assert_int_equal(h.turns, 1);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 1);
}

static void it_may_go_from_within_its_turn(void **state)
{
	struct client_case *f = *state;
	struct heard h = {.goes_at_once = true};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	assert_int_equal(h.result.end, VENDOR_OK);
}

static void a_turn_keeps_its_place_and_counts_when_it_is_sent(void **state)
{
	struct client_case *f = *state;
	struct heard h = {0};
	struct vendor_state st;

	f->rates[0] = (struct rate_spec){1, 3600000};
	f->rate_count = 1;
	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	send(f, &h);
	scripted_wait(&f->s, &h.turns, 1);
	vendor_client_state(f->client, &st);
	assert_int_equal(st.active, 1);
	assert_int_equal(st.waiting, 0);
	assert_int_equal(st.wait_ms, 0); /* nothing was spent yet */
	vendor_call_cancel(h.call);
	vendor_client_state(f->client, &st);
	assert_int_equal(st.active, 0);
	memset(&h, 0, sizeof(h));
	h.goes_at_once = true;
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	vendor_client_state(f->client, &st);
	assert_true(st.wait_ms > 0);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 1);
}

/* Between the turn and go() another one used the window up. */
static void a_window_that_was_used_up_meanwhile_is_kept(void **state)
{
	struct client_case *f = *state;
	struct heard first = {0}, second = {.goes_at_once = true};

	f->rates[0] = (struct rate_spec){1, 3600000};
	f->rate_count = 1;
	begin(f, PROFILE_HEAD BEARER "limits: {parallel: 2}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	send(f, &first);
	scripted_wait(&f->s, &first.turns, 1);
	send(f, &second);
	scripted_wait(&f->s, &second.dones, 1);
	assert_int_equal(second.result.end, VENDOR_OK);
	vendor_call_go(first.call);
	scripted_wait(&f->s, &first.dones, 1);
	assert_int_equal(first.result.end, VENDOR_LATER);
	assert_false(first.result.was_sent);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 1);
}

static void a_circuit_that_opened_meanwhile_stops_it(void **state)
{
	struct client_case *f = *state;
	struct heard h = {0};

	begin(f, PROFILE_HEAD BEARER "limits: {parallel: 2}\n" PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	send(f, &h);
	scripted_wait(&f->s, &h.turns, 1);
	f->request.spec = &profile_report(f->profile, STR_LIT("rows"))->request;
	(void)client_case_ask_for(f, VENDOR_UNAUTHORIZED);
	vendor_call_go(h.call);
	scripted_wait(&f->s, &h.dones, 1);
	assert_int_equal(h.result.end, VENDOR_LATER);
	assert_false(h.result.was_sent);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 0);
}

static void another_try_asks_for_no_second_turn(void **state)
{
	struct client_case *f = *state;
	struct heard h = {.goes_at_once = true};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(503, "", "{}"));
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	assert_int_equal(h.result.end, VENDOR_OK);
	assert_int_equal(h.turns, 1);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 2);
}

static void who_is_cancelled_at_its_turn_is_not_sent(void **state)
{
	struct client_case *f = *state;
	struct heard h = {0};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	for (int gone = 0; gone < 2; gone++) {
		memset(&h, 0, sizeof(h));
		send(f, &h);
		scripted_wait(&f->s, &h.turns, 1);
		if (gone == 1)
			vendor_call_go(h.call);
		vendor_call_cancel(h.call);
		scripted_settle(&f->s);
		assert_int_equal(h.dones, 0);
	}
	assert_int_equal(scripted_count(&f->s, "POST"), 0);
	vendor_client_free(f->client); /* with one at its turn */
	client_case_open(f);
	memset(&h, 0, sizeof(h));
	send(f, &h);
	scripted_wait(&f->s, &h.turns, 1);
}

static void each_order_has_a_connection_of_its_own(void **state)
{
	struct client_case *f = *state;

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	for (int i = 0; i < 3; i++)
		(void)client_case_ask_for(f, VENDOR_OK);
	assert_int_equal(f->s.vendor.connections, 3);
	f->request.is_safe = true;
	for (int i = 0; i < 3; i++)
		(void)client_case_ask_for(f, VENDOR_OK);
	assert_int_equal(f->s.vendor.connections, 3);
}

static void a_success_tells_where_it_leads(void **state)
{
	static const unsigned statuses[] = {201, 202, 303};
	static const char headers[] = "Location: /jobs/1\r\nOperation-Location: /op/1\r\n"
				      "Content-Location: /c\r\nRetry-After: 7\r\nETag: \"x\"\r\n";
	struct client_case *f = *state;
	static struct request_spec spec;

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	spec = *f->request.spec;
	memcpy(spec.expect, statuses, sizeof(statuses));
	spec.expect_count = 3;
	f->request.spec = &spec;
	for (size_t i = 0; i < 3; i++) {
		struct heard h = {.goes_at_once = true};

		scripted_clear(&f->s);
		scripted_add(&f->s, "/order", scripted_json(statuses[i], headers, "{}"));
		send(f, &h);
		scripted_wait(&f->s, &h.dones, 1);
		assert_int_equal(h.result.end, VENDOR_OK);
		assert_int_equal(h.heads, 1);
		assert_int_equal(h.head.status, statuses[i]);
		assert_int_equal(h.head.length, 2);
		assert_int_equal(h.head.retry_after_s, 7);
		assert_string_equal(h.location, "/jobs/1");
		assert_string_equal(h.operation, "/op/1");
		assert_string_equal(h.content, "/c");
		assert_string_equal(h.validator, "\"x\"");
	}
}

static void expect_end(struct client_case *f, const char *answer, enum vendor_end end)
{
	struct heard h = {.goes_at_once = true};

	scripted_clear(&f->s);
	scripted_add(&f->s, "/order", answer);
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	if (h.result.end != end)
		fail_msg("%d for %s", (int)h.result.end, answer);
	assert_int_equal(h.heads, end == VENDOR_OK ? 1 : 0);
}

/* A framework calls its empty answer a page; a redirect has one for browsers. */
static void an_accepted_order_may_be_called_a_page(void **state)
{
	static const unsigned statuses[] = {200, 202, 303};
	struct client_case *f = *state;
	static struct request_spec spec;

	begin(f, PROFILE_HEAD BEARER "limits: {retry: {max: 0}}\n" PROFILE_TAIL);
	spec = *f->request.spec;
	memcpy(spec.expect, statuses, sizeof(statuses));
	spec.expect_count = 3;
	f->request.spec = &spec;
	expect_end(f,
	           "HTTP/1.1 202 A\r\nContent-Type: text/html; charset=UTF-8\r\n"
	           "Content-Length: 0\r\n\r\n",
	           VENDOR_OK);
	expect_end(f,
	           "HTTP/1.1 303 A\r\nContent-Type: text/html\r\nLocation: /x\r\n"
	           "Content-Length: 6\r\n\r\n<html>",
	           VENDOR_OK);
	expect_end(f,
	           "HTTP/1.1 202 A\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
	           VENDOR_FAILED);
	expect_end(f, "HTTP/1.1 200 A\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
	           VENDOR_FAILED);
}

static void a_weak_etag_is_no_validator(void **state)
{
	struct client_case *f = *state;
	struct heard h = {.goes_at_once = true};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order",
	             scripted_json(200,
	                           "ETag: W/\"x\"\r\n"
	                           "Last-Modified: Tue, 03 Sep 2024 12:00:00 GMT\r\n",
	                           "[]"));
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	assert_string_equal(h.validator, "Tue, 03 Sep 2024 12:00:00 GMT");
}

/* Whether it was taken, nobody knows. */
static void an_order_that_is_sent_elsewhere_may_have_been_taken(void **state)
{
	struct client_case *f = *state;
	struct heard h = {.goes_at_once = true};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(302, "Location: /jobs/1\r\n", "{}"));
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	assert_int_equal(h.result.end, VENDOR_FAILED);
	assert_true(h.result.was_sent);
	assert_int_equal(scripted_count(&f->s, " HTTP/1.1"), 1);
}

/* So it may have been when the other place has no word for us. */
static void what_the_other_place_says_is_no_word_on_the_order(void **state)
{
	static const unsigned statuses[] = {404, 503, 401, 429}; /* which pauses all */
	static const struct str hosts[] = {{"127.0.0.1", 9}, {"localhost", 9}};
	struct client_case *f = *state;
	char location[200];

	begin(f, PROFILE_HEAD BEARER "limits: {retry: {max: 0}}\n" PROFILE_TAIL);
	f->request.hosts = hosts;
	f->request.host_count = 2;
	(void)snprintf(location, sizeof(location), "Location: %s/jobs/1\r\n", f->s.base);
	for (size_t i = 0; i < 4; i++) {
		struct heard h = {.goes_at_once = true};

		scripted_clear(&f->s);
		scripted_add(&f->s, "/order", scripted_json(302, location, "{}"));
		scripted_add(&f->s, "/jobs/1", scripted_json(statuses[i], "", "{}"));
		send(f, &h);
		scripted_wait(&f->s, &h.dones, 1);
		assert_int_equal(scripted_count(&f->s, "/jobs/1 HTTP/1.1"), i + 1);
		assert_int_equal(h.result.end, VENDOR_FAILED);
		assert_true(h.result.was_sent);
		assert_int_equal(h.result.status, 0);
		vendor_client_reset(f->client);
	}
}

static void a_head_that_is_too_large_ends_it_in_plain_words(void **state)
{
	const size_t bytes = 100000;
	struct client_case *f = *state;
	struct heard h = {.goes_at_once = true};
	struct buf answer;

	buf_init(&answer, 2 * bytes);
	(void)buf_append_str(&answer, STR_LIT("HTTP/1.1 202 A\r\nLocation: /"));
	for (size_t i = 0; i < bytes; i++)
		(void)buf_append_char(&answer, 'x');
	(void)buf_append_str(&answer, STR_LIT("\r\nContent-Length: 0\r\n\r\n"));
	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", buf_cstr(&answer));
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	assert_int_equal(h.result.end, VENDOR_REFUSED);
	assert_string_equal(h.text, "the answer's headers are larger than 64 KiB");
	assert_int_equal(scripted_count(&f->s, " HTTP/1.1"), 1);
	buf_fini(&answer);
}

static void a_head_that_is_not_wanted_ends_it(void **state)
{
	struct client_case *f = *state;
	struct heard h = {.goes_at_once = true, .refuses_head = true};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[1]"));
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	assert_int_equal(h.result.end, VENDOR_FAILED);
	assert_int_equal(h.result.status, 200);
	assert_true(h.result.was_sent);
	assert_int_equal(h.body_len, 0);
	scripted_settle(&f->s);
	assert_int_equal(h.dones, 1);
	assert_int_equal(scripted_count(&f->s, "POST /order"), 1);
}

static void headers_beside_the_specs_are_sent_and_checked(void **state)
{
	const struct vendor_header good[] = {{"Range", STR_LIT("bytes=5-")},
	                                     {"If-Range", STR_LIT("\"x\"")}};
	const struct vendor_header bad[] = {{"If-Range", STR_LIT("\"x\r\nA: b\"")}};
	struct client_case *f = *state;
	struct heard h = {.goes_at_once = true};

	begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/order", scripted_json(200, "", "[]"));
	f->request.headers = good;
	f->request.header_count = 2;
	send(f, &h);
	scripted_wait(&f->s, &h.dones, 1);
	assert_true(scripted_saw(&f->s, "\r\nRange: bytes=5-\r\nIf-Range: \"x\"\r\n"));
	f->request.headers = bad;
	f->request.header_count = 1;
	assert_int_equal(vendor_client_send(f->client, &f->request, &heard_ops, &h, &h.call),
	                 ERR_INVAL);
	f->request.header_count = VENDOR_EXTRA_MAX + 1;
	assert_int_equal(vendor_client_send(f->client, &f->request, &heard_ops, &h, &h.call),
	                 ERR_INVAL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, client_case_set_up, client_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_order_waits_at_its_turn),
		TEST(it_may_go_from_within_its_turn),
		TEST(a_turn_keeps_its_place_and_counts_when_it_is_sent),
		TEST(a_window_that_was_used_up_meanwhile_is_kept),
		TEST(a_circuit_that_opened_meanwhile_stops_it),
		TEST(another_try_asks_for_no_second_turn),
		TEST(who_is_cancelled_at_its_turn_is_not_sent),
		TEST(each_order_has_a_connection_of_its_own),
		TEST(a_success_tells_where_it_leads),
		TEST(an_accepted_order_may_be_called_a_page),
		TEST(a_weak_etag_is_no_validator),
		TEST(an_order_that_is_sent_elsewhere_may_have_been_taken),
		TEST(what_the_other_place_says_is_no_word_on_the_order),
		TEST(a_head_that_is_too_large_ends_it_in_plain_words),
		TEST(a_head_that_is_not_wanted_ends_it),
		TEST(headers_beside_the_specs_are_sent_and_checked),
	};

	return cmocka_run_group_tests_name("vendor_call", tests, NULL, NULL);
}

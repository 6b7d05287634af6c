/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/core/client/client_fixture.h"

#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static void connections_are_kept_and_used_again(void **state)
{
	struct client_fixture f = {0};

	(void)state;
	client_fixture_init(&f, vendor_always, HELLO);

	struct http_request request = client_request(&f);

	for (int i = 0; i < 50; i++) {
		f.o.heads = f.o.bodies = f.o.dones = 0;
		client_do(&f, &request);
		assert_int_equal(f.o.end, HTTP_END_OK);
	}
	assert_int_equal(f.vendor.requests, 50);
	assert_int_equal(f.vendor.connections, 1);
	client_fixture_fini(&f);
}

/* The first request of a connection is answered once the gate is open. */
static void answer_at_gate(struct vendor_link *link)
{
	while (vendor_read(link)) {
		vendor_wait_gate(link, 1);
		if (!vendor_say(link, HELLO))
			return;
	}
}

static void no_more_connections_are_opened_than_allowed(void **state)
{
	struct client_fixture f = {0};
	struct outcome o[12] = {0};

	(void)state;
	client_fixture_init(&f, answer_at_gate, NULL);

	struct http_request request = client_request(&f);

	for (int i = 0; i < 12; i++)
		client_send(&f, &request, &o[i]);
	for (uint64_t end = clock_mono_ms() + 5000; f.vendor.requests < 4 && clock_mono_ms() < end;)
		loop_turn(f.loop, 5);
	loop_turn(f.loop, 50);
	assert_int_equal(f.vendor.requests, 4);
	f.vendor.gate = 1;
	for (int i = 0; i < 12; i++) {
		client_wait(&f, &o[i].dones, 1);
		assert_int_equal(o[i].end, HTTP_END_OK);
		outcome_fini(&o[i]);
	}
	assert_int_equal(f.vendor.connections, 4);
	client_fixture_fini(&f);
}

/* One answer; the next request is read and the connection closed. */
static void answer_once_then_close(struct vendor_link *link)
{
	if (vendor_read(link) && vendor_say(link, HELLO))
		(void)vendor_read(link);
}

static void expect_on_closed(const char *method, enum http_end end, unsigned requests)
{
	struct client_fixture f = {0};
	struct outcome second = {0};

	client_fixture_init(&f, answer_once_then_close, NULL);

	struct http_request request = client_request(&f);

	client_do(&f, &request);
	request.method = method;
	client_send(&f, &request, &second);
	client_wait(&f, &second.dones, 1);
	assert_int_equal(second.end, end);
	assert_true(second.was_sent);
	assert_int_equal(f.vendor.requests, requests);
	outcome_fini(&second);
	client_fixture_fini(&f);
}

static void only_what_reads_is_repeated_on_a_new_connection(void **state)
{
	(void)state;
	expect_on_closed("GET", HTTP_END_OK, 3);
	expect_on_closed("POST", HTTP_END_CUT, 2);
	expect_on_closed("DELETE", HTTP_END_CUT, 2);
}

static void hold(struct vendor_link *link)
{
	if (vendor_read(link) && vendor_say(link, "HTTP/1.1 200 OK\r\n\r\nx"))
		vendor_wait_close(link);
}

static void a_client_with_calls_under_way_may_be_freed(void **state)
{
	struct client_fixture f = {0};
	struct outcome o[6] = {0};

	(void)state;
	client_fixture_init(&f, hold, NULL);

	struct http_request request = client_request(&f);

	o[0].pause_each = true;
	for (int i = 0; i < 5; i++)
		client_send(&f, &request, &o[i]);
	client_wait(&f, &o[0].bodies, 1);
	client_send(&f, &request, &o[5]); /* not even begun */
	http_client_free(f.client);
	f.client = NULL;
	loop_turn(f.loop, 20);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(o[i].dones, 0);
		outcome_fini(&o[i]);
	}
	http_client_free(NULL);
	client_fixture_fini(&f);
}

static void a_call_may_be_cancelled_at_any_time(void **state)
{
	struct client_fixture f = {0};
	struct outcome o[3] = {0};

	(void)state;
	client_fixture_init(&f, hold, NULL);

	struct http_request request = client_request(&f);

	http_call_cancel(NULL);
	client_send(&f, &request, &o[0]);
	http_call_cancel(o[0].call);
	client_send(&f, &request, &o[1]);
	client_wait(&f, &o[1].bodies, 1);
	http_call_cancel(o[1].call);
	o[2].pause_each = true;
	client_send(&f, &request, &o[2]);
	client_wait(&f, &o[2].bodies, 1);
	http_call_resume(o[2].call);
	http_call_cancel(o[2].call);
	loop_turn(f.loop, 20);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(o[i].dones, 0);
		outcome_fini(&o[i]);
	}
	client_fixture_fini(&f);
}

static void cancel_other(struct outcome *o)
{
	http_call_cancel(o->arg);
	o->arg = NULL;
}

static void cancel_self(struct outcome *o)
{
	http_call_cancel(o->call);
}

static void calls_may_be_cancelled_from_callbacks(void **state)
{
	struct client_fixture f = {0};
	struct outcome o[3] = {0};

	(void)state;
	client_fixture_init(&f, hold, NULL);

	struct http_request request = client_request(&f);

	client_send(&f, &request, &o[0]);
	client_wait(&f, &o[0].bodies, 1);
	o[1].arg = o[0].call;
	o[1].also = cancel_other;
	client_send(&f, &request, &o[1]);
	client_wait(&f, &o[1].bodies, 1);
	o[2].also = cancel_self;
	client_send(&f, &request, &o[2]);
	client_wait(&f, &o[2].bodies, 1);
	loop_turn(f.loop, 20);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(o[i].dones, 0);
		outcome_fini(&o[i]);
	}
	client_fixture_fini(&f);
}

struct chain {
	struct client_fixture *f;
	struct outcome next;
};

static void send_next(struct outcome *o)
{
	struct chain *c = o->arg;
	struct http_request request = client_request(c->f);

	client_send(c->f, &request, &c->next);
}

static void a_call_may_be_sent_from_callbacks(void **state)
{
	struct client_fixture f = {0};
	struct chain from_body = {.f = &f};
	struct chain from_done = {.f = &f};

	(void)state;
	client_fixture_init(&f, vendor_always, HELLO);
	f.o.also = send_next;
	f.o.arg = &from_body;
	from_body.next.then = send_next;
	from_body.next.arg = &from_done;

	struct http_request request = client_request(&f);

	client_do(&f, &request);
	client_wait(&f, &from_done.next.dones, 1);
	assert_int_equal(from_done.next.end, HTTP_END_OK);
	assert_int_equal(from_body.next.end, HTTP_END_OK);
	outcome_fini(&from_body.next);
	outcome_fini(&from_done.next);
	client_fixture_fini(&f);
}

static void free_client(struct outcome *o)
{
	struct client_fixture *f = o->arg;

	http_client_free(f->client);
	f->client = NULL;
}

static void the_client_may_be_freed_from_callbacks(void **state)
{
	(void)state;
	for (int in_body = 0; in_body < 2; in_body++) {
		struct client_fixture f = {0};
		struct outcome other = {0};

		client_fixture_init(&f, vendor_once, HELLO);
		f.o.arg = &f;
		if (in_body != 0) {
			f.o.also = free_client;
		} else {
			f.o.then = free_client;
		}

		struct http_request request = client_request(&f);

		client_send(&f, &request, &f.o);
		client_send(&f, &request, &other);
		client_wait(&f, in_body != 0 ? &f.o.bodies : &f.o.dones, 1);
		loop_turn(f.loop, 20);
		assert_int_equal(f.o.dones, in_body != 0 ? 0 : 1);
		outcome_fini(&other);
		client_fixture_fini(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_are_kept_and_used_again),
		cmocka_unit_test(no_more_connections_are_opened_than_allowed),
		cmocka_unit_test(only_what_reads_is_repeated_on_a_new_connection),
		cmocka_unit_test(a_client_with_calls_under_way_may_be_freed),
		cmocka_unit_test(a_call_may_be_cancelled_at_any_time),
		cmocka_unit_test(calls_may_be_cancelled_from_callbacks),
		cmocka_unit_test(a_call_may_be_sent_from_callbacks),
		cmocka_unit_test(the_client_may_be_freed_from_callbacks),
	};

	return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}

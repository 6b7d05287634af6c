/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/receiver/webhook/fake_edge.h"

#define ASSERT_STR(s, text) assert_true(str_eq((s), str_from(text)))

static void finish(size_t i)
{
	edge.puts[i].done(edge.puts[i].arg, ERR_OK, 1);
}

static void a_payload_is_what_came(void **state)
{
	int64_t before_ms = clock_now_ms();
	struct http_request req;

	(void)state;
	fake_request(&req, "POST", "/hooks/acme/sms");
	req.query = "a=%20b&c";
	req.body = "{\"id\":1}";
	fake_header(&req, "Authorization", RIGHT);
	fake_header(&req, "Content-Type", "application/json; charset=utf-8");
	fake_header(&req, "CE-SpecVersion", "1.0");
	fake_header(&req, "X-Other", "no");
	fake_header(&req, "ce-Type", "A B");
	fake_header(&req, "ce-", "no name");
	fake_send(&req);

	const struct payload *p = &edge.puts[0].payload;

	assert_int_equal(edge.put_count, 1);
	assert_int_equal(p->entry, 0);
	assert_int_equal(p->via, PAYLOAD_WEBHOOK);
	assert_false(p->replay);
	assert_in_range(p->received_ms, before_ms, clock_now_ms());
	ASSERT_STR(p->account, "acme");
	ASSERT_STR(p->source, "sms");
	ASSERT_STR(p->verified, "basic");
	ASSERT_STR(p->method, "POST");
	ASSERT_STR(p->media_type, "application/json; charset=utf-8");
	ASSERT_STR(p->query, "a=%20b&c");
	ASSERT_STR(p->headers, "ce-specversion: 1.0\nce-type: A B\n");
	ASSERT_STR(p->vars, "");
	assert_ptr_equal(p->body.ptr, req.body); /* borrowed, not copied */
	assert_int_equal(p->body.len, strlen(req.body));
	finish(0);
}

static void an_open_hook_proves_nobody(void **state)
{
	struct http_request req;

	(void)state;
	fake_request(&req, "POST", "/hooks/acme/open");
	fake_header(&req, "Authorization", RIGHT);
	fake_send(&req);
	ASSERT_STR(edge.puts[0].payload.verified, "none");
	ASSERT_STR(edge.puts[0].payload.headers, "");
	ASSERT_STR(edge.puts[0].payload.media_type, "");
	finish(0);
}

static void a_get_with_a_query_has_an_empty_body(void **state)
{
	struct http_request req;

	(void)state;
	fake_request(&req, "GET", "/hooks/acme/both");
	req.query = "event=x";
	fake_header(&req, "Authorization", RIGHT);
	fake_send(&req);
	ASSERT_STR(edge.puts[0].payload.method, "GET");
	ASSERT_STR(edge.puts[0].payload.query, "event=x");
	assert_int_equal(edge.puts[0].payload.body.len, 0);
	finish(0);
}

static void kept_headers_are_bounded(void **state)
{
	static char value[8 * 1024 + 1];
	struct http_request req;

	(void)state;
	/* "ce-a: " and the line's end are 7 bytes */
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1 - 7] = '\0';
	fake_request(&req, "POST", "/hooks/acme/open");
	fake_header(&req, "ce-a", value);
	fake_send(&req);
	assert_int_equal(edge.put_count, 1);
	assert_int_equal(edge.puts[0].payload.headers.len, 8 * 1024);
	finish(0);
	value[sizeof(value) - 1 - 7] = 'v';
	value[sizeof(value) - 1 - 6] = '\0';
	fake_request(&req, "POST", "/hooks/acme/open");
	fake_header(&req, "ce-a", value);
	fake_send(&req);
	assert_int_equal(req.reply.status, 431);
	assert_int_equal(edge.put_count, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_payload_is_what_came),
		TEST(an_open_hook_proves_nobody),
		TEST(a_get_with_a_query_has_an_empty_body),
		TEST(kept_headers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

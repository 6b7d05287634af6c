/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/client/http_client_internal.h"
#include "tests/core/client/client_fixture.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define DATE_S INT64_C(784111777)

static int64_t retry(const char *value, const char *server_date, int64_t now_s)
{
	return http_retry_after(str_from(value), str_from(server_date), now_s * 1000 + 999);
}

static void retry_after_is_read_from_seconds(void **state)
{
	(void)state;
	assert_int_equal(retry("", "", 0), HTTP_RETRY_AFTER_NONE);
	assert_int_equal(retry("  ", "", 0), HTTP_RETRY_AFTER_NONE);
	assert_int_equal(retry("0", "", 0), 0);
	assert_int_equal(retry(" 120 ", "", 0), 120);
	assert_int_equal(retry("86400", "", 0), 86400);
	assert_int_equal(retry("86401", "", 0), 86400);
	assert_int_equal(retry("999999999999", "", 0), 86400);
	assert_int_equal(retry("99999999999999999999999999", "", 0), 86400);
}

static void retry_after_that_cannot_be_read_is_unknown(void **state)
{
	static const char *const values[] = {
		"-1",
		"-99999999999999999999",
		"+5",
		"1.5",
		"5s",
		"0x10",
		"soon",
		"Sun",
		"1 2",
		"Sun, 99 Nov 1994 08:49:37 GMT",
		"Sunday, the sixth of November",
		"12:00",
		"1994-11-06T08:49:37Z 1994-11-06T08:49:37Z 1994-11-06T08:49:37Z 1994-11",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_int_equal(retry(values[i], "", 0), HTTP_RETRY_AFTER_UNKNOWN);
}

static void retry_after_is_read_from_a_date(void **state)
{
	const char *date = "Sun, 06 Nov 1994 08:49:37 GMT";

	(void)state;
	assert_int_equal(retry(date, "", DATE_S - 30), 30);
	assert_int_equal(retry("Sunday, 06-Nov-94 08:49:37 GMT", "", DATE_S - 30), 30);
	assert_int_equal(retry("Sun Nov  6 08:49:37 1994", "", DATE_S - 30), 30);
	assert_int_equal(retry(date, "", DATE_S), 0);
	assert_int_equal(retry(date, "", DATE_S + 1000000), 0);
	assert_int_equal(retry(date, "", DATE_S - 1000000), 86400);
	/* Our clock may be wrong: the server's counts. */
	assert_int_equal(retry(date, "Sun, 06 Nov 1994 08:49:00 GMT", 0), 37);
	assert_int_equal(retry(date, "yesterday", DATE_S - 5), 5);
}

static void expect_end(const char *text, enum http_end end, int64_t retry_after_s)
{
	struct client_fixture f;

	client_get(&f, vendor_once, text);
	assert_int_equal(f.o.end, end);
	assert_int_equal(f.o.retry_after_s, retry_after_s);
	client_fixture_fini(&f);
}

static void retry_after_comes_with_the_answer(void **state)
{
	(void)state;
	expect_end("HTTP/1.1 429 Slow\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n", HTTP_END_OK,
	           HTTP_RETRY_AFTER_UNKNOWN);
	expect_end("HTTP/1.1 503 No\r\nretry-after: 999999999999\r\nContent-Length: 0\r\n\r\n",
	           HTTP_END_OK, 86400);
	expect_end("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", HTTP_END_OK,
	           HTTP_RETRY_AFTER_NONE);
}

static void what_is_not_http_is_said_so(void **state)
{
	(void)state;
	expect_end("<html>HTTP/0.9</html>\r\n\r\n", HTTP_END_PROTOCOL, HTTP_RETRY_AFTER_NONE);
	expect_end("220 smtp.example.net ESMTP\r\n", HTTP_END_PROTOCOL, HTTP_RETRY_AFTER_NONE);
	expect_end("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", HTTP_END_PROTOCOL,
	           HTTP_RETRY_AFTER_NONE);
	expect_end("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", HTTP_END_PROTOCOL,
	           HTTP_RETRY_AFTER_NONE);
	expect_end("HTTP/7.1 200 OK\r\n\r\n", HTTP_END_PROTOCOL, HTTP_RETRY_AFTER_NONE);
}

static void get(const char *url, struct outcome *o)
{
	struct client_fixture f = {0};

	client_fixture_init(&f, vendor_once, NULL);

	struct http_request request = client_request(&f);

	request.url = url;
	request.connect_timeout_ms = 2000;
	client_do(&f, &request);
	*o = f.o;
	assert_null(strstr(o->text, "://"));
	assert_null(strstr(o->text, "secret"));
	client_fixture_fini(&f);
}

static void a_server_that_is_not_there_is_told_apart(void **state)
{
	struct outcome o;

	(void)state;
	get("http://127.0.0.1:1/?secret", &o);
	assert_int_equal(o.end, HTTP_END_CONNECT);
	assert_false(o.was_sent);
	assert_int_equal(o.status, 0);
	get("http://nobody.invalid/?secret", &o);
	assert_int_equal(o.end, HTTP_END_RESOLVE);
	assert_false(o.was_sent);
	get("http://a..b/?secret", &o);
	assert_int_equal(o.end, HTTP_END_RESOLVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(retry_after_is_read_from_seconds),
		cmocka_unit_test(retry_after_that_cannot_be_read_is_unknown),
		cmocka_unit_test(retry_after_is_read_from_a_date),
		cmocka_unit_test(retry_after_comes_with_the_answer),
		cmocka_unit_test(what_is_not_http_is_said_so),
		cmocka_unit_test(a_server_that_is_not_there_is_told_apart),
	};

	return cmocka_run_group_tests_name("http_client_end", tests, NULL, NULL);
}

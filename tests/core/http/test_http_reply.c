/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/http/http_reply.h"

static void check(const struct http_reply *reply, const struct http_reply_form *form,
                  const char *expected)
{
	struct http_date date = {0};
	struct buf out;

	buf_init(&out, 4096);
	http_date_update(&date, 784111777999);
	http_reply_write(&out, reply, form, &date);
	assert_int_equal(buf_err(&out), ERR_OK);
	assert_string_equal(buf_cstr(&out), expected);
	buf_fini(&out);
}

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static void an_answer_has_its_headers_and_body(void **state)
{
	(void)state;
	check(&(struct http_reply){.status = 200,
	                           .media_type = STR_LIT("text/plain"),
	                           .body = STR_LIT("0123456789")},
	      &(struct http_reply_form){0},
	      "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\nContent-Length: 10\r\n\r\n"
	      "0123456789");
}

static void head_and_204_have_no_body(void **state)
{
	(void)state;
	check(&(struct http_reply){.status = 404, .body = STR_LIT("abc")},
	      &(struct http_reply_form){.is_head = true},
	      "HTTP/1.1 404 Not Found\r\n" DATE "Content-Length: 3\r\n\r\n");
	check(&(struct http_reply){.status = 204, .body = STR_LIT("abc")},
	      &(struct http_reply_form){0}, "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
}

static void optional_headers_stand_when_given(void **state)
{
	(void)state;
	check(&(struct http_reply){.status = 503,
	                           .allow = "POST",
	                           .www_authenticate = "Basic",
	                           .retry_after_s = 30},
	      &(struct http_reply_form){.close = true, .keep_alive = true},
	      "HTTP/1.1 503 Service Unavailable\r\n" DATE "Content-Length: 0\r\nAllow: POST\r\n"
	      "WWW-Authenticate: Basic\r\nRetry-After: 30\r\nConnection: close\r\n\r\n");
	check(&(struct http_reply){.status = 299}, &(struct http_reply_form){.keep_alive = true},
	      "HTTP/1.1 299 Unknown\r\n" DATE "Content-Length: 0\r\n"
	      "Connection: keep-alive\r\n\r\n");
}

static void the_date_follows_the_second(void **state)
{
	struct http_date date = {0};

	(void)state;
	http_date_update(&date, 951782400000); /* a leap day */
	assert_string_equal(date.text, "Tue, 29 Feb 2000 00:00:00 GMT");
	http_date_update(&date, 951782400999);
	assert_string_equal(date.text, "Tue, 29 Feb 2000 00:00:00 GMT");
	http_date_update(&date, 951782401000);
	assert_string_equal(date.text, "Tue, 29 Feb 2000 00:00:01 GMT");
}

static void an_answer_over_the_maximum_is_an_error_that_sticks(void **state)
{
	struct http_date date = {0};
	struct buf out;

	(void)state;
	buf_init(&out, 20);
	http_reply_write(&out, &(struct http_reply){.status = 200}, &(struct http_reply_form){0},
	                 &date);
	assert_int_equal(buf_err(&out), ERR_LIMIT);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_its_headers_and_body),
		cmocka_unit_test(head_and_204_have_no_body),
		cmocka_unit_test(optional_headers_stand_when_given),
		cmocka_unit_test(the_date_follows_the_second),
		cmocka_unit_test(an_answer_over_the_maximum_is_an_error_that_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "tests/core/http/http_fixture.h"

/* Send a POST with @p extra headers and @p body; the first line of the answer holds @p status. */
static void check_body(size_t max_body, const char *extra, struct str body, const char *status,
                       const char *content)
{
	struct http_limits limits = fixture_limits();
	struct fixture f;
	struct buf in;
	struct buf got = {0};

	fixture_init(&f, &limits);
	f.max_body = max_body;

	int fd = fixture_connect(&f);

	buf_init(&in, 1 << 20);
	(void)buf_printf(&in, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n",
	                 body.len, extra);
	(void)buf_append_str(&in, body);
	fixture_send(&f, fd, buf_str(&in));
	assert_true(fixture_expect(&f, fd, status, &got));
	if (content != NULL)
		assert_string_equal(buf_cstr(&f.last_body), content);
	assert_int_equal(f.dropped, content == NULL);
	(void)close(fd);
	buf_fini(&in);
	buf_fini(&got);
	fixture_fini(&f);
}

/* "hello hello hello" as gzip */
static struct str packed(unsigned char *ret_bytes, size_t size)
{
	unsigned char in[] = "hello hello hello";
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = in;
	z.avail_in = sizeof(in) - 1;
	z.next_out = ret_bytes;
	z.avail_out = (uInt)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return (struct str){(char *)ret_bytes, size - z.avail_out};
}

static void a_body_up_to_the_maximum_is_taken(void **state)
{
	(void)state;
	check_body(5, "", STR_LIT("hello"), "200 OK", "hello");
	check_body(4, "", STR_LIT("hello"), "413 Content Too Large", NULL);
	check_body(0, "", STR_EMPTY, "200 OK", "");
	check_body(0, "", STR_LIT("x"), "413 Content Too Large", NULL);
}

static void gzip_is_inflated_up_to_the_maximum(void **state)
{
	static const char gzip[] = "Content-Encoding: gzip\r\n";
	unsigned char bytes[100];
	struct str body = packed(bytes, sizeof(bytes));
	struct str cut = {body.ptr, body.len - 1};

	(void)state;
	check_body(100, gzip, body, "200 OK", "hello hello hello");
	check_body(100, "Content-Encoding: X-GZIP\r\n", body, "200 OK", "hello hello hello");
	check_body(16 + body.len, gzip, cut, "400 Bad Request", NULL);
	check_body(100, gzip, STR_LIT("hello"), "400 Bad Request", NULL);
	check_body(100, gzip, STR_EMPTY, "200 OK", "");
}

static void a_bomb_is_refused(void **state)
{
	static unsigned char zeros[300000];
	static unsigned char bytes[2000];
	z_stream z = {0};

	(void)state;
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = zeros;
	z.avail_in = sizeof(zeros);
	z.next_out = bytes;
	z.avail_out = sizeof(bytes);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	check_body(299999, "Content-Encoding: gzip\r\n",
	           (struct str){(char *)bytes, sizeof(bytes) - z.avail_out},
	           "413 Content Too Large", NULL);
	assert_int_equal(deflateEnd(&z), Z_OK);
}

static void other_encodings_are_415(void **state)
{
	static const char status[] = "415 Unsupported Media Type";

	(void)state;
	check_body(100, "Content-Encoding: br\r\n", STR_LIT("x"), status, NULL);
	check_body(100, "Content-Encoding: gzip, gzip\r\n", STR_LIT("x"), status, NULL);
	check_body(100, "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", STR_LIT("x"),
	           status, NULL);
	check_body(100, "Content-Encoding: identity\r\n", STR_LIT("x"), "200 OK", "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_up_to_the_maximum_is_taken),
		cmocka_unit_test(gzip_is_inflated_up_to_the_maximum),
		cmocka_unit_test(a_bomb_is_refused),
		cmocka_unit_test(other_encodings_are_415),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

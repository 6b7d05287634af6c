/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "tests/core/client/client_fixture.h"

#define GZIP_WINDOW (15 + 16)

static void expect_get(const char *text, enum http_end end, unsigned status, const char *body)
{
	struct client_fixture f;

	client_get(&f, vendor_once, text);
	assert_int_equal(f.o.end, end);
	assert_int_equal(f.o.status, status);
	assert_string_equal(buf_cstr(&f.o.body), body);
	assert_int_equal(f.o.body_bytes, strlen(body));
	assert_int_equal(f.o.dones, 1);
	assert_true(f.o.was_sent);
	client_fixture_fini(&f);
}

static void bodies_of_each_framing_arrive(void **state)
{
	(void)state;
	expect_get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", HTTP_END_OK, 200, "hello");
	expect_get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!"
	           "\r\n0\r\n\r\n",
	           HTTP_END_OK, 200, "hello!");
	expect_get("HTTP/1.1 200 OK\r\n\r\nhello", HTTP_END_OK, 200, "hello");
	expect_get("HTTP/1.1 204 No\r\n\r\n", HTTP_END_OK, 204, "");
	expect_get("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", HTTP_END_OK, 404, "no");
}

static void a_body_that_was_cut_is_seen_where_its_length_was_told(void **state)
{
	(void)state;
	expect_get("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", HTTP_END_CUT, 200, "hello");
	expect_get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello", HTTP_END_CUT,
	           200, "hello");
	expect_get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	           HTTP_END_CUT, 200, "hello");
	expect_get("HTTP/1.1 200 OK\r\nContent-Le", HTTP_END_CUT, 0, "");
	expect_get("", HTTP_END_CUT, 0, "");
}

static void a_close_delimited_body_that_was_cut_looks_whole(void **state)
{
	(void)state;
	/* There is nothing to see it by; the header says that the reader must parse to the end. */
	expect_get("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":", HTTP_END_OK,
	           200, "{\"a\":");
}

static void bytes_behind_the_body_are_none_of_it(void **state)
{
	(void)state;
	expect_get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, world", HTTP_END_OK, 200,
	           "hello");
}

static void the_head_is_told_without_interim_answers_and_trailers(void **state)
{
	struct client_fixture f = {.o = {.header_name = "x-two"}};

	(void)state;
	client_fixture_init(
		&f, vendor_once,
		"HTTP/1.1 103 Early\r\nLocation: /early\r\n\r\n"
		"HTTP/1.1 302 Found\r\nX-Two: a\r\nX-TWO:  b \r\nLocation: /there?x=1\r\n"
		"Content-Type: text/csv; charset=utf-8\r\nRetry-After: 7\r\n"
		"Transfer-Encoding: chunked\r\nTrailer: Content-Type\r\n\r\n"
		"1\r\nx\r\n0\r\nContent-Type: text/html\r\nX-Two: c\r\n\r\n");

	struct http_request request = client_request(&f);

	client_do(&f, &request);
	assert_int_equal(f.o.heads, 1);
	assert_int_equal(f.o.end, HTTP_END_OK);
	assert_int_equal(f.o.status, 302);
	assert_string_equal(f.o.header, "b");
	assert_string_equal(f.o.location, "/there?x=1");
	assert_string_equal(f.o.media_type, "text/csv; charset=utf-8");
	assert_int_equal(f.o.retry_after_s, 7);
	client_fixture_fini(&f);
}

static void a_redirect_is_not_followed(void **state)
{
	struct client_fixture f;

	(void)state;
	client_get(&f, vendor_always,
	           "HTTP/1.1 301 Moved\r\nLocation: /path\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(f.o.end, HTTP_END_OK);
	assert_int_equal(f.o.status, 301);
	assert_int_equal(f.vendor.requests, 1);
	client_fixture_fini(&f);
	expect_get(
		"HTTP/1.1 302 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
		HTTP_END_OK, 302, "");
}

static void headers_without_end_are_refused(void **state)
{
	size_t len = (size_t)200 * 1024;
	char *text = calloc(1, len);
	size_t at;
	struct client_fixture f;

	(void)state;
	assert_non_null(text);
	at = (size_t)snprintf(text, len, "HTTP/1.1 200 OK\r\n");
	while (at < len - 32)
		at += (size_t)snprintf(text + at, len - at, "Set-Cookie: a%zu=b\r\n", at);
	client_get(&f, vendor_once, text);
	assert_int_equal(f.o.end, HTTP_END_HEAD_TOO_LARGE);
	assert_string_equal(f.o.text, "the answer's headers are larger than 64 KiB");
	assert_int_equal(f.o.heads, 0);
	client_fixture_fini(&f);
	memset(text + 20, 'x', len - 21); /* one line */
	client_get(&f, vendor_once, text);
	assert_int_equal(f.o.end, HTTP_END_HEAD_TOO_LARGE);
	assert_string_equal(f.o.text, "the answer's headers are larger than 64 KiB");
	client_fixture_fini(&f);
	/* One that ends, as libcurl takes it and we do not, and as libcurl does not. */
	for (size_t bytes = 70000; bytes < 150000; bytes += 35000) {
		at = (size_t)snprintf(text, len, "HTTP/1.1 202 OK\r\nLocation: /");
		memset(text + at, 'x', bytes);
		(void)snprintf(text + at + bytes, len - at - bytes,
		               "\r\nContent-Length: 0\r\n\r\n");
		client_get(&f, vendor_once, text);
		assert_int_equal(f.o.end, HTTP_END_HEAD_TOO_LARGE);
		assert_string_equal(f.o.text, "the answer's headers are larger than 64 KiB");
		client_fixture_fini(&f);
	}
	free(text);
}

/* Chunks of a thousand bytes until the client closes. */
static void send_chunks(struct vendor_link *link)
{
	char chunk[1100];

	memset(chunk, 'x', sizeof(chunk));
	memcpy(chunk, "3e8\r\n", 5);
	memcpy(chunk + 1005, "\r\n", 2);
	if (vendor_read(link) &&
	    vendor_say(link, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) {
		while (vendor_send(link, chunk, 1007))
			;
	}
}

static void send_without_end(struct vendor_link *link)
{
	char part[1000];

	memset(part, 'x', sizeof(part));
	if (vendor_read(link) && vendor_say(link, "HTTP/1.1 200 OK\r\n\r\n")) {
		while (vendor_send(link, part, sizeof(part)))
			;
	}
}

static void expect_too_large(vendor_script script, const char *text, uint64_t max, uint64_t slack)
{
	struct client_fixture f = {0};

	client_fixture_init(&f, script, text);

	struct http_request request = client_request(&f);

	request.body_max = max;
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_TOO_LARGE);
	assert_true(f.o.body.len <= max && f.o.body.len + slack >= max);
	client_fixture_fini(&f);
}

static void a_body_past_its_maximum_is_stopped(void **state)
{
	(void)state;
	expect_too_large(send_chunks, NULL, 3000000, 70000);
	expect_too_large(send_without_end, NULL, 3000000, 70000);
	expect_too_large(vendor_once, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 4, 4);
}

static void a_body_of_just_its_maximum_passes(void **state)
{
	struct client_fixture f = {0};

	(void)state;
	client_fixture_init(&f, vendor_once, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

	struct http_request request = client_request(&f);

	request.body_max = 5;
	client_do(&f, &request);
	assert_int_equal(f.o.end, HTTP_END_OK);
	assert_int_equal(f.o.body_bytes, 5);
	client_fixture_fini(&f);
}

/* gzip of @p len times 'x', from which @p missing bytes are cut, framed in a whole way. */
static char zipped[1 << 20];

static size_t zip(size_t len, size_t missing, const char *coding)
{
	z_stream z = {0};
	char *plain = malloc(len > 0 ? len : 1);
	static unsigned char out[1 << 19];

	assert_non_null(plain);
	memset(plain, 'x', len);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, GZIP_WINDOW, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)plain;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = sizeof(out);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	free(plain);

	size_t body = sizeof(out) - z.avail_out - missing;
	size_t head = (size_t)snprintf(zipped, sizeof(zipped),
	                               "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n"
	                               "Content-Length: %zu\r\n\r\n",
	                               coding, body);

	memcpy(zipped + head, out, body);
	return head + body;
}

static enum http_end get_zipped(size_t len, uint64_t max, uint64_t *ret_bytes)
{
	struct client_fixture f = {0};
	enum http_end end;

	client_fixture_init(&f, vendor_once, zipped);
	f.vendor.script_len = len;

	struct http_request request = client_request(&f);

	request.body_max = max;
	client_do(&f, &request);
	assert_true(vendor_saw(&f.vendor, "\r\nAccept-Encoding: gzip\r\n"));
	*ret_bytes = f.o.body.len;
	end = f.o.end;
	assert_true(f.o.body.len <= max);
	client_fixture_fini(&f);
	return end;
}

static void gzip_is_decoded(void **state)
{
	uint64_t bytes;

	(void)state;
	assert_int_equal(get_zipped(zip(5000000, 0, "gzip"), 5000000, &bytes), HTTP_END_OK);
	assert_int_equal(bytes, 5000000);
	assert_int_equal(get_zipped(zip(0, 0, "x-GZIP"), 10, &bytes), HTTP_END_OK);
	assert_int_equal(bytes, 0);
}

static void gzip_cut_anywhere_is_seen(void **state)
{
	size_t whole = zip(3000, 0, "gzip");
	size_t head = (size_t)(strstr(zipped, "\r\n\r\n") + 4 - zipped);
	uint64_t bytes;

	(void)state;
	for (size_t missing = 1; missing < whole - head; missing++) {
		assert_int_equal(get_zipped(zip(3000, missing, "gzip"), 5000, &bytes),
		                 HTTP_END_CUT);
	}
}

static void damaged_gzip_is_seen(void **state)
{
	size_t len = zip(3000, 0, "gzip");
	uint64_t bytes;

	(void)state;
	zipped[len - 6] ^= 1; /* its checksum */
	assert_int_equal(get_zipped(len, 5000, &bytes), HTTP_END_CUT);
	len = zip(3000, 0, "gzip");
	zipped[len - 20] ^= 0x55;
	assert_int_equal(get_zipped(len, 5000, &bytes), HTTP_END_CUT);
}

static void a_gzip_bomb_is_stopped_at_the_maximum(void **state)
{
	uint64_t bytes;

	(void)state;
	assert_int_equal(get_zipped(zip((size_t)200 << 20, 0, "gzip"), 1000000, &bytes),
	                 HTTP_END_TOO_LARGE);
	assert_int_equal(get_zipped(zip(1001, 0, "gzip"), 1000, &bytes), HTTP_END_TOO_LARGE);
	assert_int_equal(get_zipped(zip(1000, 0, "gzip"), 1000, &bytes), HTTP_END_OK);
}

static void another_coding_is_refused(void **state)
{
	uint64_t bytes;

	(void)state;
	assert_int_equal(get_zipped(zip(100, 0, "br"), 1000, &bytes), HTTP_END_PROTOCOL);
	assert_int_equal(get_zipped(zip(100, 0, "gzip, gzip"), 1000, &bytes), HTTP_END_PROTOCOL);
	assert_int_equal(bytes, 0);
}

static void an_empty_body_needs_no_gzip(void **state)
{
	(void)state;
	expect_get("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
	           HTTP_END_OK, 200, "");
	expect_get("HTTP/1.1 304 Same\r\nContent-Encoding: gzip\r\n\r\n", HTTP_END_OK, 304, "");
	expect_get("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", HTTP_END_CUT, 200, "");
	expect_get("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\nx", HTTP_END_OK, 200, "x");
}

static void get_identity(struct client_fixture *f, const char *text, size_t len)
{
	memset(f, 0, sizeof(*f));
	client_fixture_init(f, vendor_once, text);
	f->vendor.script_len = len;

	struct http_request request = client_request(f);

	request.is_identity = true;
	client_do(f, &request);
	assert_int_equal(f->o.end, HTTP_END_OK);
}

static void what_is_wanted_as_it_is_stored_is_not_decoded(void **state)
{
	size_t len = zip(5000, 0, "gzip");
	struct client_fixture f;

	(void)state;
	get_identity(&f, zipped, len);
	assert_true(f.o.body.len < 1000);
	assert_memory_equal(f.o.body.ptr, "\x1f\x8b", 2);
	client_fixture_fini(&f);
	len = zip(5000, 0, "br"); /* whatever it is */
	get_identity(&f, zipped, len);
	assert_memory_equal(f.o.body.ptr, "\x1f\x8b", 2);
	client_fixture_fini(&f);
}

static void expect_length(const char *text, int64_t length)
{
	struct client_fixture f;

	client_get(&f, vendor_once, text);
	assert_int_equal(f.o.length, length);
	client_fixture_fini(&f);
}

static void the_length_is_told_as_far_as_it_is_one(void **state)
{
	(void)state;
	expect_length("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5);
	expect_length("HTTP/1.1 200 OK\r\nContent-Length: 3221225472\r\n\r\nhello", 3221225472);
	expect_length("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", -1);
	expect_length("HTTP/1.1 200 OK\r\n\r\nhello", -1);
	expect_length("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", -1);
	expect_length("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello", -1);
	expect_length("", -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_of_each_framing_arrive),
		cmocka_unit_test(a_body_that_was_cut_is_seen_where_its_length_was_told),
		cmocka_unit_test(a_close_delimited_body_that_was_cut_looks_whole),
		cmocka_unit_test(bytes_behind_the_body_are_none_of_it),
		cmocka_unit_test(the_head_is_told_without_interim_answers_and_trailers),
		cmocka_unit_test(a_redirect_is_not_followed),
		cmocka_unit_test(headers_without_end_are_refused),
		cmocka_unit_test(a_body_past_its_maximum_is_stopped),
		cmocka_unit_test(a_body_of_just_its_maximum_passes),
		cmocka_unit_test(gzip_is_decoded),
		cmocka_unit_test(gzip_cut_anywhere_is_seen),
		cmocka_unit_test(damaged_gzip_is_seen),
		cmocka_unit_test(a_gzip_bomb_is_stopped_at_the_maximum),
		cmocka_unit_test(another_coding_is_refused),
		cmocka_unit_test(an_empty_body_needs_no_gzip),
		cmocka_unit_test(what_is_wanted_as_it_is_stored_is_not_decoded),
		cmocka_unit_test(the_length_is_told_as_far_as_it_is_one),
	};

	return cmocka_run_group_tests_name("http_client_answer", tests, NULL, NULL);
}

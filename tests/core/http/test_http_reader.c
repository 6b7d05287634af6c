/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/http/http_reader.h"
#include "tests/core/http/http_split.h"

#define HEAD_MAX 512
#define POST     "POST /h HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED  POST "Transfer-Encoding: chunked\r\n\r\n"

struct outcome {
	bool has_head;
	bool has_end;
	unsigned status; /* 0 while nothing was wrong */
	size_t used;
	struct buf body;
};

/* Feed at most @p step bytes at a time, until the reader is done. */
static struct outcome read_in_steps(struct http_reader *r, struct str in, size_t step)
{
	struct outcome o = {0};
	size_t end = 0;

	buf_init(&o.body, 1 << 20);
	while (!o.has_end && o.status == 0) {
		struct str piece = STR_EMPTY;
		size_t used = 0;
		size_t n = end - o.used;
		enum http_event event =
			http_reader_feed(r, (struct str){in.ptr + o.used, n}, &used, &piece);

		o.used += used;
		o.has_head = o.has_head || event == HTTP_HEAD;
		o.has_end = event == HTTP_END;
		if (event == HTTP_BODY)
			assert_int_equal(buf_append_str(&o.body, piece), ERR_OK);
		if (event == HTTP_BAD)
			o.status = http_reader_status(r);
		if (event == HTTP_MORE && end == in.len)
			break;
		if (event == HTTP_MORE) {
			assert_int_equal(used, n);
			end = in.len - end > step ? end + step : in.len;
		}
	}
	return o;
}

struct reader_case {
	const char *name;
	const char *in;
	unsigned status;  /* 0: a whole request */
	const char *body; /* NULL: not looked at */
};

#define OK  0
#define CUT 1 /* no error, more is awaited */

static const struct reader_case cases[] = {
	{"plain", POST "Content-Length: 5\r\n\r\nhello", OK, "hello"},
	{"no body", POST "\r\n", OK, ""},
	{"length 0", POST "Content-Length: 0\r\n\r\n", OK, ""},
	{"leading zeros", POST "Content-Length: 005\r\n\r\nhello", OK, "hello"},
	{"rest is the next request", POST "Content-Length: 1\r\n\r\nhello", OK, "h"},
	{"blanks around a value", POST "Content-Length: \t 5 \t\r\n\r\nhello", OK, "hello"},
	{"empty value", POST "X:\r\n\r\n", OK, ""},
	{"high bytes in a value", POST "X: \xc3\xa4\r\n\r\n", OK, ""},
	{"one empty line first", "\r\n" POST "\r\n", OK, ""},
	{"two empty lines first", "\r\n\r\n" POST "\r\n", 400, NULL},
	{"1.0", "GET / HTTP/1.0\r\n\r\n", OK, ""},
	{"1.0 with body", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", OK, "hi"},
	{"1.0 chunked", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         NULL},
	{"options *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", OK, ""},
	{"get *", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"absolute", "GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n", OK, ""},
	{"absolute https, other case", "GET HTTPS://A:8/ HTTP/1.1\r\nHost: a:8\r\n\r\n", OK, ""},
	{"absolute, other host", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 400, NULL},
	{"absolute without host", "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"absolute with a user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"authority", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"relative", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", OK, ""},
	{"method no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"blank in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"tab in target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"high byte in target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"blank at the end of the line", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, NULL},
	{"0.9", "GET /\r\n", 400, NULL},
	{"version word", "GET / HTTPS/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"version case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"version digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400, NULL},
	{"version sign", "GET / HTTP/-1.1\r\nHost: a\r\n\r\n", 400, NULL},
	{"1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505, NULL},
	{"0.9 with a version", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505, NULL},
	{"2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, NULL},
	{"no host", "GET / HTTP/1.1\r\n\r\n", 400, NULL},
	{"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, NULL},
	{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, NULL},
	{"two hosts, 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, NULL},
	{"slash in host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, NULL},
	{"host with port", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", OK, ""},
	{"bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, NULL},
	{"bare LF at the end", POST "\n", 400, NULL},
	{"bare CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400, NULL},
	{"CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, NULL},
	{"control byte", POST "X: a\x01\r\n\r\n", 400, NULL},
	{"DEL", POST "X: a\x7f\r\n\r\n", 400, NULL},
	{"blank before colon", POST "X : a\r\n\r\n", 400, NULL},
	{"folded line", POST "X: a\r\n b\r\n\r\n", 400, NULL},
	{"blank before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, NULL},
	{"no colon", POST "X\r\n\r\n", 400, NULL},
	{"no name", POST ": a\r\n\r\n", 400, NULL},
	{"name no token", POST "X(: a\r\n\r\n", 400, NULL},
	{"two equal lengths", POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400, NULL},
	{"list of lengths", POST "Content-Length: 1, 1\r\n\r\na", 400, NULL},
	{"plus length", POST "Content-Length: +1\r\n\r\na", 400, NULL},
	{"minus length", POST "Content-Length: -0\r\n\r\n", 400, NULL},
	{"blank in length", POST "Content-Length: 1 1\r\n\r\na", 400, NULL},
	{"hex length", POST "Content-Length: 0x1\r\n\r\na", 400, NULL},
	{"empty length", POST "Content-Length:\r\n\r\n", 400, NULL},
	{"length over 63 bits", POST "Content-Length: 9223372036854775808\r\n\r\n", 400, NULL},
	{"length over 64 bits", POST "Content-Length: 18446744073709551617\r\n\r\na", 400, NULL},
	{"length and chunked",
         POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, NULL},
	{"chunked and length",
         POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, NULL},
	{"chunked twice",
         POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         NULL},
	{"gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, NULL},
	{"identity", POST "Transfer-Encoding: identity\r\n\r\n", 400, NULL},
	{"empty coding", POST "Transfer-Encoding:\r\n\r\n", 400, NULL},
	{"xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, NULL},
	{"chunked;q", POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", 400, NULL},
	{"chunks", CHUNKED "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", OK, "hello!"},
	{"hex chunk", CHUNKED "0A\r\n0123456789\r\n0\r\n\r\n", OK, "0123456789"},
	{"small hex chunk", CHUNKED "a\r\n0123456789\r\n000\r\n\r\n", OK, "0123456789"},
	{"extension", CHUNKED "5;a=b\r\nhello\r\n0;c=\"d\"\r\n\r\n", OK, "hello"},
	{"empty extension", CHUNKED "5;\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"LF in extension", CHUNKED "5;a\nhello\r\n0\r\n\r\n", 400, NULL},
	{"0x", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"plus size", CHUNKED "+5\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"blank size", CHUNKED " 5\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"blank behind size", CHUNKED "5 \r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"empty size", CHUNKED "\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"no size", CHUNKED ";a\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"size over 64 bits", CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"size over 63 bits", CHUNKED "8000000000000000\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"chunk too long", CHUNKED "4\r\nhello\r\n0\r\n\r\n", 400, NULL},
	{"chunk without CR", CHUNKED "5\r\nhello\n0\r\n\r\n", 400, NULL},
	{"size line without CR", CHUNKED "5\nhello\r\n0\r\n\r\n", 400, NULL},
	{"trailers", CHUNKED "0\r\nA: b\r\nContent-Length: 7\r\n\r\n", OK, ""},
	{"trailer without colon", CHUNKED "0\r\nA\r\n\r\n", 400, NULL},
	{"folded trailer", CHUNKED "0\r\nA: b\r\n c\r\n\r\n", 400, NULL},
	{"bare LF behind trailers", CHUNKED "0\r\nA: b\r\n\n", 400, NULL},
	{"expect", POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na", OK, "a"},
	{"other expectation", POST "Expect: 200-ok\r\n\r\n", 417, NULL},
	{"expectation of 1.0", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n", OK, ""},
	{"cut head", "GET / HTTP/1.1\r\nHost: a\r\n", CUT, NULL},
	{"cut body", POST "Content-Length: 5\r\n\r\nhell", CUT, "hell"},
	{"cut chunk", CHUNKED "5\r\nhel", CUT, "hel"},
};

static void check_case(const struct reader_case *c, size_t step)
{
	struct http_reader r;

	http_reader_init(&r, HEAD_MAX);

	struct outcome o = read_in_steps(&r, str_from(c->in), step);
	bool is_right = c->status == CUT ? !o.has_end && o.status == 0
	                                 : o.status == c->status && o.has_end == (c->status == OK);

	if (is_right && c->body != NULL)
		is_right = str_eq(buf_str(&o.body), str_from(c->body));
	if (!is_right)
		fail_msg("%s, %zu bytes at a time: status %u, end %d, body %s", c->name, step,
		         o.status, o.has_end, buf_cstr(&o.body));
	buf_fini(&o.body);
	http_reader_fini(&r);
}

static void every_case_comes_out_the_same_in_any_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].in);

		check_case(&cases[i], len);
		check_case(&cases[i], len / 2 + 1);
		check_case(&cases[i], 7);
		check_case(&cases[i], 1);
	}
}

static void a_nul_is_refused_wherever_it_stands_in_a_head(void **state)
{
	static const char head[] = POST "X: y\r\n\r\n";

	(void)state;
	for (size_t i = 0; i < sizeof(head) - 1; i++) {
		char in[sizeof(head)];
		struct http_reader r;

		memcpy(in, head, sizeof(head));
		in[i] = '\0';
		http_reader_init(&r, HEAD_MAX);

		struct outcome o = read_in_steps(&r, (struct str){in, sizeof(in) - 1}, sizeof(in));

		assert_int_equal(o.status, 400);
		assert_int_equal(o.used, i);
		buf_fini(&o.body);
		http_reader_fini(&r);
	}
}

static unsigned status_of(struct str in, size_t step, size_t *ret_used)
{
	struct http_reader r;

	http_reader_init(&r, HEAD_MAX);

	struct outcome o = read_in_steps(&r, in, step);

	buf_fini(&o.body);
	http_reader_fini(&r);
	*ret_used = o.used;
	return o.status;
}

/* prefix, then fill up to @p len bytes, then suffix; checked in two splits. */
static void check_long(const char *prefix, const char *fill, size_t len, const char *suffix,
                       unsigned status)
{
	struct buf in;
	size_t whole;
	size_t split;

	buf_init(&in, 1 << 20);
	(void)buf_append_str(&in, str_from(prefix));
	while (in.len + strlen(suffix) < len)
		(void)buf_append_str(&in, str_from(fill));
	(void)buf_append_str(&in, str_from(suffix));
	assert_int_equal(status_of(buf_str(&in), in.len, &whole), status);
	assert_int_equal(status_of(buf_str(&in), 1, &split), status);
	assert_int_equal(whole, split);
	buf_fini(&in);
}

static void limits_hold(void **state)
{
	(void)state;
	check_long(POST "X: ", "x", HEAD_MAX, "\r\n\r\n", 0);
	check_long(POST "X: ", "x", HEAD_MAX + 1, "\r\n\r\n", 431);
	check_long("GET /", "x", HEAD_MAX + 1, " HTTP/1.1\r\n\r\n", 431);
	check_long(POST, "a:\r\n", HTTP_FIELDS_MAX * 4 + 25, "\r\n", 0);
	check_long(POST, "a:\r\n", HTTP_FIELDS_MAX * 4 + 29, "\r\n", 431);
	check_long(CHUNKED "1;", "a", HTTP_EXTENSION_MAX + 60, "\r\nx\r\n0\r\n\r\n", 0);
	check_long(CHUNKED "1;", "a", HTTP_EXTENSION_MAX + 99, "\r\nx\r\n0\r\n\r\n", 400);
	check_long(CHUNKED "0\r\n", "A: b\r\n", HEAD_MAX + 30, "\r\n", 0);
	check_long(CHUNKED "0\r\n", "A: b\r\n", HEAD_MAX + 99, "\r\n", 431);
}

static void it_shows_the_parts_of_the_head(void **state)
{
	struct http_reader r;
	struct str name;
	struct str value;

	(void)state;
	http_reader_init(&r, HEAD_MAX);

	struct outcome o = read_in_steps(
		&r, STR_LIT("PUT /a/%20b?c=d&e HTTP/1.1\r\nHOST: x.y:1\r\nA:  b c \r\n\r\n"), 5);

	assert_true(o.has_head);
	assert_true(str_eq(http_reader_method(&r), STR_LIT("PUT")));
	assert_true(str_eq(http_reader_path(&r), STR_LIT("/a/%20b")));
	assert_true(str_eq(http_reader_query(&r), STR_LIT("c=d&e")));
	assert_true(http_reader_field(&r, 1, &name, &value));
	assert_true(str_eq(name, STR_LIT("A")));
	assert_true(str_eq(value, STR_LIT("b c")));
	assert_false(http_reader_field(&r, 2, &name, &value));
	assert_true(r.head.keep_alive);
	assert_false(http_reader_has_body(&r));
	buf_fini(&o.body);
	http_reader_fini(&r);
}

static void an_absolute_target_without_path_is_the_root(void **state)
{
	struct http_reader r;

	(void)state;
	http_reader_init(&r, HEAD_MAX);

	struct outcome o =
		read_in_steps(&r, STR_LIT("GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n"), 100);

	assert_true(o.has_end);
	assert_true(str_eq(http_reader_path(&r), STR_LIT("/")));
	assert_true(str_eq(http_reader_query(&r), STR_LIT("q")));
	buf_fini(&o.body);
	http_reader_fini(&r);
}

static bool keeps_alive(const char *in)
{
	struct http_reader r;

	http_reader_init(&r, HEAD_MAX);

	struct outcome o = read_in_steps(&r, str_from(in), 100);
	bool keeps = r.head.keep_alive;

	assert_true(o.has_end);
	buf_fini(&o.body);
	http_reader_fini(&r);
	return keeps;
}

static void keep_alive_follows_version_and_connection(void **state)
{
	(void)state;
	assert_true(keeps_alive("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	assert_false(keeps_alive("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
	assert_false(keeps_alive("GET / HTTP/1.0\r\n\r\n"));
	assert_true(keeps_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
	assert_false(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"));
}

static void after_the_end_it_takes_nothing(void **state)
{
	struct http_reader r;
	struct str piece;
	size_t used = 9;

	(void)state;
	http_reader_init(&r, HEAD_MAX);

	struct outcome o = read_in_steps(&r, STR_LIT(POST "\r\n"), 100);

	assert_true(o.has_end);
	assert_int_equal(http_reader_feed(&r, STR_LIT("GET"), &used, &piece), HTTP_MORE);
	assert_int_equal(used, 0);
	buf_fini(&o.body);
	http_reader_fini(&r);
}

static void check_corpus_file(const char *name)
{
	char path[512];
	char in[4096];
	FILE *file;
	size_t len;

	(void)snprintf(path, sizeof(path), SOURCE_DIR "/tests/fuzz/corpus/http_reader/%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	len = fread(in, 1, sizeof(in), file);
	(void)fclose(file);
	assert_true(len > 1);
	for (size_t step = 1; step < 16; step++)
		http_split_check((struct str){in + 1, len - 1}, step);
}

static void the_fuzz_corpus_comes_out_the_same_in_any_split(void **state)
{
	DIR *dir = opendir(SOURCE_DIR "/tests/fuzz/corpus/http_reader");
	const struct dirent *entry;
	unsigned count = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		check_corpus_file(entry->d_name);
		count++;
	}
	(void)closedir(dir);
	assert_true(count > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_comes_out_the_same_in_any_split),
		cmocka_unit_test(a_nul_is_refused_wherever_it_stands_in_a_head),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(it_shows_the_parts_of_the_head),
		cmocka_unit_test(an_absolute_target_without_path_is_the_root),
		cmocka_unit_test(keep_alive_follows_version_and_connection),
		cmocka_unit_test(after_the_end_it_takes_nothing),
		cmocka_unit_test(the_fuzz_corpus_comes_out_the_same_in_any_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

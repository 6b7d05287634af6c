/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/url.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void addresses_are_taken_apart(void **state)
{
	static const struct {
		const char *url;
		bool is_https;
		const char *host;
		uint16_t port;
		const char *path;
	} rows[] = {
		{"http://a", false, "a", 80, ""},
		{"https://a", true, "a", 443, ""},
		{"HTTPS://Api.Example.net/v1?x=1", true, "Api.Example.net", 443, "/v1?x=1"},
		{"http://a:8080/b#c", false, "a", 8080, "/b"},
		{"http://a:/b", false, "a", 80, "/b"},
		{"http://a?x=http://b/@c", false, "a", 80, "?x=http://b/@c"},
		{"http://a#b/c", false, "a", 80, ""},
		{"http://a/b@c:d", false, "a", 80, "/b@c:d"},
		{"http://127.0.0.1:65535/", false, "127.0.0.1", 65535, "/"},
		{"https://[::1]:8443/x", true, "[::1]", 8443, "/x"},
		{"https://[::1]", true, "[::1]", 443, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url_parts parts;

		assert_int_equal(url_split(str_from(rows[i].url), &parts), ERR_OK);
		assert_int_equal(parts.is_https, rows[i].is_https);
		assert_true(str_eq(parts.host, str_from(rows[i].host)));
		assert_int_equal(parts.port, rows[i].port);
		assert_true(str_eq(parts.path, str_from(rows[i].path)));
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const urls[] = {
		"",
		"http",
		"http:",
		"http:/a",
		"http://",
		"https:///a",
		"http://:80/",
		"ftp://a",
		"file:///etc/passwd",
		"//a/b",
		"/a",
		" http://a",
		"http://a b",
		"http://a/b c",
		"http://a/\n",
		"http://a/\tb",
		"http://a/\x7f",
		"http://u@a/",
		"http://u:p@a/",
		"http://a@b:80",
		"http://a:0/",
		"http://a:65536/",
		"http://a:-1/",
		"http://a:8x/",
		"http://a:80:81/",
		"http://[::1/",
		"http://[]/",
		"http://[::1]x/",
		"http://::1/",
		"http://a\\b/",
		"http://a]/",
		"http://[a@b]/",
		"http://[::1]:x/",
		"http://99999999999999999999:1x/",
		"http://a:99999999999999999999/",
	};
	struct url_parts parts = {.port = 7};

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		assert_int_equal(url_split(str_from(urls[i]), &parts), ERR_PARSE);
		assert_int_equal(parts.port, 7);
	}
	assert_int_equal(url_split(STR_LIT("http://a/\0"), &parts), ERR_PARSE);
}

static void links_are_resolved(void **state)
{
	static const struct {
		const char *base, *link, *url;
	} rows[] = {
		{"https://a/b/c?d=1", "http://x:1/y?z", "http://x:1/y?z"},
		{"https://a/b/c?d=1", "HTTP://x", "HTTP://x"},
		{"https://a:8/b/c?d=1", "/e?f", "https://a:8/e?f"},
		{"https://a/b/c?d=1", "//x/y", "https://x/y"},
		{"http://a/b/c?d=1", "//x:9", "http://x:9"},
		{"https://a/b/c?d=1", "?page=2", "https://a/b/c?page=2"},
		{"https://a?d=1", "?page=2", "https://a?page=2"},
		{"https://a/b/c?d=1", "api/2.0/x?page=2", "https://a/api/2.0/x?page=2"},
		{"https://a", "api?u=http://b", "https://a/api?u=http://b"},
		{"https://a/b/c?d=1", "", "https://a/b/c?d=1"},
		{"https://a/b/c?d=1#f", "#g", "https://a/b/c?d=1"},
		{"https://a/b", "/c#g", "https://a/c"},
		{"https://[::1]:8/b", "/c:d", "https://[::1]:8/c:d"},
		{"https://a/b", "c/d:e", "https://a/c/d:e"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *url = NULL;

		assert_int_equal(url_resolve(str_from(rows[i].base), str_from(rows[i].link), &url),
		                 ERR_OK);
		assert_string_equal(url, rows[i].url);
		free(url);
	}
}

static void links_that_lead_elsewhere_than_http_are_refused(void **state)
{
	static const struct {
		const char *base, *link;
	} rows[] = {
		{"https://a/b", "file:///etc/passwd"},
		{"https://a/b", "javascript:x"},
		{"https://a/b", "ftp://x/"},
		{"https://a/b", "http:x"},
		{"https://a/b", "mailto:a@b"},
		{"https://a/b", "//u@x/"},
		{"https://a/b", "https://u:p@x/"},
		{"https://a/b", "/a b"},
		{"https://a/b", "/a\r\nX: y"},
		{"https://a/b", "//"},
		{"ftp://a/b", "/c"},
		{"", "http://a/"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *url = NULL;

		assert_int_equal(url_resolve(str_from(rows[i].base), str_from(rows[i].link), &url),
		                 ERR_PARSE);
		assert_null(url);
	}
}

static void an_endless_link_is_refused(void **state)
{
	size_t len = (size_t)100 * 1024;
	char *link = malloc(len);
	char *url = NULL;

	(void)state;
	assert_non_null(link);
	memset(link, '/', len);
	link[1] = 'a';
	assert_int_equal(url_resolve(STR_LIT("http://a"), (struct str){link, len}, &url),
	                 ERR_PARSE);
	free(link);
}

static void origins_are_compared(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} rows[] = {
		{"http://a", "http://a:80/x?y", true},
		{"https://Api.Example.NET/", "HTTPS://api.example.net:443", true},
		{"https://a", "http://a", false},
		{"https://a", "http://a:443", false},
		{"https://a", "https://a:444", false},
		{"https://a", "https://b", false},
		{"https://a", "https://a.", false},
		{"https://a", "https://a.b", false},
		{"https://[::1]/", "https://[::1]:443/", true},
		{"https://a", "", false},
		{"x", "x", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(url_same_origin(str_from(rows[i].a), str_from(rows[i].b)),
		                 rows[i].is_same);
		assert_int_equal(url_same_origin(str_from(rows[i].b), str_from(rows[i].a)),
		                 rows[i].is_same);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_taken_apart),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(links_are_resolved),
		cmocka_unit_test(links_that_lead_elsewhere_than_http_are_refused),
		cmocka_unit_test(an_endless_link_is_refused),
		cmocka_unit_test(origins_are_compared),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}

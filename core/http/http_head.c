/* SPDX-License-Identifier: MIT */
#include "core/http/http_head.h"

#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"

#define FIRST_BYTES  1024
#define FIRST_FIELDS 16

/* RFC 9110 5.6.2: letters, digits and !#$%&'*+-.^_`|~ */
static const bool token_chars[256] = {
	['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['\''] = true,
	['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true, ['^'] = true, ['_'] = true,
	['`'] = true, ['|'] = true, ['~'] = true, ['0'] = true, ['1'] = true, ['2'] = true,
	['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true,
	['9'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true, ['E'] = true,
	['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true, ['K'] = true,
	['L'] = true, ['M'] = true, ['N'] = true, ['O'] = true, ['P'] = true, ['Q'] = true,
	['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true, ['V'] = true, ['W'] = true,
	['X'] = true, ['Y'] = true, ['Z'] = true, ['a'] = true, ['b'] = true, ['c'] = true,
	['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true,
	['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true, ['n'] = true, ['o'] = true,
	['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true, ['u'] = true,
	['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true,
};

bool http_is_token_char(unsigned char c)
{
	return token_chars[c];
}

void http_head_fini(struct http_head *h)
{
	free(h->bytes);
	free(h->fields);
	memset(h, 0, sizeof(*h));
}

enum err http_head_append(struct http_head *h, const char *bytes, size_t len)
{
	if (len > h->cap - h->len) {
		size_t cap = h->cap > 0 ? h->cap : FIRST_BYTES;

		while (cap < h->len + len)
			cap *= 2;

		char *grown = realloc(h->bytes, cap);

		if (grown == NULL)
			return ERR_NOMEM;
		h->bytes = grown;
		h->cap = cap;
	}
	memcpy(h->bytes + h->len, bytes, len);
	h->len += len;
	return ERR_OK;
}

struct str http_head_text(const struct http_head *h, struct http_span span)
{
	return (struct str){h->bytes + span.at, span.len};
}

static struct http_span span_of(const struct http_head *h, struct str s)
{
	if (s.len == 0)
		return (struct http_span){0, 0};
	return (struct http_span){(uint32_t)(s.ptr - h->bytes), (uint32_t)s.len};
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!token_chars[(unsigned char)s.ptr[i]])
			return false;
	}
	return s.len > 0;
}

/* HTTP/1.1 and HTTP/1.0 are read; a well-formed other version is 505, anything else 400. */
static unsigned read_version(struct http_head *h, struct str version)
{
	if (version.len != 8 || !str_has_prefix(version, STR_LIT("HTTP/")) ||
	    !ascii_is_digit(version.ptr[5]) || version.ptr[6] != '.' ||
	    !ascii_is_digit(version.ptr[7]))
		return 400;
	if (version.ptr[5] != '1' || version.ptr[7] > '1')
		return 505;
	h->minor = version.ptr[7] == '1' ? 1 : 0;
	return 0;
}

/* Letters, digits and what host names, IPv6 literals and ports need; no user name before an '@'. */
static bool is_authority(struct str s)
{
	static const char marks[] = "-._~%!$&'()*+,;=:[]";

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!ascii_is_alnum(c) && (c == '\0' || strchr(marks, c) == NULL))
			return false;
	}
	return s.len > 0 && s.ptr[0] != ':';
}

/* Printable ASCII without blanks; a fragment is never sent. */
static bool is_target_text(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '#')
			return false;
	}
	return s.len > 0;
}

static void set_path_and_query(struct http_head *h, struct str rest)
{
	struct str path;
	struct str query;

	(void)str_cut(rest, '?', &path, &query);
	h->path = span_of(h, path);
	h->query = span_of(h, query);
}

static unsigned read_absolute_target(struct http_head *h, struct str target)
{
	struct str scheme;
	struct str rest;

	(void)str_cut(target, ':', &scheme, &rest);
	if ((!str_ieq(scheme, STR_LIT("http")) && !str_ieq(scheme, STR_LIT("https"))) ||
	    !str_has_prefix(rest, STR_LIT("//")))
		return 400;
	rest = (struct str){rest.ptr + 2, rest.len - 2};

	size_t end = 0;

	while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
		end++;

	struct str authority = {rest.ptr, end};

	if (!is_authority(authority))
		return 400;
	h->authority = span_of(h, authority);
	rest = (struct str){rest.ptr + end, rest.len - end};
	h->path_is_root = rest.len == 0 || rest.ptr[0] == '?';
	set_path_and_query(h, rest);
	return 0;
}

static unsigned read_target(struct http_head *h, struct str method, struct str target)
{
	if (!is_target_text(target))
		return 400;
	if (target.ptr[0] == '/') {
		set_path_and_query(h, target);
		return 0;
	}
	if (str_eq(target, STR_LIT("*"))) {
		h->path = span_of(h, target);
		return str_eq(method, STR_LIT("OPTIONS")) ? 0 : 400;
	}
	return read_absolute_target(h, target);
}

unsigned http_head_request_line(struct http_head *h, struct http_span line)
{
	struct str method;
	struct str target;
	struct str version;
	struct str rest;
	unsigned status;

	if (!str_cut(http_head_text(h, line), ' ', &method, &rest) || !is_token(method) ||
	    !str_cut(rest, ' ', &target, &version))
		return 400;
	status = read_version(h, version);
	if (status == 0)
		status = read_target(h, method, target);
	h->method = span_of(h, method);
	return status;
}

static unsigned read_length(struct http_head *h, struct str value)
{
	if (h->has_length || str_to_u64(value, &h->length) != ERR_OK || h->length > INT64_MAX)
		return 400;
	h->has_length = true;
	return 0;
}

static unsigned read_coding(struct http_head *h, struct str value)
{
	if (h->chunked || !str_ieq(value, STR_LIT("chunked")))
		return 400;
	h->chunked = true;
	return 0;
}

static unsigned read_host(struct http_head *h, struct str value)
{
	if (h->has_host || !is_authority(value))
		return 400;
	h->has_host = true;
	h->host = span_of(h, value);
	return 0;
}

static void read_connection(struct http_head *h, struct str value)
{
	while (value.len > 0) {
		struct str option;

		(void)str_cut(value, ',', &option, &value);
		option = str_trim(option);
		h->asks_close = h->asks_close || str_ieq(option, STR_LIT("close"));
		h->asks_keep_alive = h->asks_keep_alive || str_ieq(option, STR_LIT("keep-alive"));
	}
}

static void read_expect(struct http_head *h, struct str value)
{
	bool is_continue = str_ieq(value, STR_LIT("100-continue"));

	h->expect_continue = h->expect_continue || is_continue;
	h->expect_other = h->expect_other || !is_continue;
}

/* The few headers that decide about framing and the connection; told apart by length first. */
static unsigned read_known_field(struct http_head *h, struct str name, struct str value)
{
	switch (name.len) {
	case 4:
		return str_ieq(name, STR_LIT("Host")) ? read_host(h, value) : 0;
	case 6:
		if (str_ieq(name, STR_LIT("Expect")))
			read_expect(h, value);
		return 0;
	case 10:
		if (str_ieq(name, STR_LIT("Connection")))
			read_connection(h, value);
		return 0;
	case 14:
		return str_ieq(name, STR_LIT("Content-Length")) ? read_length(h, value) : 0;
	case 17:
		return str_ieq(name, STR_LIT("Transfer-Encoding")) ? read_coding(h, value) : 0;
	default:
		return 0;
	}
}

static unsigned add_field(struct http_head *h, struct str name, struct str value)
{
	if (h->field_count == HTTP_FIELDS_MAX)
		return 431;
	if (h->field_count == h->field_cap) {
		size_t cap = h->field_cap > 0 ? h->field_cap * 2 : FIRST_FIELDS;
		struct http_field *grown = realloc(h->fields, cap * sizeof(*grown));

		if (grown == NULL)
			return 503;
		h->fields = grown;
		h->field_cap = cap;
	}
	h->fields[h->field_count++] = (struct http_field){span_of(h, name), span_of(h, value)};
	return 0;
}

unsigned http_head_field_line(struct http_head *h, struct http_span line)
{
	struct str name;
	struct str value;
	unsigned status;

	/* A blank at the start (obs-fold) or before the colon fails as not being a token. */
	if (!str_cut(http_head_text(h, line), ':', &name, &value) || !is_token(name))
		return 400;
	value = str_trim(value);
	status = read_known_field(h, name, value);
	return status != 0 ? status : add_field(h, name, value);
}

unsigned http_head_finish(struct http_head *h)
{
	if (h->chunked && (h->has_length || h->minor == 0))
		return 400;
	if (h->minor == 1 && !h->has_host)
		return 400;
	if (h->authority.len > 0 && h->has_host &&
	    !str_ieq(http_head_text(h, h->authority), http_head_text(h, h->host)))
		return 400;
	if (h->minor == 0) { /* RFC 9110 10.1.1: not for a 1.0 client */
		h->expect_continue = false;
		h->expect_other = false;
	}
	if (h->expect_other)
		return 417;
	h->keep_alive = !h->asks_close && (h->minor == 1 || h->asks_keep_alive);
	return 0;
}

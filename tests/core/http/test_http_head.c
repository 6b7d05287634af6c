/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/http/http_head.h"

static struct http_span add_line(struct http_head *h, const char *text)
{
	struct http_span span = {(uint32_t)h->len, (uint32_t)strlen(text)};

	assert_int_equal(http_head_append(h, text, strlen(text)), ERR_OK);
	return span;
}

static void spans_survive_a_growing_head(void **state)
{
	struct http_head h = {0};
	char value[1000];

	(void)state;
	memset(value, 'v', sizeof(value));
	memcpy(value, "A: ", 3);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(http_head_request_line(&h, add_line(&h, "POST /a?b HTTP/1.1")), 0);
	assert_int_equal(http_head_field_line(&h, add_line(&h, "Host: x")), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(http_head_field_line(&h, add_line(&h, value)), 0);
	assert_int_equal(http_head_finish(&h), 0);
	assert_true(str_eq(http_head_text(&h, h.method), STR_LIT("POST")));
	assert_true(str_eq(http_head_text(&h, h.path), STR_LIT("/a")));
	assert_true(str_eq(http_head_text(&h, h.query), STR_LIT("b")));
	assert_true(str_eq(http_head_text(&h, h.host), STR_LIT("x")));
	assert_int_equal(h.field_count, 21);
	http_head_fini(&h);
	assert_int_equal(h.cap, 0);
}

static void a_token_holds_no_separator_blank_or_control_byte(void **state)
{
	static const char separators[] = "()<>@,;:\\\"/[]?={} \t\x7f";

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		bool is_separator = c <= ' ' || c >= 0x7f || strchr(separators, (int)c) != NULL;

		assert_int_equal(http_is_token_char((unsigned char)c), !is_separator);
	}
}

static void the_101st_header_is_431(void **state)
{
	struct http_head h = {0};

	(void)state;
	for (int i = 0; i < HTTP_FIELDS_MAX; i++)
		assert_int_equal(http_head_field_line(&h, add_line(&h, "A: b")), 0);
	assert_int_equal(http_head_field_line(&h, add_line(&h, "A: b")), 431);
	http_head_fini(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_survive_a_growing_head),
		cmocka_unit_test(a_token_holds_no_separator_blank_or_control_byte),
		cmocka_unit_test(the_101st_header_is_431),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

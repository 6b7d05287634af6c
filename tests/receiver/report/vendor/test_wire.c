/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/vendor/wire.h"

static void assert_basic(const char *user, const char *password, enum err err, const char *wanted)
{
	struct buf b;

	buf_init(&b, 256);
	assert_int_equal(wire_basic(str_from(user), str_from(password), &b), err);
	assert_string_equal(buf_cstr(&b), wanted);
	buf_fini(&b);
}

static void basic_is_the_pair_in_base64(void **state)
{
	(void)state;
	/* Source: RFC 7617, 2 */
	assert_basic("Aladdin", "open sesame", ERR_OK, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	assert_basic("", "", ERR_OK, "Basic Og==");
	assert_basic("u", "p:q", ERR_OK, "Basic dTpwOnE=");
	assert_basic("u:v", "p", ERR_INVAL, "");
}

static void parameters_are_encoded_and_joined(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(wire_param(STR_LIT("a[b]"), STR_LIT("1 & 2=\xc3\xa4\n"), &b), ERR_OK);
	assert_int_equal(wire_param(STR_LIT("c"), STR_EMPTY, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "a%5Bb%5D=1%20%26%202%3D%C3%A4%0A&c=");
	assert_int_equal(wire_param(STR_LIT("too"), STR_LIT("long                  "), &b),
	                 ERR_LIMIT);
	buf_fini(&b);
}

static void a_parameter_is_found_by_its_whole_name(void **state)
{
	(void)state;
	assert_true(wire_has_param(STR_LIT("http://h/p?a=1&key=2"), STR_LIT("key")));
	assert_true(wire_has_param(STR_LIT("http://h/p?key"), STR_LIT("key")));
	assert_false(wire_has_param(STR_LIT("http://h/key=?monkey=2&keys=1"), STR_LIT("key")));
	assert_false(wire_has_param(STR_LIT("http://h/p"), STR_LIT("key")));
}

static void control_characters_are_no_header(void **state)
{
	(void)state;
	assert_true(wire_is_header_value(STR_LIT("Bearer a.b-c ~")));
	assert_false(wire_is_header_value(STR_LIT("a\r\nX: y")));
	assert_false(wire_is_header_value(STR_LIT("a\0b")));
	assert_false(wire_is_header_value(STR_LIT("\xc3\xa4")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(basic_is_the_pair_in_base64),
		cmocka_unit_test(parameters_are_encoded_and_joined),
		cmocka_unit_test(a_parameter_is_found_by_its_whole_name),
		cmocka_unit_test(control_characters_are_no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

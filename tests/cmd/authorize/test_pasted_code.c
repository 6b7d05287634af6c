/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cmd/authorize/pasted_code.h"

static void codes_and_addresses_are_read(void **state)
{
	static const struct {
		const char *line, *state, *code;
		enum err err;
	} cases[] = {
		{"abc-123\n", "s", "abc-123", ERR_OK},
		{"  a%2Fb \r\n", "s", "a%2Fb", ERR_OK}, /* a code is taken as it is */
		{"", "s", "", ERR_OK},
		{"https://me.example/back?code=abc&state=s\n", "s", "abc", ERR_OK},
		{"https://me.example/back?state=s&code=a%2Fb%3d#x", "s", "a/b=", ERR_OK},
		{"http://localhost/?code=a%zzb%2&state=s", "s", "a%zzb%2", ERR_OK},
		{"https://me.example/?xcode=1&code=abc&state=s", "s", "abc", ERR_OK},
		{"https://me.example/?code=abc", NULL, "abc", ERR_OK},
		{"https://me.example/?code=abc", "s", NULL, ERR_AUTH},
		{"https://me.example/?code=abc&state=", "s", NULL, ERR_AUTH},
		{"https://me.example/?code=abc&state=other", "s", NULL, ERR_AUTH},
		{"https://me.example/?code=&state=s", "s", NULL, ERR_NOENT},
		{"https://me.example/?error=access_denied&state=s", "s", NULL, ERR_NOENT},
		{"https://me.example/?a=1#code=abc&state=s", "s", NULL, ERR_NOENT},
		{"https://me.example/", "s", NULL, ERR_NOENT},
		{"https://me.example/?", "s", NULL, ERR_NOENT},
		{"https://me.example/?&&&", "s", NULL, ERR_NOENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str code = STR_EMPTY;
		char line[256];

		(void)snprintf(line, sizeof(line), "%s", cases[i].line);
		if (pasted_code(line, cases[i].state, &code) != cases[i].err)
			fail_msg("%s", cases[i].line);
		if (cases[i].err == ERR_OK && !str_eq(code, str_from(cases[i].code)))
			fail_msg("%s: %.*s", cases[i].line, STR_FMT(code));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_and_addresses_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

#include "auth/basic.h"

static const struct {
	const char *header;
	enum err err;
	const char *username;
	const char *password;
} cases[] = {
	{"Basic dXNlcjpwYXNz", ERR_OK, "user", "pass"},
	{"bAsIc dXNlcjpwYXNz", ERR_OK, "user", "pass"},
	{"Basic    dXNlcjpwYXNz", ERR_OK, "user", "pass"},
	{"Basic\tdXNlcjpwYXNz", ERR_OK, "user", "pass"},
	{"Basic dXNlcjpwYTpzczo=", ERR_OK, "user", "pa:ss:"},
	{"Basic dXNlcjpwYTpzczo", ERR_OK, "user", "pa:ss:"},
	{"Basic dTpww7Y=", ERR_OK, "u", "p\xc3\xb6"},
	{"Basic OnBhc3M=", ERR_OK, "", "pass"},
	{"Basic dXNlcjo=", ERR_OK, "user", ""},
	{"Basic Og==", ERR_OK, "", ""},
	{"", ERR_NOENT, NULL, NULL},
	{"Bearer dXNlcjpwYXNz", ERR_NOENT, NULL, NULL},
	{"Basically dXNlcjpwYXNz", ERR_NOENT, NULL, NULL},
	{"Basic", ERR_PARSE, NULL, NULL},
	{"Basic ", ERR_PARSE, NULL, NULL},
	{"Basic dXNlcnBhc3M=", ERR_PARSE, NULL, NULL},    /* no colon */
	{"Basic dXNlcjpwYX Nz", ERR_PARSE, NULL, NULL},   /* blank inside */
	{"Basic dXNlcjpwYXNz=", ERR_PARSE, NULL, NULL},   /* padding too long */
	{"Basic Og=", ERR_PARSE, NULL, NULL},             /* padding half there */
	{"Basic Oh==", ERR_PARSE, NULL, NULL},            /* bits left over */
	{"Basic dXNlcjpwYXN6_-8", ERR_PARSE, NULL, NULL}, /* the URL-safe alphabet */
	{"Basic dXNlcjpwYXNz, Basic YTpi", ERR_PARSE, NULL, NULL},
	{"Basic dQA6cA==", ERR_PARSE, NULL, NULL}, /* NUL */
	{"Basic dTpwCg==", ERR_PARSE, NULL, NULL}, /* line feed */
	{"Basic dTpwfw==", ERR_PARSE, NULL, NULL}, /* DEL */
};

static void each_header_gives_its_pair_or_its_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct basic b;
		enum err err = basic_parse(str_from(cases[i].header), &b);

		if (err != cases[i].err)
			fail_msg("%s: %s", cases[i].header, err_str(err));
		if (err != ERR_OK)
			continue;
		assert_true(str_eq(b.username, str_from(cases[i].username)));
		assert_true(str_eq(b.password, str_from(cases[i].password)));
		assert_ptr_equal(b.username.ptr, b.bytes);
	}
}

static void a_failure_leaves_the_output_alone(void **state)
{
	struct basic b;
	struct basic before;

	(void)state;
	memset(&b, 0x5a, sizeof(b));
	before = b;
	assert_int_equal(basic_parse(STR_LIT("Basic dXNlcnBhc3M="), &b), ERR_PARSE);
	assert_memory_equal(&b, &before, sizeof(b));
}

static void a_pair_longer_than_the_buffer_is_refused(void **state)
{
	char header[6 + 4 * BASIC_BYTES_MAX];
	struct basic b;

	(void)state;
	/* "OjpO" has a colon, "OOOO" has none */
	memset(header, 'O', sizeof(header));
	(void)snprintf(header, sizeof(header), "Basic OjpO");
	header[10] = 'O';
	assert_int_equal(basic_parse((struct str){header, 6 + BASIC_BYTES_MAX / 3 * 4}, &b),
	                 ERR_OK);
	assert_int_equal(basic_parse((struct str){header, 6 + BASIC_BYTES_MAX / 3 * 4 + 4}, &b),
	                 ERR_PARSE);
}

static void a_wiped_pair_holds_nothing(void **state)
{
	static const struct basic empty;
	struct basic b;

	(void)state;
	assert_int_equal(basic_parse(STR_LIT("Basic dXNlcjpwYXNz"), &b), ERR_OK);
	basic_wipe(&b);
	assert_memory_equal(&b, &empty, sizeof(b));
}

/* What the fuzzer starts from, without the fuzzer. */
static void every_corpus_file_is_parsed_or_refused(void **state)
{
	struct dirent **entries = NULL;
	int count = scandir("tests/fuzz/corpus/basic", &entries, NULL, alphasort);

	(void)state;
	assert_true(count > 2); /* more than "." and ".." */
	for (int i = 0; i < count; i++) {
		char path[512];
		char bytes[4096];
		struct basic b;

		(void)snprintf(path, sizeof(path), "tests/fuzz/corpus/basic/%s",
		               entries[i]->d_name);
		free(entries[i]);
		FILE *file = fopen(path, "rb");

		assert_non_null(file);
		size_t len = fread(bytes, 1, sizeof(bytes), file); /* nothing from a folder */

		(void)fclose(file);
		if (basic_parse((struct str){bytes, len}, &b) == ERR_OK)
			assert_int_equal(b.username.len + 1, b.password.ptr - b.bytes);
	}
	free(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_header_gives_its_pair_or_its_error),
		cmocka_unit_test(a_failure_leaves_the_output_alone),
		cmocka_unit_test(a_pair_longer_than_the_buffer_is_refused),
		cmocka_unit_test(a_wiped_pair_holds_nothing),
		cmocka_unit_test(every_corpus_file_is_parsed_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

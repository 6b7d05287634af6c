/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/schema.h"

static void every_key_has_a_section_and_stands_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		size_t sections = 0;

		for (size_t j = 0; j < conf_section_count; j++)
			sections += strcmp(conf_sections[j].name, key->section) == 0;
		assert_int_equal(sections, 1);
		assert_ptr_equal(conf_key_find(key->section, key->name), key);
		assert_true(strlen(key->doc) > 0);
		assert_true(key->type != CONF_WORD || key->words != NULL);
		assert_true(key->type != CONF_NODE || key->unit != NULL);
		assert_true(key->min <= key->max);
	}
}

static void names_of_a_section_end_with_null(void **state)
{
	const char *names[CONF_SECTION_KEYS_MAX];

	(void)state;
	conf_section_names("admin", names);
	assert_string_equal(names[0], "address");
	assert_string_equal(names[1], "auth");
	assert_null(names[2]);
	conf_section_names("no such section", names);
	assert_null(names[0]);
	assert_null(conf_key_find("admin", "adress"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_has_a_section_and_stands_once),
		cmocka_unit_test(names_of_a_section_end_with_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

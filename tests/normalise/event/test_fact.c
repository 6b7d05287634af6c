/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/event/fact.h"

static void every_field_is_found_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		enum field field = FIELD_COUNT;

		assert_true(field_from(str_from(field_defs[i].name), &field));
		assert_int_equal(field, i);
		assert_true(strlen(field_defs[i].text) > 0);
	}
	assert_int_equal(field_defs[FIELD_MESSAGE_PARTS].kind, FIELD_KIND_INT);
	assert_int_equal(field_defs[FIELD_FIELDS].kind, FIELD_KIND_PAIRS);
}

static void another_name_is_no_field(void **state)
{
	static const char *const names[] = {"", "message", "message.", "Message.id", "message.ids"};
	enum field field = FIELD_TEXT;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(field_from(str_from(names[i]), &field));
	assert_int_equal(field, FIELD_TEXT);
}

/* event_write.c opens an object once and closes it behind its last member. */
static void members_of_one_object_stand_together_in_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		size_t len = strcspn(field_defs[i].name, ".");
		size_t j = i + 1;

		while (j < FIELD_COUNT &&
		       strncmp(field_defs[j].name, field_defs[i].name, len) == 0 &&
		       field_defs[j].name[len] == '.')
			j++;
		for (; j < FIELD_COUNT; j++) {
			assert_false(strncmp(field_defs[j].name, field_defs[i].name, len) == 0 &&
			             field_defs[j].name[len] == '.');
		}
	}
}

static void read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	size_t len = fread(text, 1, size - 1, file);

	assert_true(feof(file) != 0);
	text[len] = '\0';
	assert_int_equal(fclose(file), 0);
}

static void the_documentation_has_a_row_for_each_field(void **state)
{
	static char page[65536];

	(void)state;
	read_file(SOURCE_DIR "/docs/event-format.md", page, sizeof(page));
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		static const char *const kinds[] = {[FIELD_KIND_TEXT] = "text",
		                                    [FIELD_KIND_BOOL] = "boolean",
		                                    [FIELD_KIND_INT] = "integer",
		                                    [FIELD_KIND_TIME] = "time",
		                                    [FIELD_KIND_PAIRS] = "object of texts"};
		char row[256];

		(void)snprintf(row, sizeof(row), "\n| `%s` | %s | %s", field_defs[i].name,
		               kinds[field_defs[i].kind], field_defs[i].text);
		if (strstr(page, row) == NULL)
			fail_msg("docs/event-format.md lacks the row%s", row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_found_by_its_name),
		cmocka_unit_test(another_name_is_no_field),
		cmocka_unit_test(members_of_one_object_stand_together_in_the_table),
		cmocka_unit_test(the_documentation_has_a_row_for_each_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

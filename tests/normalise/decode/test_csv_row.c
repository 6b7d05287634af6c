/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "normalise/decode/csv_fields.h"

static struct csv_row scan(struct str text, char delimiter, struct str *ret_row, bool *ret_is_ended)
{
	const char *at = text.ptr;
	struct csv_row row;

	csv_row_begin(&row, delimiter);
	*ret_is_ended = csv_row_scan(&row, &at, text.ptr + text.len, true);
	*ret_row = csv_row_text(text.ptr, at, *ret_is_ended);
	return row;
}

static void every_line_end_ends_a_row(void **state)
{
	static const char *const texts[] = {"a,b\nc", "a,b\r\nc", "a,b\rc", "a,b"};
	struct str row;
	bool is_ended;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct csv_row shape = scan(str_from(texts[i]), ',', &row, &is_ended);

		assert_int_equal(shape.fields, 2);
		assert_int_equal(shape.lines, i < 3 ? 1 : 0);
		assert_true(is_ended == (i < 3));
		assert_true(str_eq(row, STR_LIT("a,b")));
	}
}

static void a_carriage_return_at_the_end_waits(void **state)
{
	struct str text = STR_LIT("a\r");
	const char *at = text.ptr;
	struct csv_row row;

	(void)state;
	csv_row_begin(&row, ',');
	assert_false(csv_row_scan(&row, &at, text.ptr + text.len, false));
	assert_ptr_equal(at, text.ptr + 1);
	assert_true(csv_row_scan(&row, &at, text.ptr + text.len, true));
	assert_ptr_equal(at, text.ptr + 2);
}

/* What the scanner finds is what libcsv splits: rows of every shape that four characters can have.
 */
static void scanner_and_libcsv_agree(void **state)
{
	static const char alphabet[] = {'a', '"', ',', ' ', '\n'};
	struct csv_fields *fields = NULL;
	struct arena arena;
	size_t checked = 0;

	(void)state;
	arena_init(&arena, 100000);
	assert_int_equal(csv_fields_new(&fields), ERR_OK);
	for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5 * 5 * 5; n++) {
		char text[7];
		const struct str *list;
		struct str row;
		size_t count;
		bool is_ended;

		for (unsigned i = 0, rest = n; i < sizeof(text); i++, rest /= 5)
			text[i] = alphabet[rest % 5];
		struct csv_row shape = scan((struct str){text, sizeof(text)}, ',', &row, &is_ended);

		if (shape.is_blank || shape.is_broken || shape.place == CSV_QUOTED)
			continue;
		arena_reset(&arena);
		assert_int_equal(
			csv_fields_split(fields, row, ',', CSV_AUTO, &arena, &list, &count),
			ERR_OK);
		assert_int_equal(count, shape.fields);
		checked++;
	}
	assert_true(checked > 10000);
	csv_fields_free(fields);
	arena_fini(&arena);
}

static void too_many_fields_are_counted_and_refused(void **state)
{
	struct csv_fields *fields = NULL;
	char text[CSV_COLUMNS_MAX];
	const struct str *list;
	struct arena arena;
	size_t count;

	(void)state;
	memset(text, ';', sizeof(text));
	arena_init(&arena, 100000);
	assert_int_equal(csv_fields_new(&fields), ERR_OK);
	assert_int_equal(csv_fields_split(fields, (struct str){text, sizeof(text)}, ';', CSV_AUTO,
	                                  &arena, &list, &count),
	                 ERR_LIMIT);
	assert_int_equal(csv_fields_split(fields, (struct str){text, sizeof(text) - 1}, ';',
	                                  CSV_AUTO, &arena, &list, &count),
	                 ERR_OK);
	assert_int_equal(count, CSV_COLUMNS_MAX);
	csv_fields_free(fields);
	csv_fields_free(NULL);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_end_ends_a_row),
		cmocka_unit_test(a_carriage_return_at_the_end_waits),
		cmocka_unit_test(scanner_and_libcsv_agree),
		cmocka_unit_test(too_many_fields_are_counted_and_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "receiver/report/vendor/trouble.h"

static void the_same_is_told_once_an_hour(void **state)
{
	struct trouble *t = NULL;

	(void)state;
	assert_true(trouble_note(&t, "no answer", 5));
	assert_int_equal(t->count, 1);
	assert_string_equal(t->text, "no answer");
	assert_false(trouble_note(&t, "no answer", 60005));
	assert_false(trouble_note(&t, "no answer", 5 + TROUBLE_AGAIN_MS - 1));
	assert_int_equal(t->count, 3);
	assert_true(trouble_note(&t, "no answer", 5 + TROUBLE_AGAIN_MS));
	assert_int_equal(t->count, 4);
	assert_false(trouble_note(&t, "no answer", 5 + TROUBLE_AGAIN_MS + 1));
	free(t);
}

static void another_text_is_told_at_once_and_counted_on(void **state)
{
	struct trouble *t = NULL;

	(void)state;
	assert_true(trouble_note(&t, "no answer", 5));
	assert_true(trouble_note(&t, "", 6));
	assert_string_equal(t->text, "");
	assert_int_equal(t->count, 2);
	assert_true(trouble_note(&t, "no answer", 7));
	assert_int_equal(t->count, 3);
	assert_false(trouble_note(&t, "no answer", 8));
	free(t);
}

static void a_copy_goes_on_counting_by_itself(void **state)
{
	struct trouble *t = NULL;
	struct trouble *copy = NULL;

	(void)state;
	assert_int_equal(trouble_copy(NULL, &copy), ERR_OK);
	assert_null(copy);
	assert_true(trouble_note(&t, "no answer", 5));
	assert_int_equal(trouble_copy(t, &copy), ERR_OK);
	assert_false(trouble_note(&copy, "no answer", 6));
	assert_int_equal(copy->count, 2);
	assert_int_equal(t->count, 1);
	free(t);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_told_once_an_hour),
		cmocka_unit_test(a_copy_goes_on_counting_by_itself),
		cmocka_unit_test(another_text_is_told_at_once_and_counted_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

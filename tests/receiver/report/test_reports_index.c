/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/reports_index.h"

static struct combo *combo_of(const char *campaign)
{
	const struct report_value values[] = {{"campaign", campaign}, {"type", "sends"}};
	struct combo *c = NULL;

	assert_int_equal(combo_new(values, 2, &c), ERR_OK);
	return c;
}

/* Puts what is read into another text. */
static void put_again(void *arg, struct combo *c)
{
	index_put(c, arg);
	combo_free(c);
}

static void assert_read(const char *text, const char *expected)
{
	struct buf b;

	buf_init(&b, INDEX_TEXT_MAX);
	index_begin(&b);
	assert_int_equal(index_read(str_from(text), put_again, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), expected);
	buf_fini(&b);
}

static void what_is_put_is_read(void **state)
{
	assert_read("orders 1\ncampaign=a%26b&type=sends\ncampaign=c&type=sends\n",
	            "orders 1\ncampaign=a%26b&type=sends\ncampaign=c&type=sends\n");
	assert_read("", "orders 1\n");
	(void)state;
}

static void a_line_that_nobody_can_read_is_left_out(void **state)
{
	assert_read("orders 1\nmessage\na=%zz\na=1&b=2&c=3&d=4&e=5\ncampaign=c\n",
	            "orders 1\ncampaign=c\n");
	(void)state;
}

static void another_version_is_no_list(void **state)
{
	(void)state;
	assert_int_equal(index_read(STR_LIT("orders 2\ncampaign=c\n"), put_again, NULL), ERR_PARSE);
}

static void there_is_room_for_so_many(void **state)
{
	char name[300];
	struct combo *c;
	struct buf b;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	c = combo_of(name);
	buf_init(&b, INDEX_TEXT_MAX);
	index_begin(&b);
	for (unsigned i = 0; i < 1000; i++)
		index_put(c, &b);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_in_range(b.len, INDEX_TEXT_MAX - 400, INDEX_TEXT_MAX);
	assert_int_equal(b.ptr[b.len - 1], '\n');
	buf_fini(&b);
	combo_free(c);
}

static void the_key_names_account_and_report(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, COMBO_KEY_MAX);
	assert_int_equal(index_key("acme", "clicks", &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "orders/acme/clicks/");
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_read),
		cmocka_unit_test(a_line_that_nobody_can_read_is_left_out),
		cmocka_unit_test(another_version_is_no_list),
		cmocka_unit_test(there_is_room_for_so_many),
		cmocka_unit_test(the_key_names_account_and_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/mail/campaign_ids.h"

static struct campaign_ids *ids_of(const struct str *list, size_t count)
{
	struct campaign_ids *ids = NULL;

	assert_int_equal(campaign_ids_new(list, count, &ids), ERR_OK);
	return ids;
}

static void ids_are_found_where_they_begin(void **state)
{
	static const struct str list[] = {{"b-12", 4}, {"A-1", 3}, {"a-12", 4},
	                                  {"", 0},     {"a-1", 3}, {"\xff\xfe", 2}};

	static const struct {
		const char *text;
		size_t at, above, len;
	} cases[] = {
		{"a-1", 0, 0, 3},      {"A-123", 0, 0, 3}, {"a-123", 0, 3, 4}, {"a-123", 0, 4, 0},
		{"xB-12", 1, 0, 4},    {"xb-12", 0, 0, 0}, {"b-1", 0, 0, 0},   {"", 0, 0, 0},
		{"a-1", 3, 0, 0},      {"c", 0, 0, 0},     {"a", 0, 0, 0},     {"a-1", 9, 0, 0},
		{"\xff\xfe", 0, 0, 2}, {"\xff", 0, 0, 0},
	};
	struct campaign_ids *ids = ids_of(list, sizeof(list) / sizeof(list[0]));

	(void)state;
	assert_int_equal(campaign_ids_count(ids), 4);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len =
			campaign_ids_at(ids, str_from(cases[i].text), cases[i].at, cases[i].above);

		if (len != cases[i].len)
			print_error("case %zu\n", i);
		assert_int_equal(len, cases[i].len);
	}
	assert_int_equal(campaign_ids_at(ids, (struct str){"a-\0001", 4}, 0, 0), 0);
	assert_int_equal(campaign_ids_at(ids, (struct str){"a-1\0", 4}, 0, 3), 0);
	campaign_ids_unref(ids);
}

static void none_and_many(void **state)
{
	static char texts[10000][16];
	static struct str list[10000];
	struct campaign_ids *ids = ids_of(NULL, 0);

	(void)state;
	assert_int_equal(campaign_ids_at(ids, STR_LIT("a"), 0, 0), 0);
	campaign_ids_unref(campaign_ids_ref(ids));
	campaign_ids_unref(ids);
	campaign_ids_unref(NULL);
	for (size_t i = 0; i < 10000; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "id-%zu", (i * 7919) % 10000);
		list[i] = str_from(texts[i]);
	}
	ids = ids_of(list, 10000);
	assert_int_equal(campaign_ids_count(ids), 10000);
	for (size_t i = 0; i < 10000; i++) {
		assert_int_equal(campaign_ids_at(ids, list[i], 0, list[i].len - 1), list[i].len);
		assert_int_equal(campaign_ids_at(ids, list[i], 0, list[i].len), 0);
	}
	campaign_ids_unref(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_found_where_they_begin),
		cmocka_unit_test(none_and_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

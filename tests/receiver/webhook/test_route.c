/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/webhook/route.h"
#include "tests/receiver/webhook/fake_edge.h"

static void every_route_of_a_large_table_is_found(void **state)
{
	static struct source sources[500];
	static char names[500][8];
	struct route_table *t;
	char path[64];

	(void)state;
	assert_int_equal(route_table_new(&t), ERR_OK);
	for (size_t i = 0; i < 500; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "w%zu", i);
		sources[i] = (struct source){"acme", names[i], {.methods = METHOD_POST}, 1};
		assert_int_equal(route_table_add(t, &sources[i], NULL), ERR_OK);
	}
	assert_int_equal(route_table_count(t), 500);
	for (size_t i = 0; i < 500; i++) {
		(void)snprintf(path, sizeof(path), "/hooks/acme/w%zu", i);
		assert_ptr_equal(route_table_find(t, str_from(path))->source, &sources[i]);
	}
	assert_null(route_table_find(t, STR_LIT("/hooks/acme/w500")));
	assert_null(route_table_find(t, STR_EMPTY));
	route_table_unref(t);
	for (size_t i = 0; i < 500; i++)
		assert_int_equal(sources[i].refs, 1);
}

static void a_second_route_of_one_path_is_refused(void **state)
{
	(void)state;
	assert_int_equal(route_table_add(edge.routes, &edge.sms, NULL), ERR_EXISTS);
	assert_int_equal(route_table_count(edge.routes), 3);
}

static void a_verb_is_a_payload_only_where_the_profile_takes_it(void **state)
{
	static const struct {
		const char *method;
		bool has_query, taken_by_sms, taken_by_both, probe;
	} cases[] = {
		{"POST", false, true, true, false},     {"POST", true, true, true, false},
		{"GET", false, false, false, true},     {"GET", true, false, true, true},
		{"HEAD", true, false, false, true},     {"OPTIONS", true, false, false, true},
		{"PUT", false, false, false, false},    {"PATCH", false, false, false, false},
		{"DELETE", false, false, false, false}, {"get", true, false, false, false},
		{"TRACE", false, false, false, false},  {"", false, false, false, false},
	};
	const struct route *sms = route_table_find(edge.routes, STR_LIT("/hooks/acme/sms"));
	const struct route *both = route_table_find(edge.routes, STR_LIT("/hooks/acme/both"));

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str method = str_from(cases[i].method);

		assert_int_equal(route_takes(sms, method, cases[i].has_query),
		                 cases[i].taken_by_sms);
		assert_int_equal(route_takes(both, method, cases[i].has_query),
		                 cases[i].taken_by_both);
		assert_int_equal(route_is_probe(method), cases[i].probe);
	}
}

static void allow_lists_the_verbs_that_are_taken(void **state)
{
	struct source all = {"acme", "all", {.methods = 31}, 1};

	(void)state;
	assert_int_equal(route_table_add(edge.routes, &all, NULL), ERR_OK);
	assert_string_equal(route_table_find(edge.routes, STR_LIT("/hooks/acme/all"))->allow,
	                    "POST, GET, PUT, PATCH, DELETE");
	route_table_unref(route_table_ref(edge.routes));
	webhook_set_routes(edge.webhook, fake_routes(true), &(struct webhook_conf){1, 0, 0});
	assert_int_equal(all.refs, 1);
}

static void more_codes_than_are_kept_are_counted_all_the_same(void **state)
{
	struct route *sms = route_table_find(edge.routes, STR_LIT("/hooks/acme/sms"));
	char label[16];

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned code = 400; code < 400 + 2 * ROUTE_CODES_MAX; code++)
			route_count(sms, code);
	}
	for (unsigned code = 400; code < 400 + 2 * ROUTE_CODES_MAX; code++) {
		(void)snprintf(label, sizeof(label), "%u", code);
		assert_int_equal(metric_get(METRIC_WEBHOOK_REQUESTS, "acme", "sms", label)->value,
		                 3);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_route_of_a_large_table_is_found),
		TEST(a_second_route_of_one_path_is_refused),
		TEST(a_verb_is_a_payload_only_where_the_profile_takes_it),
		TEST(allow_lists_the_verbs_that_are_taken),
		TEST(more_codes_than_are_kept_are_counted_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/metrics.h"

static void counts_by_labels_and_prints_them(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	metric_add(METRIC_EVENTS_PUBLISHED, "everlytic", "sent", NULL, 2);
	metric_add(METRIC_EVENTS_PUBLISHED, "everlytic", "sent", NULL, 3);
	metric_add(METRIC_EVENTS_PUBLISHED, "ever\"\\\nlytic", "sent", NULL, 1);
	metric_set(METRIC_JOURNAL_ENTRIES, 42);
	assert_int_equal(metrics_write(&b), ERR_OK);
	const char *text = buf_cstr(&b);

	assert_non_null(strstr(text, "# TYPE campaign2mqtt_events_published_total counter\n"));
	assert_non_null(strstr(text, "\ncampaign2mqtt_events_published_total{account=\"everlytic\","
	                             "status=\"sent\"} 5\n"));
	assert_non_null(strstr(text, "{account=\"ever\\\"\\\\\\nlytic\",status=\"sent\"} 1\n"));
	assert_non_null(strstr(text, "\ncampaign2mqtt_journal_entries 42\n"));
	assert_non_null(
		strstr(text, "\ncampaign2mqtt_mqtt_inflight 0\n")); /* shown before it was set */
	buf_fini(&b);
	metrics_free();
}

static void pointers_stay_while_others_are_added(void **state)
{
	char name[20];

	(void)state;
	struct metric *m = metric_get(METRIC_DUPLICATES, "first", NULL, NULL);

	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "a%d", i);
		metric_get(METRIC_DUPLICATES, name, NULL, NULL)->value = i;
	}
	m->value = 7;
	assert_int_equal(metric_get(METRIC_DUPLICATES, "first", NULL, NULL)->value, 7);
	assert_int_equal(metric_get(METRIC_DUPLICATES, "a2999", NULL, NULL)->value, 2999);
	metrics_free();
}

static void the_documentation_is_that_of_the_table(void **state)
{
	struct buf b;
	static char page[100000];

	(void)state;
	buf_init(&b, 100000);
	assert_int_equal(metrics_write_doc(&b), ERR_OK);
	FILE *f = fopen("docs/metrics.md", "r");

	assert_non_null(f);
	size_t len = fread(page, 1, sizeof(page) - 1, f);

	(void)fclose(f);
	page[len] = '\0';
	assert_non_null(strstr(page, buf_cstr(&b))); /* `make docs` writes it */
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_labels_and_prints_them),
		cmocka_unit_test(pointers_stay_while_others_are_added),
		cmocka_unit_test(the_documentation_is_that_of_the_table),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}

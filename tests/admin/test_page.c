/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin/page.h"
#include "core/metrics.h"

static bool ready;
static const char *note;
static unsigned refreshed;

static bool is_ready(void *arg, struct buf *ret_text)
{
	(void)arg;
	(void)buf_append_str(ret_text, str_from(note));
	return ready;
}

static void refresh_metrics(void *arg)
{
	(void)arg;
	refreshed++;
	metric_set(METRIC_MQTT_INFLIGHT, 17);
}

static const struct admin_ops ops = {.is_ready = is_ready, .refresh_metrics = refresh_metrics};

static struct page make(const char *path, bool reads, struct buf *body)
{
	const struct page_request wanted = {path, reads};

	buf_init(body, 65536);
	return page_make(&wanted, &ops, NULL, body);
}

static void each_path_has_its_page(void **state)
{
	static const struct {
		const char *path;
		bool reads, ready;
		const char *note;
		unsigned status;
		const char *text, *allow;
	} cases[] = {
		{"/healthz", true, true, "", 200, "ok\n", NULL},
		{"/healthz", true, false, "x", 200, "ok\n", NULL},
		{"/readyz", true, true, "", 200, "ready\n", NULL},
		{"/readyz", true, true, "mqtt: not connected", 200, "mqtt: not connected\n", NULL},
		{"/readyz", true, false, "store: full\n", 503, "store: full\n", NULL},
		{"/readyz", true, false, "", 503, "not ready\n", NULL},
		{"/healthz", false, true, "", 405, "Method Not Allowed\n", "GET, HEAD"},
		{"/metrics", false, true, "", 405, "Method Not Allowed\n", "GET, HEAD"},
		{"/", true, true, "", 404, "Not Found\n", NULL},
		{"", false, true, "", 404, "Not Found\n", NULL},
		{"/healthz/", true, true, "", 404, "Not Found\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf body;

		ready = cases[i].ready;
		note = cases[i].note;
		struct page page = make(cases[i].path, cases[i].reads, &body);

		assert_int_equal(page.status, cases[i].status);
		assert_string_equal(buf_cstr(&body), cases[i].text);
		if (cases[i].allow == NULL) {
			assert_null(page.allow);
		} else {
			assert_string_equal(page.allow, cases[i].allow);
		}
		buf_fini(&body);
	}
}

static void metrics_are_fresh_each_time(void **state)
{
	struct buf body;

	(void)state;
	refreshed = 0;
	struct page page = make("/metrics", true, &body);

	assert_int_equal(page.status, 200);
	assert_string_equal(page.media_type, "text/plain; version=0.0.4; charset=utf-8");
	assert_non_null(strstr(buf_cstr(&body), "\ncampaign2mqtt_mqtt_inflight 17\n"));
	assert_int_equal(refreshed, 1);
	buf_fini(&body);
}

static void metrics_that_do_not_fit_are_an_error_of_ours(void **state)
{
	const struct page_request wanted = {"/metrics", true};
	struct buf body;

	(void)state;
	buf_init(&body, 64);
	struct page page = page_make(&wanted, &ops, NULL, &body);

	assert_int_equal(page.status, 500);
	assert_string_equal(buf_cstr(&body), "Internal Server Error\n");
	buf_fini(&body);
}

static int teardown(void **state)
{
	(void)state;
	metrics_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_has_its_page),
		cmocka_unit_test(metrics_are_fresh_each_time),
		cmocka_unit_test(metrics_that_do_not_fit_are_an_error_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}

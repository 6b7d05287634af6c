/* SPDX-License-Identifier: MIT */
/* What the run of an order is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/receiver/report/orders_scene.h"

static void the_run_gets_what_a_job_needs(void **state)
{
	static const struct str hosts[] = {{"files.example", 13}};
	struct report_account account = orders_account(NULL);
	struct report_plan *plan = &scene.plans[0];
	const struct report_job_conf *conf;

	(void)state;
	orders_job.mail.from[0] = STR_LIT("@profile.example");
	orders_job.mail.from_count = 1;
	plan->hosts = hosts;
	plan->host_count = 1;
	plan->timeout_ms = 7 * MINUTE;
	plan->fallback = &scene.sources[SCENE_PLANS_MAX - 1];
	orders_set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	conf = fake.runs[0].conf.job;
	assert_non_null(conf);
	assert_ptr_equal(conf->mailbox, &fake.mailboxes[0]);
	assert_string_equal(fake.mailboxes[0].from, "@profile.example");
	assert_string_equal(conf->folder, "downloads");
	assert_true(str_eq(conf->hosts[0], STR_LIT("files.example")));
	assert_int_equal(conf->timeout_ms, 7 * MINUTE);
	assert_int_equal(conf->every_ms, HOUR);
	assert_ptr_equal(conf->fallback, plan->fallback);
}

static void without_a_mailbox_nothing_is_ordered(void **state)
{
	struct report_account account = orders_account(NULL);

	(void)state;
	scene.plans[0].mailbox = NULL;
	orders_set(&account);
	reports_start(scene.reports);
	fake_pass(10000);
	assert_int_equal(fake.run_count, 0);
	scene_status();
	assert_string_equal(scene.lines[0].trouble,
	                    "it cannot begin: no mailbox is configured for it");
	fake.mailbox_result = ERR_NOENT;
	account = orders_account(NULL);
	orders_set(&account);
	fake_pass(HOUR);
	scene_status();
	assert_string_equal(scene.lines[0].trouble,
	                    "it cannot begin: its mailbox: no such file with authorities (ca)");
	fake.mailbox_result = ERR_OK;
	account = orders_account(NULL);
	orders_set(&account);
	fake_pass(HOUR);
	assert_int_equal(fake.run_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, orders_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_run_gets_what_a_job_needs),
		TEST(without_a_mailbox_nothing_is_ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

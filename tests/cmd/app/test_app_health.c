/* SPDX-License-Identifier: MIT */
#include "tests/cmd/app/app_fakes.h"
#include "tests/conf/conf_text.h"

static void on_second(void *arg)
{
	app_each_second(arg);
}

/* A look at the state, with a timer that is never waited for. */
static void with_app(void (*test)(struct app *app), bool has_reports)
{
	struct app app = {.conf = NULL};
	static char reports; /* only its address is needed */

	memset(&fake, 0, sizeof(fake));
	app.reports = has_reports ? (struct reports *)(void *)&reports : NULL;
	assert_int_equal(loop_new(&app.loop), ERR_OK);
	assert_int_equal(loop_timer_new(app.loop, on_second, &app, &app.second), ERR_OK);
	test(&app);
	loop_timer_free(app.second);
	loop_free(app.loop);
}

static void look(struct app *app, const char *state, size_t states)
{
	app_each_second(app);
	assert_string_equal(fake.state != NULL ? fake.state : "", state);
	assert_int_equal(fake.states, states);
}

static void stale_and_well_again(struct app *app)
{
	look(app, "", 0);
	fake.stale = 1;
	look(app, "degraded", 1);
	assert_true(app->is_degraded);
	fake.stale = 2;
	look(app, "degraded", 1); /* said once */
	fake.stale = 0;
	look(app, "ready", 2);
	assert_false(app->is_degraded);
}

static void a_stale_report_is_degraded_until_it_is_well(void **state)
{
	(void)state;
	with_app(stale_and_well_again, true);
}

static void other_troubles(struct app *app)
{
	fake.store.is_full = true;
	look(app, "degraded", 1);
	fake.store.is_full = false;
	fake.stale = 1;
	look(app, "degraded", 1); /* one trouble takes the place of the other */
	fake.stale = 0;
	fake.relay.paused_lanes = 1;
	look(app, "degraded", 1);
	fake.relay.paused_lanes = 0;
	fake.store.is_failing = true;
	look(app, "degraded", 1);
	fake.store.is_failing = false;
	look(app, "ready", 2);
}

static void any_trouble_is_degraded(void **state)
{
	(void)state;
	with_app(other_troubles, true);
}

static void nobody_to_ask(struct app *app)
{
	fake.stale = 1; /* of a part that is not there */
	look(app, "", 0);
}

static void without_reports_nothing_is_stale(void **state)
{
	(void)state;
	with_app(nobody_to_ask, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stale_report_is_degraded_until_it_is_well),
		cmocka_unit_test(any_trouble_is_degraded),
		cmocka_unit_test(without_reports_nothing_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

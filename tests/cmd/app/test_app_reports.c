/* SPDX-License-Identifier: MIT */
/* Whether everything of a configured report arrives at receiver/report, which is a fake here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/app/app_state.h"

static const struct report_account *given;
static size_t given_count;
static void (*look)(void);

/* What it is given is borrowed for the call, so it is looked at here. */
enum err reports_set(struct reports *r, const struct report_account *accounts, size_t count)
{
	(void)r;
	given = accounts;
	given_count = count;
	if (look != NULL)
		look();
	return ERR_OK;
}

static const char *const senders[] = {"@acme.example", "reports@acme.example"};
static const char *const hosts[] = {".acme.example"};
static const struct conf_mailbox own = {
	.url = "imaps://imap.acme.example",
	.folder = "Reports",
	.username = "u1",
	.password = "p1",
	.ca = "/ca.pem",
	.from = senders,
	.from_count = 2,
	.hosts = hosts,
	.host_count = 1,
	.poll_ms = 5000,
};
static const struct conf_mailbox shared = {
	.url = "imap://127.0.0.1",
	.folder = "INBOX",
	.username = "u2",
	.password = "p2",
	.starttls = true,
	.hosts = hosts,
	.host_count = 1,
};
static const char *const campaigns[] = {"a", "b"};
static const struct conf_loop loop = {
	.name = "campaign", .kind = EACH_VALUES, .values = campaigns, .value_count = 2};

static char fallback; /* only handed on */

static const struct conf_report reports[] = {
	{.name = "deliveries", .every_ms = 1000, .loops = &loop, .loop_count = 1},
	{.name = "deliveries-csv",
         .every_ms = 2000,
         .loops = &loop,
         .loop_count = 1,
         .tz = "Europe/London",
         .start_ms = 3000,
         .mailbox = &own,
         .timeout_ms = 4000,
         .fallback = (struct source *)(void *)&fallback},
	{.name = "clicks-csv", .mailbox = &shared},
};

static const struct conf_account accounts[] = {
	{.name = "hooks"},
	{.name = "first",
         .ca = "/vendor.pem",
         .ca_pem = "PEM",
         .reports = reports,
         .report_count = 3},
	{.name = "second", .reports = &reports[2], .report_count = 1},
};

static const struct conf conf = {.accounts = accounts, .account_count = 3};

static void look_at_plans(void)
{
	const struct report_plan *p = given[0].plans;

	assert_int_equal(given_count, 2);
	assert_string_equal(given[0].client.account, "first");
	assert_string_equal(given[0].client.ca, "PEM");
	assert_null(given[1].client.ca);
	assert_int_equal(given[0].plan_count, 3);
	assert_int_equal(p[0].every_ms, 1000);
	assert_int_equal(p[0].loop_count, 1);
	assert_null(p[0].mailbox);
	assert_null(p[0].fallback);
	assert_int_equal(p[0].host_count, 0);
	assert_int_equal(p[0].timeout_ms, 0);
	assert_int_equal(p[1].start_ms, 3000);
	assert_string_equal(p[1].tz, "Europe/London");
	assert_int_equal(p[1].timeout_ms, 4000);
	assert_ptr_equal(p[1].fallback, &fallback);
	assert_string_equal(p[1].loops[0].values[1], "b");
}

static void look_at_mailboxes(void)
{
	const struct report_plan *p = given[0].plans;
	const struct mailbox_conf *box = p[1].mailbox;

	assert_string_equal(box->url, "imaps://imap.acme.example");
	assert_string_equal(box->folder, "Reports");
	assert_string_equal(box->username, "u1");
	assert_string_equal(box->password, "p1");
	assert_string_equal(box->ca, "/ca.pem");
	assert_false(box->wants_starttls);
	assert_int_equal(box->poll_ms, 5000);
	assert_int_equal(box->from_count, 2);
	assert_true(str_eq(box->from[0], STR_LIT("@acme.example")));
	assert_true(str_eq(box->from[1], STR_LIT("reports@acme.example")));
	assert_int_equal(p[1].host_count, 1);
	assert_true(str_eq(p[1].hosts[0], STR_LIT(".acme.example")));

	box = p[2].mailbox;
	assert_string_equal(box->url, "imap://127.0.0.1");
	assert_true(box->wants_starttls);
	assert_null(box->ca);
	assert_int_equal(box->from_count, 0);
	assert_int_equal(p[2].host_count, 1);
	/* Each report has its own: who shares a connection is found out where they are read. */
	assert_string_equal(given[1].plans[0].mailbox->username, "u2");
}

static void look_at_all(void)
{
	look_at_plans();
	look_at_mailboxes();
}

static void look_at_second(void)
{
	assert_int_equal(given_count, 1);
	assert_string_equal(given[0].client.account, "second");
	assert_string_equal(given[0].plans[0].mailbox->password, "p2");
}

static void everything_of_a_report_is_handed_on(void **state)
{
	struct app app = {.conf = NULL};

	(void)state;
	look = look_at_all;
	assert_int_equal(app_set_reports(&app, &conf, NULL), ERR_OK);
}

static void one_account_alone_can_be_handed_on(void **state)
{
	struct app app = {.conf = NULL};

	(void)state;
	look = look_at_second;
	assert_int_equal(app_set_reports(&app, &conf, "second"), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_of_a_report_is_handed_on),
		cmocka_unit_test(one_account_alone_can_be_handed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/orders_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/run/run_checkpoint.h"

struct job_spec orders_job;
struct profile_report orders_sent;
struct mailbox_conf orders_mailbox;
const struct report_fetch orders_all = {.account = {"acme", 4}, .report = {"clicks", 6}};

int orders_setup(void **state)
{
	int result = scene_setup(state);

	orders_job = (struct job_spec){.by = READY_MAILBOX, .parallel = 16};
	scene_report.job = &orders_job;
	orders_sent = (struct profile_report){.source.name = "sent", .every_ms = HOUR};
	orders_mailbox = (struct mailbox_conf){.url = "imaps://one.example"};
	return result;
}

struct report_account orders_account(const char *messages)
{
	struct report_account account = scene_account("acme", 1, messages, 1);

	scene.plans[scene.plan_count - 1].mailbox = &orders_mailbox;
	return account;
}

struct report_account orders_with_sent(const char *messages, const struct job_spec *job)
{
	struct report_account account = orders_account(messages);

	(void)orders_account(messages);
	orders_sent.job = job;
	scene.sources[scene.plan_count - 1].name = "sent";
	scene.plans[scene.plan_count - 1].spec = &orders_sent;
	account.plan_count = 2;
	return account;
}

void orders_set(const struct report_account *account)
{
	assert_int_equal(reports_set(scene.reports, account, 1), ERR_OK);
}

void orders_start(const char *messages)
{
	struct report_account account = orders_account(messages);

	orders_set(&account);
	reports_start(scene.reports);
	fake_settle();
}

struct report_run *orders_begun(const char *messages)
{
	orders_start(messages);
	fake_pass(10000);
	assert_true(fake.run_count > 0);
	return &fake.runs[fake.run_count - 1];
}

struct report_run *orders_run(const char *report, const char *values)
{
	for (size_t i = 0; i < fake.run_count; i++) {
		if (!fake.runs[i].is_done && strcmp(fake.runs[i].values, values) == 0 &&
		    strcmp(fake.runs[i].conf.source->name, report) == 0)
			return &fake.runs[i];
	}
	return NULL;
}

struct report_account orders_listed(void)
{
	static const struct list_spec list = {.name = "campaigns", .every_ms = 900000};
	size_t i = scene.plan_count;
	struct report_account account = orders_account(NULL);

	scene.loops[i][0] =
		(struct report_loop){.name = "campaign", .kind = EACH_LIST, .list = &list};
	scene.plans[i].loops = scene.loops[i];
	scene.plans[i].loop_count = 1;
	return account;
}

void orders_keep_at(const char *key, const struct run_checkpoint *at)
{
	struct buf text;

	buf_init(&text, 4096);
	assert_int_equal(run_checkpoint_write(at, &text), ERR_OK);
	fake_keep(key, buf_cstr(&text));
	buf_fini(&text);
}

void orders_keep(const char *key, const struct job_record *job)
{
	const struct run_checkpoint at = {
		.watermark_ms = 1, .has_window = true, .from_ms = 1, .to_ms = 2, .job = *job};

	orders_keep_at(key, &at);
}

/* ---- what a person is told ---- */

static void on_progress(void *arg, const struct report_value *values, size_t count,
                        const struct report_progress *progress)
{
	struct orders_told *t = arg;

	(void)values;
	(void)count;
	t->progress++;
	(void)snprintf(t->state, sizeof(t->state), "%s",
	               progress->job.state != NULL ? progress->job.state : "");
}

static void on_run(void *arg, const struct report_value *values, size_t count,
                   const struct report_result *result)
{
	struct orders_told *t = arg;

	(void)values;
	(void)count;
	t->runs++;
	t->end = result->end;
	(void)snprintf(t->text, sizeof(t->text), "%s", result->text);
}

static void on_done(void *arg, enum err err, const char *text)
{
	struct orders_told *t = arg;

	(void)text;
	t->dones++;
	t->err = err;
}

struct report_fetching *orders_fetch(struct orders_told *t, const struct report_fetch *what)
{
	static const struct report_fetch_ops ops = {
		.on_progress = on_progress, .on_run = on_run, .on_done = on_done};
	struct report_fetching *f = NULL;

	*t = (struct orders_told){.runs = 0};
	assert_int_equal(reports_fetch(scene.reports, what, &ops, t, &f), ERR_OK);
	fake_settle();
	return f;
}

/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/reports_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/metrics.h"

struct scene scene;
struct profile scene_profile;
struct profile_report scene_report;

static const char *const types_all[] = {"opens", "clicks"};

int scene_setup(void **state)
{
	(void)state;
	fake_reset();
	memset(&scene, 0, sizeof(scene));
	scene.base = "https://api.acme.example";
	scene_profile = (struct profile){.name = "acme", .refs = 1};
	scene_report = (struct profile_report){.source.name = "clicks", .every_ms = HOUR};
	const struct reports_conf conf = {.folder = "downloads"};

	return reports_new(&conf, &scene.reports) == ERR_OK ? 0 : -1;
}

int scene_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < fake.run_count; i++) {
		if (!fake.runs[i].is_done)
			fake_end(&fake.runs[i], REPORT_CANCELED, 0, "");
	}
	reports_free(scene.reports);
	fake_assert_idle();
	assert_int_equal(scene_profile.refs, 1);
	for (size_t i = 0; i < SCENE_PLANS_MAX; i++)
		assert_int_equal(scene.sources[i].refs, 0);
	metrics_free();
	return 0;
}

static size_t cut_values(size_t number, const char *messages)
{
	size_t count = 0;
	char *at = scene.texts[number];

	(void)snprintf(at, sizeof(scene.texts[number]), "%s", messages);
	while (*at != '\0') {
		scene.values[number][count++] = at;
		at += strcspn(at, ",");
		if (*at == ',')
			*at++ = '\0';
	}
	return count;
}

struct report_account scene_account(const char *name, unsigned parallel, const char *messages,
                                    size_t types)
{
	size_t i = scene.plan_count++;
	struct report_loop *loops = scene.loops[i];

	assert_true(i < SCENE_PLANS_MAX);
	scene_profile.limits = (struct limits_spec){.parallel = parallel, .pages_max = 100};
	scene.sources[i] = (struct source){.account = name, .name = "clicks"};
	scene.plans[i] = (struct report_plan){
		.source = &scene.sources[i], .spec = &scene_report, .every_ms = HOUR};
	if (messages != NULL) {
		/* Not in order of name: the keys must be. */
		loops[0] = (struct report_loop){.name = "type",
		                                .kind = EACH_VALUES,
		                                .values = types_all,
		                                .value_count = types};
		loops[1] = (struct report_loop){.name = "message",
		                                .kind = EACH_VALUES,
		                                .values = scene.values[i],
		                                .value_count = cut_values(i, messages)};
		scene.plans[i].loops = loops;
		scene.plans[i].loop_count = 2;
	}
	return (struct report_account){
		.client = {.account = name,
	                   .profile = &scene_profile,
	                   .base = str_from(scene.base)},
		.plans = &scene.plans[i],
		.plan_count = 1,
	};
}

void scene_set(const char *name, unsigned parallel, const char *messages, size_t types)
{
	struct report_account account = scene_account(name, parallel, messages, types);

	assert_int_equal(reports_set(scene.reports, &account, 1), ERR_OK);
}

static void on_account(void *arg, const struct account_status *status)
{
	(void)arg;
	assert_string_equal(status->vendor, "acme");
	scene.account_count++;
}

static void on_report(void *arg, const struct report_status *status)
{
	struct scene_line *line = &scene.lines[scene.line_count++];
	size_t len = 0;

	(void)arg;
	line->state = status->state;
	line->last_done_ms = status->last_done_ms;
	line->next_ms = status->next_ms;
	line->watermark_ms = status->watermark_ms;
	line->rows = status->rows;
	line->pages = status->pages;
	line->job = status->job.state;
	(void)snprintf(line->job_text, sizeof(line->job_text), "%s",
	               status->job.text != NULL ? status->job.text : "");
	line->values[0] = '\0';
	(void)snprintf(line->trouble, sizeof(line->trouble), "%s", status->trouble);
	for (size_t i = 0; i < status->value_count; i++) {
		len += (size_t)snprintf(line->values + len, sizeof(line->values) - len, "%s%s=%s",
		                        i > 0 ? " " : "", status->values[i].name,
		                        status->values[i].value);
	}
}

void scene_status(void)
{
	scene.line_count = 0;
	scene.account_count = 0;
	reports_status(scene.reports, on_account, on_report, NULL);
}

const struct scene_line *scene_line(const char *values)
{
	for (size_t i = 0; i < scene.line_count; i++) {
		if (strcmp(scene.lines[i].values, values) == 0)
			return &scene.lines[i];
	}
	fail_msg("no line for %s", values);
	return NULL;
}

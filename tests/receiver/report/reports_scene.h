/* SPDX-License-Identifier: MIT */
/** reports_scene - a scheduler among fakes, and the accounts of a test. */
#ifndef TESTS_RECEIVER_REPORT_REPORTS_SCENE_H
#define TESTS_RECEIVER_REPORT_REPORTS_SCENE_H

#include "tests/receiver/report/fake_reports.h"

#define HOUR            3600000
#define SCENE_PLANS_MAX 16
#define SCENE_LINES_MAX 10001

/** A line of reports_status(); texts are copies. */
struct scene_line {
	char values[64], trouble[80], job_text[80];
	const char *state, *job;
	int64_t last_done_ms, next_ms, watermark_ms;
	uint64_t rows, pages;
};

struct scene {
	struct reports *reports;
	const char *base;
	/* what scene_account() hands out */
	struct source sources[SCENE_PLANS_MAX];
	struct report_plan plans[SCENE_PLANS_MAX];
	struct report_loop loops[SCENE_PLANS_MAX][2];
	const char *values[SCENE_PLANS_MAX][16];
	char texts[SCENE_PLANS_MAX][64];
	size_t plan_count;
	/* reports_status() */
	struct scene_line lines[SCENE_LINES_MAX];
	size_t line_count, account_count;
};

extern struct scene scene;

/** One profile for all; its report is "clicks" of every hour. */
extern struct profile scene_profile;
extern struct profile_report scene_report;

int scene_setup(void **state);
/** Stop, free, and see that nothing is left. */
int scene_teardown(void **state);

/**
 * An account with the report.
 *
 * @param messages  values of the loop "message", with commas between; NULL: no loops
 * @param types     0, 1 or 2: how many of "opens" and "clicks" the loop "type" has
 */
struct report_account scene_account(const char *name, unsigned parallel, const char *messages,
                                    size_t types);
/** reports_set() with just that. */
void scene_set(const char *name, unsigned parallel, const char *messages, size_t types);
void scene_status(void);
/** The line of these values; fails when there is none. */
const struct scene_line *scene_line(const char *values);

#endif /* TESTS_RECEIVER_REPORT_REPORTS_SCENE_H */

/* SPDX-License-Identifier: MIT */
/**
 * order_scene - a scene whose report is ordered, with a mailbox, a vendor and files that are fakes.
 *
 * What the world knows (how often it was ordered, whether the mail was read) outlives a process
 * that is killed.
 */
#ifndef TESTS_RECEIVER_REPORT_RUN_ORDER_SCENE_H
#define TESTS_RECEIVER_REPORT_RUN_ORDER_SCENE_H

#include "tests/receiver/report/run/fake_jobs.h"
#include "tests/receiver/report/run/scene.h"

#define MINUTE_MS  ((int64_t)60000)
#define ORDER_PATH "/reports/${campaign}"
/** What the checkpoint keeps of an order that was well at once. */
#define LAST_DONE  "job done\njob-ordered 1725354000000\njob-since 1725354000000\n"
#define LINK       "https://files.acme.example/x.csv?key=secret"

struct order_world {
	size_t orders, removes, pages;
	size_t mails; /* sent, and not marked as seen */
	size_t seen;
};

struct order_scene {
	struct scene s;
	struct profile *profile;
	struct source *fallback;
	struct job_spec job;
	struct profile_report spec, pages; /* items-csv, items */
	struct report_job_conf conf;
	struct worker *worker;
	char folder[512];

	/* how the vendor answers an order */
	struct vendor_result result; /* 0: 202 */
	struct str body;
	size_t body_times;
	bool is_retried;
	struct vendor_result remove_result, page_result; /* 0: well */
	bool has_no_mail;
	const char *link;
	bool is_shared;
	/* the file */
	struct fake_file file;
	/* what came of it */
	const struct profile_report *foreign; /* whose file on_foreign() was told of */
	struct report_handed handed;
	enum report_take takes_foreign;
	size_t foreign_count;
};

/** Shared by all processes of the test program. */
struct order_world *order_world(void);

/** @param path  of the store; kept by a scene that is opened again */
void order_scene_open(struct order_scene *j, const char *path);
/** With another limit of the journal's entries. */
void order_scene_open_with(struct order_scene *j, const char *path, uint64_t entries_max);
void order_scene_close(struct order_scene *j);
/** Another report of the profile is ordered. */
void order_scene_use(struct order_scene *j, const char *report);
void order_scene_remove_files(struct order_scene *j);
/** How many files are in the folder. */
size_t order_scene_files(struct order_scene *j);
/** Begin; the run's on_foreign() is there too. */
void order_scene_start(struct order_scene *j);
/** Turn the loop until the job is in that state. */
void order_scene_until(struct order_scene *j, const char *state);
/** Begin and turn until the end. */
enum report_end order_scene_run(struct order_scene *j);
/** Time passes, and the job sees it. */
void order_scene_later(struct order_scene *j, int64_t ms);
/** Somebody sets the clock forward by so much, or back, and the job sees it. */
void order_scene_set_clock(struct order_scene *j, int64_t by_ms);

#endif /* TESTS_RECEIVER_REPORT_RUN_ORDER_SCENE_H */

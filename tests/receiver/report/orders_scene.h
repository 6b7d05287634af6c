/* SPDX-License-Identifier: MIT */
/** orders_scene - the scene of reports_scene.h with a report that is ordered. */
#ifndef TESTS_RECEIVER_REPORT_ORDERS_SCENE_H
#define TESTS_RECEIVER_REPORT_ORDERS_SCENE_H

#include "receiver/report/job/job.h"
#include "tests/receiver/report/reports_scene.h"

#define MINUTE           60000
#define MESSAGE          "message=1 type=opens"
/** A kept due: after it the next run is due in an hour. */
#define RAN_A_MINUTE_AGO "done begin=1763999940000 done=1763999941000 watermark=5"

struct run_checkpoint;

/** How "clicks" is ordered: by mail, at most 16 at once. */
extern struct job_spec orders_job;
/** Another report of the profile, "sent". */
extern struct profile_report orders_sent;
extern struct mailbox_conf orders_mailbox;

int orders_setup(void **state);

/** acme with "clicks", which is ordered. @param messages  as for scene_account() */
struct report_account orders_account(const char *messages);
/** … and with "sent", too, which has that job. */
struct report_account orders_with_sent(const char *messages, const struct job_spec *job);
/** acme with "clicks" for each "campaign" that the vendor lists, which is asked every 15 min. */
struct report_account orders_listed(void);
/** reports_set() with just that. */
void orders_set(const struct report_account *account);
/** Set, and start. */
void orders_start(const char *messages);
/** … and the first order is under way, the last one that began is given. */
struct report_run *orders_begun(const char *messages);
/** The run of that report under way with these values; NULL. */
struct report_run *orders_run(const char *report, const char *values);

/** Keep a checkpoint. */
void orders_keep_at(const char *key, const struct run_checkpoint *at);
/** Keep one of an order that is under way. */
void orders_keep(const char *key, const struct job_record *job);

/** What a person is told. */
struct orders_told {
	unsigned progress, runs, dones;
	char state[32];
	enum report_end end;
	enum err err;
	char text[240];
};

/** Fetches "clicks" of acme. */
extern const struct report_fetch orders_all;
struct report_fetching *orders_fetch(struct orders_told *t, const struct report_fetch *what);

#endif /* TESTS_RECEIVER_REPORT_ORDERS_SCENE_H */

/* SPDX-License-Identifier: MIT */
/**
 * fake_reports - what stands around receiver/report/reports in its tests: both clocks, the loop's
 * timers, the store, runs, lists and vendor clients, all doing as the test says.
 */
#ifndef TESTS_RECEIVER_REPORT_FAKE_REPORTS_H
#define TESTS_RECEIVER_REPORT_FAKE_REPORTS_H

#include "normalise/source.h"
#include "receiver/report/list/list_ask.h"
#include "receiver/report/reports.h"

#define FAKE_RUNS_MAX      64
#define FAKE_ASKS_MAX      16
#define FAKE_CLIENTS_MAX   8
#define FAKE_KEPT_MAX      96
#define FAKE_MAILBOXES_MAX 8
#define FAKE_WALL_MS       1764000000000

struct profile {
	const char *name;
	unsigned refs;
	struct limits_spec limits;
};

struct source {
	const char *account, *name;
	unsigned refs;
};

/** One run that was begun. */
struct report_run {
	struct report_run_conf conf;
	const struct report_run_ops *ops;
	void *arg;
	char values[128]; /* "name=value name=value" */
	struct vendor_client *client;
	bool is_done, is_canceled, is_freed;
	struct report_progress progress; /* as told last */
	struct report_handed handed;
	bool waits_for_file, is_handed, is_brought;
};

/** One mailbox of a configuration. */
struct mailbox {
	char url[64], from[64];
	unsigned refs;
	bool is_expected;         /* somebody's campaigns are to come */
	struct campaign_ids *ids; /* a reference; as told last */
	char account[32];         /* by it */
	unsigned told;
	char marked[64]; /* "V:U " of what was to be marked again */
};

struct vendor_client {
	char account[32];
	bool is_freed;
	const char *circuit;
	uint64_t open_ms;
};

/** One asking for the values of a loop. */
struct list_ask {
	struct list_ask_conf conf;
	list_ask_done done;
	void *arg;
	bool is_over;
};

struct fake {
	uint64_t mono_ms;
	int64_t wall_ms;
	/* store */
	char keys[FAKE_KEPT_MAX][128], texts[FAKE_KEPT_MAX][256];
	size_t kept;
	bool is_full, is_failing, holds_store;
	const char *held_key; /* what has a key that begins so is not answered; NULL */
	enum err read_result; /* of every read */
	/* runs */
	struct report_run runs[FAKE_RUNS_MAX];
	size_t run_count;
	enum err run_result;
	bool cancels_at_once;
	/* mailboxes */
	struct mailbox mailboxes[FAKE_MAILBOXES_MAX];
	size_t mailbox_count;
	enum err mailbox_result;
	bool is_marking;
	/* vendors */
	struct vendor_client clients[FAKE_CLIENTS_MAX];
	size_t client_count;
	/* lists */
	struct list_ask asks[FAKE_ASKS_MAX];
	size_t ask_count;
	enum err ask_result;
	struct list_ask stored[FAKE_ASKS_MAX]; /* campaigns that events were settled for */
	size_t stored_count;
};

extern struct fake fake;

void fake_reset(void);
/** Everything that is left must be gone: timers, posts, store operations. */
void fake_assert_idle(void);
/** Let time pass: timers and completions that become due run, in order. */
void fake_pass(uint64_t ms);
/** Completions and timers that are due now. */
void fake_settle(void);
/** The store answers what it was asked while fake.holds_store was set. */
void fake_release_store(void);

/** Runs under way. */
size_t fake_active(void);
/** The run under way with these values; NULL. */
struct report_run *fake_run(const char *values);
void fake_progress(struct report_run *run, uint64_t pages, uint64_t rows);
/** The run has a job in that state, ordered now when the run has not said so before. */
void fake_job(struct report_run *run, const char *state, bool is_stale);
void fake_end(struct report_run *run, enum report_end end, uint64_t retry_ms, const char *text);
/** All that are under way end well. */
void fake_end_all(void);
/** The latest asking for a list ends with these, or badly. */
void fake_list(const char *const *texts, size_t count);
/** The latest asking for campaigns of settled events ends with these, or badly. */
void fake_stored(const char *const *texts, size_t count);
void fake_stored_end(enum vendor_end end, const char *text);
void fake_list_end(enum vendor_end end, uint64_t retry_ms, const char *text);
/** What is kept under the key; NULL. */
const char *fake_kept(const char *key);
void fake_keep(const char *key, const char *text);

#endif /* TESTS_RECEIVER_REPORT_FAKE_REPORTS_H */

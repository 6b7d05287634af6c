/* SPDX-License-Identifier: MIT */
/**
 * scene - a run with a store on disk, a vendor that is a fake, and a wall clock that is set.
 *
 * The vendor has a book: so many pages of so many rows in each window it is asked for. A row's id
 * is "WINDOW/PAGE/ROW", so that each of them can be counted in the journal.
 */
#ifndef TESTS_RECEIVER_REPORT_RUN_SCENE_H
#define TESTS_RECEIVER_REPORT_RUN_SCENE_H

#include "receiver/report/run/run.h"
#include "tests/receiver/report/vendor/fake_vendor.h"

#define HOUR_MS         ((int64_t)3600000)
#define SCENE_NOW       1725354000000 /* 2024-09-03T09:00:00Z */
#define SCENE_PAGES_MAX 50            /* of a window */

struct scene {
	struct loop *loop;
	struct store *store;
	struct ingest *ingest;
	struct profile *profile;
	struct source *source;
	struct timestamp_zone *zone;
	struct vendor_client vendor;

	/* of the run: as scene_open() sets them, or the test afterwards */
	struct profile_report spec;
	struct report_run_conf conf;
	bool is_dry;
	unsigned busy; /* so often the reader of a dry run takes nothing */
	enum report_take (*on_foreign)(void *arg, const struct profile_report *of,
	                               const struct report_handed *handed); /* may be NULL */

	/* the book */
	unsigned pages, rows;
	const char *same;   /* value of /same; NULL: none */
	char sources[4096]; /* of the payloads that were read last */
	char asked[4096];   /* "FROM-TO/PAGE " of each request, hours before SCENE_NOW */

	/* what came of it */
	struct report_run *run;
	struct report_result result;
	char job_text[240];              /* of the result */
	struct report_progress progress; /* the newest */
	size_t progress_count, done_count, dry_count;
	struct buf dry;                   /* bodies and variables of a dry run */
	void (*on_step)(struct scene *s); /* anything happens; may be NULL */
};

/** The wall clock of the test. What it goes forward is time that passes. */
void scene_set_now(int64_t ms);
/** Somebody sets the wall clock; no time passes. */
void scene_set_clock(int64_t ms);

/** @param path  of the store; kept by a scene that is opened again */
void scene_open(struct scene *s, const char *path);
/** With new limits of the journal. */
void scene_open_with(struct scene *s, const char *path, uint64_t entries_max);
void scene_close(struct scene *s);

/** Begin a run. */
void scene_start(struct scene *s);
/** Turn the loop until its end, and free it. */
void scene_finish(struct scene *s);
/** Both. @return how it ended */
enum report_end scene_run(struct scene *s);
/** Turn the loop until @p *count is at least @p wanted. */
void scene_wait(struct scene *s, const size_t *count, size_t wanted);
void scene_turn(struct scene *s);

/** Append variables and body of each journal entry, one line each. @return entries */
size_t scene_journal(struct scene *s, struct buf *b);
/** How often the text occurs in the journal. */
size_t scene_count(struct scene *s, const char *text);
/** The checkpoint as it is stored; valid until the next call. */
const char *scene_checkpoint(struct scene *s);
void scene_set_checkpoint(struct scene *s, const char *text);
/** Settle everything: the journal is empty then. @return how often the text occurred in it */
size_t scene_take(struct scene *s, const char *text);

/** Answers of the book. */
void scene_book(void *arg, const struct fake_request *r, struct fake_answer *answer);
/** Another vendor. */
void scene_answer(struct scene *s, fake_answer_fn answer);

/** A pointer for the spec; freed by scene_close(). */
const struct field_path *scene_path(struct scene *s, const char *text);

#endif /* TESTS_RECEIVER_REPORT_RUN_SCENE_H */

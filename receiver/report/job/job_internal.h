/* SPDX-License-Identifier: MIT */
/** job_internal - what the files of job.h share. */
#ifndef RECEIVER_REPORT_JOB_JOB_INTERNAL_H
#define RECEIVER_REPORT_JOB_JOB_INTERNAL_H

#include "receiver/report/job/job.h"

struct job_state_ops {
	bool is_kept;    /* entering it stores the record; begin() comes when that is on disk */
	bool is_open;    /* what a person or another job brings is of use */
	bool is_waiting; /* links can come */
	void (*enter)(struct job *j); /* sets the record; NULL: nothing to set */
	/** @return the next state, or NULL: stay */
	const struct job_state_ops *(*begin)(struct job *j);
	/** The same; NULL: it waits for nothing. */
	const struct job_state_ops *(*on_event)(struct job *j, enum job_event event,
	                                        enum job_end end, const char *text);
};

struct job {
	struct job_conf conf;
	struct job_record record;
	const struct job_state_ops *state; /* NULL: before job_begin() */
	int64_t now_ms;
	int64_t unsure_ms;      /* when the order was sent that the present one repeats */
	int64_t unsure_aged_ms; /* its aged_ms */
	enum job_end end;       /* for finished() */
	bool has_entered;       /* the state's begin() was called */
	bool is_storing;
	bool is_dirty; /* something has changed since store() */
	bool is_awaiting;
	bool is_told;      /* the links came by job_ready() */
	bool is_new_stale; /* people are still to be told */
	bool is_last;      /* the last slice is on its way, with a done record */
};

extern const struct job_state_ops job_state_idle, job_state_requested, job_state_unsent,
	job_state_accepted, job_state_reorder, job_state_waiting, job_state_stale, job_state_ready,
	job_state_downloading, job_state_decoding, job_state_done, job_state_failed,
	job_state_ending, job_state_over;

/* ---- job.c ---- */

/** The only one that changes states. NULL: stay. */
void job_change(struct job *j, const struct job_state_ops *next);
/** Store, or once more when it is being stored. */
void job_store(struct job *j);

/* ---- job_adopt.c ---- */

/** What a restart finds: begin where the record says. */
void job_adopt(struct job *j);

/* ---- steps of states; those that return a state return the next one ---- */

/** No further: without a person, or another report. @p text empty: as it is */
const struct job_state_ops *job_fail(struct job *j, enum job_end end, const char *text);
/** Stand still; the record stays as it is. */
const struct job_state_ops *job_hold(struct job *j, enum job_end end);
const struct job_state_ops *job_finish(struct job *j, enum job_end end);
/** Begin of a state that is one of the last. */
const struct job_state_ops *job_end_begin(struct job *j);
/** Make the file that was handed to us the one that was waited for. */
const struct job_state_ops *job_take_handed(struct job *j);
/** Name the file, unless it has a name. */
const struct job_state_ops *job_begin_download(struct job *j);
void job_unawait(struct job *j);

/* ---- parts of the record ---- */

void job_set_state(struct job *j, enum job_state state);
void job_set_text(struct job *j, const char *text);
/** The mail's link was followed, and the report is still waited for. */
void job_use_mail(struct job *j);
/** Forget the links, and which of them was fetched. */
void job_drop_links(struct job *j);
/** What was known of the file; its name stays. */
void job_drop_file(struct job *j);
void job_forget(char **text);
void job_replace(char **text, char *copy);
/** Empty: NULL. @return ERR_OK, ERR_NOMEM */
enum err job_copy_text(struct str text, char **ret_copy) MUST_CHECK;

/** Since when its age counts. */
int64_t job_aged_ms(const struct job *j);
/** A duration that can be added to any time. */
int64_t job_ms(uint64_t duration_ms);
/**
 * A time to wait until: not so soon that what came meanwhile is not seen, and not so late as a
 * wrong clock would have it.
 */
int64_t job_within(const struct job *j, int64_t at_ms, uint64_t longest_ms);

#endif /* RECEIVER_REPORT_JOB_JOB_INTERNAL_H */

/* SPDX-License-Identifier: MIT */
/** job_internal - what job.c and job_states.c share. */
#ifndef RECEIVER_REPORT_JOB_INTERNAL_H
#define RECEIVER_REPORT_JOB_INTERNAL_H

#include "receiver/report/job.h"

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
	int64_t unsure_ms; /* when the order was sent that the present one repeats */
	enum job_end end;  /* for finished() */
	bool has_entered;  /* the state's begin() was called */
	bool is_storing;
	bool is_dirty; /* something has changed since store() */
	bool is_awaiting;
	bool is_told;      /* the links came by job_ready() */
	bool is_new_stale; /* people are still to be told */
	bool is_last;      /* the last slice is on its way, with a done record */
};

extern const struct job_state_ops job_idle, job_requested, job_accepted_state, job_waiting,
	job_ready_state, job_downloading, job_decoding, job_done, job_stale, job_failed;

/** What a restart finds: begin where the record says. */
void job_adopt(struct job *j);
/** The only one that changes states. NULL: stay. */
void job_change(struct job *j, const struct job_state_ops *next);
void job_store(struct job *j);

/** No further without a person, or another report. @return the state for it */
const struct job_state_ops *job_fail(struct job *j, enum job_end end, const char *text);
/** Make the file that was handed to us the one that was waited for. @return the state for it */
const struct job_state_ops *job_take_handed(struct job *j);

/** Forget the links, and which of them was fetched. */
void job_drop_links(struct job *j);

#endif /* RECEIVER_REPORT_JOB_INTERNAL_H */

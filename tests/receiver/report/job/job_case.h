/* SPDX-License-Identifier: MIT */
/**
 * job_case - a job whose port writes down what it is asked for.
 *
 * The trace is the port's calls in order, with blanks between: "store:waiting await". A store is
 * on disk when the case settles.
 */
#ifndef TESTS_RECEIVER_REPORT_JOB_JOB_CASE_H
#define TESTS_RECEIVER_REPORT_JOB_JOB_CASE_H

#include "receiver/report/job/job.h"

#define CASE_NOW     1000000000
#define CASE_TIMEOUT 600000
#define CASE_GIVE_UP 3600000

struct job_case {
	struct job *job;
	struct job_conf conf;
	struct buf trace;
	struct buf disk;    /* what is stored */
	struct buf pending; /* what store() was called with */
	bool is_storing;
	int64_t now_ms;
	unsigned names;
	unsigned finished;
	enum job_end end;
};

int job_case_set_up(void **state);
int job_case_tear_down(void **state);

/** A record from lines as they are stored. */
struct job_record job_case_record(struct str text);

/** Begin with what is stored; nothing is settled. The job before, if any, is gone. */
void job_case_begin(struct job_case *s, const char *stored);
/** Answer stores until none is under way. */
void job_case_settle(struct job_case *s);
/** Begin, settle, and forget the trace. */
void job_case_stand(struct job_case *s, const char *stored);
/** An event, then settle. */
void job_case_event(struct job_case *s, enum job_event event);
void job_case_event_with(struct job_case *s, enum job_event event, enum job_end end,
                         const char *text);
void job_case_accept(struct job_case *s, const char *id);
void job_case_ready(struct job_case *s, const char *link, bool is_shared);
enum err job_case_hand(struct job_case *s, const char *file);

/** What was asked for since the last time; it is forgotten then. */
void job_case_saw(struct job_case *s, const char *trace);
enum job_state job_case_state(const struct job_case *s);

#endif /* TESTS_RECEIVER_REPORT_JOB_JOB_CASE_H */

/* SPDX-License-Identifier: MIT */
/**
 * job_scene - a job whose port writes down what it is asked for.
 *
 * The trace is the port's calls in order, with blanks between: "store:waiting await". A store is
 * on disk when the scene settles.
 */
#ifndef TESTS_RECEIVER_REPORT_JOB_SCENE_H
#define TESTS_RECEIVER_REPORT_JOB_SCENE_H

#include "receiver/report/job.h"

#define SCENE_NOW     1000000000
#define SCENE_TIMEOUT 600000
#define SCENE_GIVE_UP 3600000

struct job_scene {
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

int job_scene_set_up(void **state);
int job_scene_tear_down(void **state);

/** A record from lines as they are stored. */
struct job_record job_scene_record(struct str text);

/** Begin with what is stored; nothing is settled. The job before, if any, is gone. */
void job_scene_begin(struct job_scene *s, const char *stored);
/** Answer stores until none is under way. */
void job_scene_settle(struct job_scene *s);
/** Begin, settle, and forget the trace. */
void job_scene_stand(struct job_scene *s, const char *stored);
/** An event, then settle. */
void job_scene_event(struct job_scene *s, enum job_event event);
void job_scene_event_with(struct job_scene *s, enum job_event event, enum job_end end,
                          const char *text);
void job_scene_accept(struct job_scene *s, const char *id);
void job_scene_ready(struct job_scene *s, const char *link, bool is_shared);
enum err job_scene_hand(struct job_scene *s, const char *file);

/** What was asked for since the last time; it is forgotten then. */
void job_scene_saw(struct job_scene *s, const char *trace);
enum job_state job_scene_state(const struct job_scene *s);

#endif /* TESTS_RECEIVER_REPORT_JOB_SCENE_H */

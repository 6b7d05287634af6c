/* SPDX-License-Identifier: MIT */
/**
 * job - one report that a vendor is ordered to build, as a state machine without I/O and clock.
 *
 *     idle ─turn─▶ requested ─▶ accepted ─▶ waiting ─▶ ready ─▶ downloading ─▶ decoding ─▶ done
 *                      │            (202)      │ ▲       ▲            │  next part ▲ │
 *                      │ may have arrived ─────┘ │       │            └──────┬─────┘ │
 *                      │                         │       └── late ── stale ◀─┼ timeout
 *                      └──▶ failed               └── of another report ──────┘
 *
 * Each step is stored before it is taken: entering a state asks the port to store the record, and
 * what the state does begins with JOB_EV_STORED. A restart reads the record and goes on with
 * job_begin(): it never orders again what the vendor may be building. An order of which nobody
 * knows whether it arrived (is_unsure) waits like one that did; only when its time is over without
 * a sign is it sent a second time.
 *
 * What was stored and how it is adopted:
 *
 *     idle                   order
 *     requested              it may have been sent: wait, unsure
 *     accepted, waiting      wait, for JOB_GRACE_MS at least, so that what came meanwhile is seen
 *     ready, downloading     download, or go on with it (who adopts it marks `mail` once more)
 *     decoding               decode from `place` on
 *     stale                  the fallback report, where there is one (now); else wait on
 *     failed                 the fallback report when is_fallback; else a new order (who loads such
 *                            a record removes its files)
 *     done                   it is done; nothing is ordered
 *
 * A link that is dead, or a file that is gone or is no report (JOB_EV_DEAD_LINK): of a shared link,
 * or when another file was handed to us, it waits again; by POLL another link is asked for, once;
 * else the job has failed. After that, files are read from their beginning: rows that were
 * committed before are known by their keys.
 *
 * Times are by the wall clock. While a job runs, who drives it watches whether that is set
 * (job_clock_set()); what is adopted is as old as the wall clock says then, but never younger than
 * nothing, and waits no longer than its whole time.
 *
 * An event that a state does not wait for is ignored: it was on its way when the state changed.
 * Exceptions, which are our own bugs: JOB_EV_STORED when nothing is being stored, any event before
 * job_begin(), and JOB_EV_ACCEPTED and JOB_EV_READY by job_event(). After finished() everything is
 * ignored.
 *
 * Each state is a `const struct job_state_ops`; one function changes states. Calls of the port must
 * not call the job again from within. `until_ms` of the record may change with each call of the
 * job: the timer is set to it anew after each.
 */
#ifndef RECEIVER_REPORT_JOB_JOB_H
#define RECEIVER_REPORT_JOB_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

#define JOB_LINKS_MAX  1000
/** Of one job: the first, and one more when it gave no sign. */
#define JOB_ORDERS_MAX 2
/** Least time of waiting for what came while nobody waited; not longer than the timeout. */
#define JOB_GRACE_MS   120000
/** Of a file's name, with NUL. */
#define JOB_NAME_SIZE  65
/** Bytes of a record's text; links that need more fail the job. */
#define JOB_RECORD_MAX ((size_t)40 * 1024)
/** Mails that an order remembers: of more the newest. */
#define JOB_USED_MAX   16

enum job_state {
	JOB_IDLE, /* nothing was ordered */
	JOB_REQUESTED,
	JOB_ACCEPTED,
	JOB_WAITING,
	JOB_READY,
	JOB_DOWNLOADING,
	JOB_DECODING,
	JOB_DONE,
	JOB_STALE,
	JOB_FAILED,
};

/** "requested"; static. Of the record's text, `status` and metrics. */
const char *job_state_str(enum job_state state);

/** The mail that had the link; uid 0: none. */
struct job_mail {
	uint32_t uid_validity, uid; /* as IMAP counts */
	uint64_t box;               /* whose numbers these are: mailbox_identity(); 0: not known */
	uint64_t digest;            /* of what is in it; 0: not known */
};

/** A place between two slices of a file, as normalise/decode/csv_cut.h has it. */
struct job_place {
	uint64_t offset, line, rows;
};

/**
 * What is kept of a job: stored within the run's checkpoint (run_checkpoint.h). Texts are owned;
 * NULL: none. Links are secrets: never logged, never shown.
 */
struct job_record {
	enum job_state state;
	int64_t ordered_ms; /* wall clock: just before the (last) order was sent */
	int64_t aged_ms;    /* its age counts from then: ordered_ms, moved when the clock was set;
	                       0: ordered_ms itself */
	int64_t since_ms;   /* when this state began */
	int64_t until_ms;   /* WAITING: stale then; STALE: given up then; 0 */
	unsigned orders;    /* sent, or perhaps sent */
	bool is_unsure;     /* the last one may not have arrived */
	bool is_shared;     /* the link may be of another job of the campaign: the file says */
	bool is_fallback;   /* STALE, FAILED: the fallback report takes its place */
	bool is_renewed;    /* POLL: a link was dead, another one was asked for */
	char *id;           /* the vendor's */
	char *status_url;   /* absolute */
	char **links;       /* absolute; none: `download` of the profile says */
	size_t link_count;
	struct job_mail mail; /* had them: it is to be marked as seen, again after a restart */
	uint64_t used[JOB_USED_MAX]; /* digests of mails before that one, the oldest first: their
	                                links were followed, and are not again */
	size_t used_count;
	size_t part;            /* which of them is being fetched, from 0; those before it are not
	                           stored, unless is_counted */
	bool is_counted;        /* not stored itself. Equal rows are counted over all files: what is
	                           stored begins with the first one, as long as another one is read */
	char *file;             /* name within the folder of downloads; the same for all parts */
	uint64_t file_bytes;    /* of the whole file, once it is there; 0: not yet */
	char *validator;        /* ETag or Last-Modified of what is there of the file */
	char *media_type;       /* of the file */
	struct job_place place; /* DECODING: rows before it are committed */
	char *handed_link; /* of a file that another job found to be ours while we had our own */
	char *handed_file;
	uint64_t handed_bytes;
	char text[240]; /* STALE, FAILED, unsure: why, for people; no link in it */
};

/** Free the texts; everything is 0 then. */
void job_record_fini(struct job_record *r);

/**
 * Append its lines ("job waiting\n", "job-id …\n", …; values percent-encoded) to a checkpoint's
 * text. Nothing for JOB_IDLE.
 *
 * @return ERR_OK, ERR_LIMIT, ERR_NOMEM
 */
enum err job_record_write(const struct job_record *r, struct buf *b) MUST_CHECK;

/**
 * One line of them, in any order. Lines of a later version ("job-…") are passed over; of two of one
 * name the last one counts, but for links.
 *
 * @param name  "job", "job-id"; @p value as written
 * @return ERR_OK, ERR_NOENT it is no line of a job, ERR_PARSE, ERR_NOMEM; after an error the record
 *         is as good as before the call
 */
enum err job_record_line(struct job_record *r, struct str name, struct str value) MUST_CHECK;

/** How a job ended, or why it stands still for now. */
enum job_end {
	JOB_END_DONE,     /* every row is committed */
	JOB_END_FALLBACK, /* stale or failed: the fallback report is to be asked */
	JOB_END_REFUSED,  /* the vendor refuses the order */
	JOB_END_FAILED,   /* the vendor could not build it, or what came is no report, or no sign in
	                     all the time */
	JOB_END_LATER, /* not now (rate limit, circuit, disk full, network): the record stays, the
	                  next run goes on */
	JOB_END_UNAUTHORIZED, /* likewise */
};

enum job_event {
	JOB_EV_TURN,         /* the order can be sent now */
	JOB_EV_STORED,       /* the record is on disk */
	JOB_EV_ACCEPTED,     /* job_accepted() */
	JOB_EV_UNSURE,       /* it was sent, and nobody knows more */
	JOB_EV_REFUSED,      /* a definite no */
	JOB_EV_NOT_SENT,     /* nothing of it was sent: LATER, UNAUTHORIZED or FAILED, in end */
	JOB_EV_READY,        /* job_ready() */
	JOB_EV_BUILD_FAILED, /* the vendor says that it failed */
	JOB_EV_TIME,         /* until_ms has come */
	JOB_EV_DOWNLOADED,   /* the file is whole, and synced */
	JOB_EV_DEAD_LINK,    /* refused, expired, no report behind it, or the file is gone; who says
	                        so has removed the file */
	JOB_EV_HELD,         /* not now: in end, LATER or UNAUTHORIZED */
	JOB_EV_HANDED_OVER,  /* the file was another job's, which has it now. Nobody took it:
	                        JOB_EV_DEAD_LINK */
	JOB_EV_DECODED,      /* every row of this file is committed or on its way */
	JOB_EV_BROUGHT,      /* a person imported the report: nothing is to be waited for */
};

/** What a job asks of the world: implemented by run_job.c, and by a fake in the tests. */
struct job_port {
	/**
	 * Store the record as it is now, then JOB_EV_STORED. Not called again before that: what has
	 * changed meanwhile is stored with another call from within JOB_EV_STORED, and only when
	 * the last one is on disk is the next step taken.
	 */
	void (*store)(void *arg);
	/** Ask for a turn to send the order (JOB_EV_TURN, or JOB_EV_NOT_SENT). */
	void (*order)(void *arg);
	/** It is stored that it is sent: send it now. */
	void (*send)(void *arg);
	/** Find out when it is ready: mailbox, poll or hand. Again after each adoption. When there
	 * is nothing to ask (POLL, unsure, without id and status URL): nothing, its time will come.
	 */
	void (*await)(void *arg);
	/** No longer; also when it was not waited for. A turn that was asked for and has not been
	 * used is not wanted any more either. */
	void (*unawait)(void *arg);
	/** What job_ready() gave is on disk: the mail can be marked as seen. unawait() follows. */
	void (*kept)(void *arg);
	/** A name that no file in the folder of downloads has. */
	void (*name)(void *arg, char ret_name[JOB_NAME_SIZE]);
	/** Fetch links[part] into file, or go on with it (validator). */
	void (*download)(void *arg);
	/** Read file from place on. */
	void (*decode)(void *arg);
	/** It has become stale (not when a stale one is adopted): tell people. It is still waited
	 * for, unless there is a fallback. */
	void (*stale)(void *arg);
	/** It is over, or stands still; once. What was begun and has not ended is to be stopped.
	 * DONE: remove file, handed_file and the vendor's copy; FALLBACK, REFUSED, FAILED: the
	 * files. */
	void (*finished)(void *arg, enum job_end end);
};

struct job;

struct job_conf {
	const struct job_port *port; /* borrowed, as arg */
	void *arg;

	enum job_by { JOB_BY_MAILBOX, JOB_BY_POLL, JOB_BY_HAND } by;

	uint64_t timeout_ms; /* after the order: waiting, then stale */
	uint64_t give_up_ms; /* after the order: stale, then failed; at least as long as a run is
	                        due again */
	bool has_fallback;
	bool is_counted; /* of the record */
};

/**
 * @param record  what was stored; its texts are moved into the job and it is emptied
 * @return ERR_OK, ERR_NOMEM
 */
enum err job_new(const struct job_conf *conf, struct job_record *record,
                 struct job **ret_job) MUST_CHECK;
/** Never calls the port. Accepts NULL. */
void job_free(struct job *j);

/** Begin, or adopt what was stored. Once. */
void job_begin(struct job *j, int64_t now_ms);
/** @p text  for people, where the event is bad news; else "" */
void job_event(struct job *j, enum job_event event, enum job_end end, const char *text,
               int64_t now_ms);

/**
 * The wall clock was set forward by so much (negative: back) while time passed as ever: the order
 * is as old as before, and has as much time left. Stored while it is waited for.
 */
void job_clock_set(struct job *j, int64_t by_ms, int64_t now_ms);

/** What an accepted order's answer says. All may be empty; copied. */
struct job_acceptance {
	struct str id, status_url;
	const struct str *links; /* it is ready at once */
	size_t link_count;
	bool is_ready; /* also without links: `download` says where */
	/* The answer was the report itself, which is whole and synced in this file of the folder;
	 * then is_ready. Empty: it was not. */
	struct str file;
	struct str media_type;
	uint64_t file_bytes;
};

/** JOB_EV_ACCEPTED. Links that are too many to be stored fail the job. @return ERR_OK, ERR_NOMEM:
 * nothing happened */
enum err job_accepted(struct job *j, const struct job_acceptance *a, int64_t now_ms) MUST_CHECK;
/** Which mail the links come from that job_ready() is going to give; ignored when none can come. */
void job_note_mail(struct job *j, struct job_mail mail);
/** JOB_EV_READY, also while stale. Links that are too many to be stored fail the job.
 * @return ERR_OK, ERR_NOMEM, ERR_EXISTS it has links already, or is not waiting */
enum err job_ready(struct job *j, const struct str *links, size_t count, bool is_shared,
                   int64_t now_ms) MUST_CHECK;
/**
 * Another job of the campaign found that this file is ours. Taken at once while waiting or stale,
 * else kept until it is waiting again. It is ours for good with the next store(): called from
 * within, or, when one is under way, after that one's JOB_EV_STORED.
 *
 * @param link   may be empty
 * @param bytes  of the file, > 0
 * @return ERR_OK, ERR_EXISTS it has one already, has not ordered yet, or is over; ERR_NOMEM
 */
enum err job_hand(struct job *j, struct str link, struct str file, uint64_t bytes,
                  int64_t now_ms) MUST_CHECK;

/** Of the download: kept with the next store; a new validator is stored at once. Empty texts and 0:
 * not known. @return ERR_OK, ERR_NOMEM: nothing changed */
enum err job_note_file(struct job *j, struct str validator, struct str media_type,
                       uint64_t file_bytes) MUST_CHECK;
/** Rows before @p place are committed with the record as it stands then. */
void job_note_place(struct job *j, struct job_place place);
/** The last slice of the last file (`part + 1 >= link_count`): the record that goes with its commit
 * is a done one. JOB_EV_DECODED then stores nothing any more; without this call (the last file had
 * no rows) it stores a done record itself. */
void job_note_last(struct job *j, int64_t now_ms);

const struct job_record *job_record(const struct job *j);

#endif /* RECEIVER_REPORT_JOB_JOB_H */

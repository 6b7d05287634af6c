/* SPDX-License-Identifier: MIT */
/**
 * run_job_parts - what the files of receiver/report/run_job share. Not for others.
 *
 *     run_job.c         the turns of its run, and what the job is told
 *     run_job_port.c    what the job asks for
 *     run_job_shown.c   what is told of it
 *     run_job_order.c   the order and its answer
 *     run_job_body.c    an answer that is the report itself, into the file
 *     run_job_wait.c    mailbox, poll, and the clock
 *     run_job_file.c    names, downloads, removal
 *     run_job_slices.c  slices of the file become pieces
 *     run_job_hand.c    files of other jobs, and what people bring
 *     run_job_end.c     ends, fallback, the vendor's copy
 *
 * Calls of the job's port only begin things: what fails at once is told to the job in the next turn
 * (run_job_later()).
 */
#ifndef RECEIVER_REPORT_RUN_RUN_JOB_PARTS_H
#define RECEIVER_REPORT_RUN_RUN_JOB_PARTS_H

#include "core/clock_watch.h"
#include "core/log.h"
#include "receiver/report/file/download.h"
#include "receiver/report/file/report_file.h"
#include "receiver/report/job/job.h"
#include "receiver/report/job/job_answer.h"
#include "receiver/report/job/job_poll.h"
#include "receiver/report/mail/mailboxes.h"
#include "receiver/report/run/run_parts.h"

#define RUN_JOB_MAGIC  0x726a6f62U
#define ORDER_BODY_MAX ((size_t)1024 * 1024) /* of an answer; more of it is a report */
#define CLOCK_LEAST_MS 100
#define CLOCK_AGAIN_MS 30000 /* the wall clock may be set */
#define JOB_RETRY_MS   60000 /* when nobody says how long */
#define JOB_HOSTS_MAX  (2 * HOSTS_MAX + 2)
#define JOB_TEXT_SIZE  240
#define JOB_MEMORY_MAX ((size_t)4 * 1024 * 1024) /* links of an answer */
#define FILE_PATH_MAX  ((size_t)4096)
#define JOB_REMOVE_MS  60000

/** The order's answer. */
struct run_order {
	struct vendor_call *call; /* NULL: none under way */
	bool is_sent;             /* it may go, and go again */
	bool has_turn;            /* of a further try, to be let go */
	unsigned status;
	char *location, *operation_location, *content_location, *media_type; /* owned */
	int64_t retry_after_s;
	struct buf body; /* the first ORDER_BODY_MAX of it */
	char *name;      /* owned: the file that the rest went to; NULL: none */
	int fd;          /* of it; -1 */
	uint64_t bytes;  /* in it */
	bool is_lost;    /* it could not be written: text */
	char text[JOB_TEXT_SIZE];
};

struct run_job {
	unsigned magic;
	struct report_run *run;      /* borrowed: owns us */
	struct report_job_conf conf; /* members are borrowed */
	struct source *own_source;   /* borrowed: a reference of the run's */
	struct source *fallback;     /* a reference; NULL: none */
	const struct profile_report *own_spec;
	const struct job_spec *spec;
	bool is_fallback; /* the run reads the fallback's pages */

	struct job *job; /* of the present window; NULL: not begun, or over */
	bool is_moved;   /* the run has gone on to the next window */
	bool has_stored; /* the job is to be told so */
	bool has_event;  /* likewise of this */
	enum job_event event;
	enum job_end event_end;
	char event_text[JOB_TEXT_SIZE];
	bool has_end; /* it has told its end, which is to be dealt with */
	enum job_end end;
	char text[JOB_TEXT_SIZE]; /* of the last bad news */
	uint64_t retry_ms;

	enum job_state shown; /* in the progress */
	char shown_text[JOB_TEXT_SIZE];

	struct run_order order;
	struct worker *syncing; /* borrowed; the order's file is being synced. NULL */

	struct loop_timer *clock;     /* owned */
	struct clock_watch watch;     /* since the job began */
	struct mail_waiter *waiter;   /* owned; NULL */
	bool wants_waiter;            /* there was no place at the mailbox */
	bool has_mail;                /* it was told a link that is not yet kept */
	uint64_t first_ms;            /* pause before the first question, as the answer says */
	struct job_poll *poll;        /* owned; NULL */
	struct report_mail_spec mail; /* of the two below */
	struct str hosts[JOB_HOSTS_MAX];
	size_t host_count;
	char *host_text; /* owned: of those that are ours */

	struct download *download;      /* owned; NULL */
	uint64_t counted_bytes;         /* of it, in the metrics */
	uint64_t before_bytes;          /* in the file, before it */
	bool wants_file;                /* it is to be opened */
	struct report_file *file;       /* owned; NULL: not being read */
	struct piece *piece;            /* owned: the slice whose rows are being counted; NULL */
	struct report_file_slice slice; /* the same, of which the texts are gone */
	uint64_t behind;                /* rows that are committed: only counted */
	uint64_t rows;                  /* of this file */
	bool is_checked;                /* its columns are ours */

	bool is_handing;            /* another run decides about our file */
	bool is_offered;            /* that was logged */
	struct loop_timer *offer;   /* owned; it is offered again */
	struct vendor_call *remove; /* NULL: not under way */
	struct arena arena;
};

/* ---- run_job.c ---- */

/** Tell the job. Not from within its port. */
void run_job_tell(struct run_job *rj, enum job_event event, enum job_end end, const char *text);
/** The same, in the next turn. The last one counts. */
void run_job_later(struct run_job *rj, enum job_event event, enum job_end end, const char *text);
/** The wall clock, for the job: it knows then whether that was set. */
int64_t run_job_now(struct run_job *rj);
/** The job was called: its clock, and what is shown of it. */
void run_job_after(struct run_job *rj);
/** How long the report is waited for after its order. */
uint64_t run_job_timeout(const struct run_job *rj);
/** And when it is given up. */
uint64_t run_job_give_up(const struct run_job *rj);
/** End everything that is under way, but for what cannot be ended. */
void run_job_stop(struct run_job *rj);

/* ---- run_job_port.c ---- */

extern const struct job_port run_job_port;

/** A piece of the record as it stands now. @return NULL: the run has ended */
struct piece *run_job_piece(struct run_job *rj);

/* ---- run_job_shown.c ---- */

const struct job_record *run_job_record(const struct run_job *rj);
/** Names of its requests. As template_lookup_fn(). */
bool run_job_name(void *arg, struct str name, struct str *ret_text);
/** The progress of the run says where it stands. */
void run_job_show(struct run_job *rj);
void run_job_log(const struct run_job *rj, enum log_level level, const char *event,
                 struct log_field field);

/* ---- run_job_order.c ---- */

void run_order_init(struct run_order *o);
void run_order_fini(struct run_order *o);
void run_order_begin(struct run_job *rj);
void run_order_send(struct run_job *rj);
/** A further try has its turn. */
void run_order_go_on(struct run_job *rj);
/** What the answer means. @p is_whole  its body is in a file, whole and synced */
void run_order_judge(struct run_job *rj);

/* ---- run_job_body.c ---- */

/** Bytes of a 200. */
void run_body_take(struct run_job *rj, struct str bytes);
/** All of it is there: into the file, synced, then run_body_done(). */
void run_body_keep(struct run_job *rj);

/* ---- run_job_wait.c ---- */

/** Which hosts, and which mails. @return ERR_OK, ERR_NOMEM */
enum err run_wait_init(struct run_job *rj) MUST_CHECK;
void run_wait_begin(struct run_job *rj);
void run_wait_end(struct run_job *rj);
/** Of the job that the run's checkpoint has. */
void run_wait_mark_again(const struct run_job *rj);
void run_wait_kept(struct run_job *rj);
/** Set the clock to the job's time. */
void run_wait_clock(struct run_job *rj);
/** Has its time come? */
void run_wait_look(struct run_job *rj);

/* ---- run_job_file.c ---- */

/** Path of a file in the folder, which is made. @return ERR_OK, ERR_NOMEM, ERR_IO */
enum err run_file_path(const struct run_job *rj, const char *name, struct buf *path) MUST_CHECK;
void run_file_name(const struct run_job *rj, char ret_name[JOB_NAME_SIZE]);
void run_file_download(struct run_job *rj);
/** Accepts NULL. */
void run_file_remove(const struct run_job *rj, const char *name);

/* ---- run_job_slices.c ---- */

void run_slices_begin(struct run_job *rj);
/** One slice, or a part of it, when there is room. */
void run_slices_turn(struct run_job *rj);
void run_slices_end(struct run_job *rj);

/* ---- run_job_hand.c ---- */

/** The timer's: offer it again. */
void run_hand_on_time(void *arg);
/** The file is @p of's. */
void run_hand_over(struct run_job *rj, const struct profile_report *of);

/* ---- run_job_end.c ---- */

/** What the record names in the folder. */
void run_job_remove_files(struct run_job *rj);
/** The job has told its end. */
void run_job_settle(struct run_job *rj);

#endif /* RECEIVER_REPORT_RUN_RUN_JOB_PARTS_H */

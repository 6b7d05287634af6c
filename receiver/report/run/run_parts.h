/* SPDX-License-Identifier: MIT */
/**
 * run_parts - what the files of report/run share. Not for others.
 *
 *     run_new.c     makes and frees it
 *     run.c         begins, stops and ends it; run_turn() does whatever can be done now
 *     run_begin.c   where it begins: goes on with an unfinished window, or anew
 *     run_window.c  which stretch of time comes next
 *     run_ask.c     one request; what its end means
 *     run_page.c    reads pages
 *     run_stream.c  cuts streams into slices
 *     run_piece.c   payloads on their way to the journal, one commit at a time and in order
 *     run_job*.c    reports that are ordered (run_job_parts.h)
 */
#ifndef RECEIVER_REPORT_RUN_RUN_PARTS_H
#define RECEIVER_REPORT_RUN_RUN_PARTS_H

#include <sys/queue.h>

#include "core/arena.h"
#include "core/buf.h"
#include "normalise/decode/stream_cut.h"
#include "normalise/ordinals.h"
#include "receiver/report/run/run.h"
#include "receiver/report/run/run_checkpoint.h"
#include "receiver/report/run/window.h"
#include "receiver/report/vendor/paging.h"

#define RUN_MAGIC 0x72756e21U

#define PAGES_WAITING_MAX  2 /* pages that wait for their commit, and so many bytes of them */
#define BYTES_WAITING_MAX  ((size_t)8 * 1024 * 1024)
#define SLICES_WAITING_MAX 4
#define READER_AGAIN_MS    10 /* the reader of a dry run had enough for the moment */
#define SLICE_BYTES        ((size_t)256 * 1024)
#define VALUE_BYTES_MAX    ((size_t)1024 * 1024)
#define PAGE_TRIES_MAX     3 /* of a page that cannot be read */
#define PAGE_MEMORY_MAX    ((size_t)1024 * 1024)
#define STORE_AGAIN_MS     1000
#define CHECKPOINT_MAX     ((size_t)64 * 1024)

struct report_run;
struct row_file;
struct run_job;
struct piece;

/** It is committed, or was dropped. Only notes it, and wakes the run. */
typedef void (*piece_gone_fn)(struct report_run *run, const struct piece *piece, bool is_committed);

/** One step of the way that is to be committed: a payload, the checkpoint it moves, or both. */
struct piece {
	STAILQ_ENTRY(piece) link;
	bool has_payload, has_checkpoint;
	bool is_page; /* also when it has no rows */
	bool is_counting;
	size_t records;
	piece_gone_fn on_gone;              /* NULL: nobody asks */
	void (*handed)(void *arg, bool ok); /* of struct report_handed; NULL */
	void *handed_arg;                   /* borrowed */
	struct payload payload;             /* of the three below */
	struct buf body, vars, media_type;
	struct buf text; /* of the checkpoint */
};

STAILQ_HEAD(piece_list, piece);

struct report_run {
	unsigned magic;
	struct loop *loop; /* borrowed, as are the next three */
	struct ingest *ingest;
	struct store *store;
	struct vendor_client *client;
	struct source *source;             /* a reference of ours; the fallback's: the job's */
	const struct profile_report *spec; /* borrowed from the source's profile */
	const struct limits_spec *limits;  /* likewise */
	struct window_spec window_spec;    /* the profile's with the configuration's start */
	const struct window_spec *times;   /* how from and to are written: the same, or the
	                                      fallback's */
	const struct timestamp_zone *zone; /* borrowed */
	struct report_value *values;       /* owned; their texts stand behind them */
	size_t value_count;
	int64_t from_ms, to_ms; /* what a person asked for */
	bool is_adoption;       /* it only goes on with what was ordered */
	struct report_run_ops ops;
	void *arg; /* borrowed */

	struct buf key;           /* of the checkpoint */
	struct buf vars;          /* loop values as payloads have them */
	bool is_loaded;           /* the checkpoint was read */
	bool is_getting;          /* it is being read */
	struct run_checkpoint at; /* where the run stands once all pieces are committed */
	struct buf committed;     /* text of the checkpoint as the last piece has it */

	struct window window;
	int64_t until_ms; /* end of the last window */
	struct buf from_text, to_text;
	struct paging paging;
	bool is_resumed;      /* the next page is the one a checkpoint names: it may have expired */
	bool is_first;        /* the next page is the first one of the run */
	bool wants_page;      /* the next page, or stream, is to be asked for */
	unsigned tries;       /* of this page, that could not be read */
	struct ordinals *bag; /* owned; NULL: neither report nor fallback has ordinals */
	struct row_file *bag_file; /* owned: what of it is not in memory; NULL */
	struct ordinals *ordinals; /* the same; NULL: what is being read has none */
	bool has_doubts;           /* the next read may believe rows that this one does not */

	struct vendor_call *call; /* NULL: none under way */
	struct buf body;          /* PAGE: what came of it */
	struct arena arena;
	struct stream_cut *cut; /* owned; NULL: no stream under way */
	bool is_held;           /* the call waits for commits */
	struct run_job *job;    /* owned; NULL: the report is asked for */

	struct piece_list pieces;
	size_t piece_count, piece_bytes;
	bool is_putting; /* the first one is being committed */

	struct loop_timer *wake; /* owned */
	uint64_t begun_mono_ms;
	bool is_over;     /* the result is known: nothing more is asked */
	bool is_canceled; /* nothing more is committed either */
	bool is_told;     /* on_done() was called */
	struct report_result result;
};

/* ---- run.c ---- */

/** The loop's timer: a turn, and its end. */
void run_on_wake(void *arg);
/** Do what can be done now. Not from on_body(). */
void run_turn(struct report_run *run);
/** run_turn() soon, from the loop. */
void run_kick(struct report_run *run);
/** This is how it ends, once what was read is committed. The first end counts, but what was
 * done can still fail before it is committed. */
void run_end(struct report_run *run, enum report_end end, const char *text);
/** The same, and what waits is not committed. */
void run_abandon(struct report_run *run, enum report_end end, const char *text);
bool run_is_dry(const struct report_run *run);
/** Whether it moves the checkpoint. */
bool run_is_kept(const struct report_run *run);
/** The progress has changed. */
void run_tell(struct report_run *run);

/* ---- run_begin.c ---- */

/** The checkpoint is known: to the first window, or to the end when there is none. */
void run_begin(struct report_run *run);

/* ---- run_window.c ---- */

/** A window from its first page on. */
void run_enter(struct report_run *run, const struct window *window);
/** The window is read: to the next one, or to the end. */
void run_next_window(struct report_run *run);
/** The present window from its first page on. */
void run_rewind(struct report_run *run);
/** The window's times as they are given to the vendor. They can end the run. */
void run_print_window(struct report_run *run);
/** Nothing is left to ask for. */
void run_complete(struct report_run *run);

/* ---- run_ask.c ---- */

void run_ask(struct report_run *run);
/** Loop values and times of the window. As template_lookup_fn(). */
bool run_name(const struct report_run *run, struct str name, struct str *ret_text);
/** A call has ended other than well. */
void run_failed(struct report_run *run, const struct vendor_result *result);
/** The vendor does not want the request. */
void run_refused(struct report_run *run, const char *text);

/* ---- run_page.c, run_stream.c ---- */

extern const struct vendor_ops run_page_ops;
extern const struct vendor_ops run_stream_ops;

/* ---- run_piece.c ---- */

/**
 * A payload's piece, not yet in the list. What it has of rows that count is counted by
 * run_piece_count().
 *
 * @param body  its bytes are moved into the piece; no payload when @p records is 0
 * @param vars  beside the loop values, urlencoded; may be empty
 * @return ERR_OK, ERR_LIMIT the vars are too long, ERR_NOMEM
 */
enum err run_piece_make(struct report_run *run, struct buf *body, size_t records,
                        struct str media_type, struct str vars,
                        struct piece **ret_piece) MUST_CHECK;
/**
 * Count its rows, some of them at a time.
 *
 * @return ERR_OK all are counted, ERR_AGAIN there are more, ERR_LIMIT too many different rows,
 *         ERR_IO they cannot be counted (run_piece_trouble()), ERR_NOMEM
 */
enum err run_piece_count(struct report_run *run, struct piece *piece, size_t most) MUST_CHECK;
/** Both at once. */
enum err run_piece_new(struct report_run *run, struct buf *body, size_t records,
                       struct str media_type, struct str vars, struct piece **ret_piece) MUST_CHECK;
/** What is told of an error of theirs. */
const char *run_piece_trouble(const struct report_run *run, enum err err);
/** It moves the checkpoint to where the run stands now. @return ERR_OK, ERR_NOMEM, ERR_LIMIT the
 * record of the job is too long */
enum err run_piece_seal(struct report_run *run, struct piece *piece) MUST_CHECK;
/** Append it; the list owns it. */
void run_piece_add(struct report_run *run, struct piece *piece);
/** Accepts NULL. */
void run_piece_free(struct piece *piece);
/** Commit the first one, unless that is under way. */
void run_commit(struct report_run *run);
/** Drop what is not being committed. */
void run_drop_pieces(struct report_run *run);

/* ---- run_job.c ---- */

/** The run's report is ordered. @return ERR_OK, ERR_NOMEM */
enum err run_job_new(struct report_run *run, const struct report_job_conf *conf) MUST_CHECK;
/** Accepts NULL. */
void run_job_free(struct run_job *rj);
/** Part of run_turn(). */
void run_job_turn(struct report_run *run);
/** Something of it is still under way. */
bool run_job_is_busy(const struct report_run *run);
/** What the checkpoint is to have of it: @p at with the record lent, not to be freed. */
void run_job_lend(const struct report_run *run, struct run_checkpoint *at);

/* ---- run_job_end.c ---- */

/** A window begins: the report itself is asked for. */
void run_job_enter(struct report_run *run);
/** The checkpoint is known. */
void run_job_loaded(struct report_run *run);
/** The last window is over: the record tells when its order was until there is another one. */
void run_job_keep_last(struct report_run *run);
/** Whether the checkpoint has something that can be gone on with without ordering it again. */
bool run_job_can_go_on(const struct report_run *run);
/** The checkpoint's window is being read from the fallback. @return whether it goes on there */
bool run_job_resume(struct report_run *run);

#endif /* RECEIVER_REPORT_RUN_RUN_PARTS_H */

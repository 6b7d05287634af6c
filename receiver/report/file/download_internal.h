/* SPDX-License-Identifier: MIT */
/** download_internal - what the files of download share; nobody else includes it. */
#ifndef RECEIVER_REPORT_FILE_DOWNLOAD_INTERNAL_H
#define RECEIVER_REPORT_FILE_DOWNLOAD_INTERNAL_H

#include "core/arena.h"
#include "core/backoff.h"
#include "receiver/report/file/download.h"
#include "receiver/report/file/download_file.h"
#include "receiver/report/file/download_head.h"
#include "receiver/report/vendor/trouble.h"

#define DOWNLOAD_MAGIC     0x646f776eU
#define DOWNLOAD_NAMES_MAX 32
#define DOWNLOAD_MEDIA_MAX 128
#define DOWNLOAD_TEXT_SIZE 240

enum download_state {
	DOWNLOAD_WAITING, /* for the next try */
	DOWNLOAD_ASKING,
	DOWNLOAD_SYNCING, /* whole; on its way to the disk */
	DOWNLOAD_OVER,    /* with a result */
};

/** Texts of the names in a request, kept from the first try: the lookup is gone afterwards. */
struct download_names {
	struct arena *arena;       /* borrowed */
	template_lookup_fn lookup; /* while they are collected; then NULL */
	void *lookup_arg;

	struct download_name {
		struct str name, text;
	} names[DOWNLOAD_NAMES_MAX];

	size_t count;
	bool is_full; /* one could not be kept */
};

struct download {
	unsigned magic;
	struct vendor_client *client; /* borrowed */
	struct download_ops ops;
	void *arg;
	struct arena texts;
	struct str url;                     /* empty: request */
	struct str host;                    /* of url, for people */
	const struct request_spec *request; /* borrowed: the client keeps its profile */
	struct download_names names;
	const struct str *hosts;
	size_t host_count;
	bool is_any_host;
	uint64_t max_bytes, timeout_ms, end_ms;
	uint64_t first_end_ms; /* of tries before an answer has begun */
	bool has_begun;
	enum download_state state;

	struct loop_timer *next;  /* the next try, or another go at syncing */
	struct loop_timer *soon;  /* tells what is to be told; ends a call from without */
	struct loop_timer *clock; /* all tries together */
	struct loop_timer *pace;  /* progress */
	struct backoff backoff;

	struct download_file *file; /* owned; NULL: could not be opened */
	struct buf validator;       /* of what is there */
	struct buf media_type;
	int64_t size;      /* of all of it; -1: not said */
	uint64_t best;     /* the most bytes that ever were there */
	unsigned restarts; /* what was there fitted no more */
	bool is_looked_at; /* its first bytes are no page's */

	struct vendor_call *call; /* the present try; NULL */
	uint64_t from;            /* it asked for what follows that */
	bool has_credentials;     /* this try and all later ones */
	bool is_misfit;           /* its answer does not fit what is there */
	bool is_held;             /* until the disk has kept up */

	struct trouble *trouble;         /* of the tries, for the log */
	char why[200];                   /* the last try failed; "" */
	char denied[DOWNLOAD_TEXT_SIZE]; /* what was said to us without credentials; or empty */
	bool is_begin_due, is_end_due;   /* to be told */
	bool is_pacing;
	struct download_result result;
};

/* ---- download.c: tries ---- */

/** The next try in so long. */
void download_next(struct download *d, uint64_t wait_ms);

/* ---- download_told.c: how it ends, and what the owner is told ---- */

/** It is over; the owner is told soon. @p text without the host; "" for DONE */
void download_end(struct download *d, enum download_end end, const char *text);
/** The disk refuses: @p err of download_file. */
void download_end_local(struct download *d, enum err err);
/** All is there: sync. */
void download_finish(struct download *d);
/** The answer has begun. */
void download_tell_begin(struct download *d);
/** Bytes have come. */
void download_tell_progress(struct download *d);
/** Stop the call, which is on the stack, soon. */
void download_stop_soon(struct download *d);
/* of the timers and the file */
void download_on_soon(void *arg);
void download_on_pace(void *arg);
void download_on_time(void *arg);
void download_on_synced(void *arg, enum err err, bool is_last);

/* ---- download_answer.c: what comes ---- */

extern const struct vendor_ops download_vendor_ops;
/** Whether the first bytes are those of a file; else it is over. */
bool download_looks_well(struct download *d);

/* ---- download_verdict.c: what follows from the end of a try ---- */

void download_judge(struct download *d, const struct vendor_result *r);
/** Forget what is there and try again. */
void download_restart(struct download *d);

/* ---- download_names.c ---- */

/** As template_lookup_fn; @p arg is a struct download_names. */
bool download_name(void *arg, struct str name, struct str *ret_text);

#endif /* RECEIVER_REPORT_FILE_DOWNLOAD_INTERNAL_H */

/* SPDX-License-Identifier: MIT */
/**
 * run_checkpoint - where a report stands, and its text in the store. No I/O, no clock.
 *
 * The text is lines of `name value`, the first one says the version:
 *
 *     report 1
 *     watermark 1725353700000        everything before it was asked for and committed
 *     deep 1725350000000             when the last deep run that came to its end began
 *     same 250                       `same` of the first page of the last complete run
 *     claims 1725321600000 ID:4,ID:2  of the last complete read of the window that begins then and
 *                                    still grows: at least so many rows of that id (32 hex digits)
 *     window 1725353700000 1725357300000
 *     begun-deep 1725353800000       the unfinished run is a deep one
 *     first 252                      `same` of the unfinished run
 *     pages 6                        of the window that are committed
 *     cursor page:7%20size:100       the page to go on with; none: the window's first
 *
 *     job waiting                    the window is ordered as a job: its record (job.h). Without a
 *     job-id …                       window: how the last order ended, and when it was; no more
 *
 * Only what is known is written. A run without `window` ended well.
 */
#ifndef RECEIVER_REPORT_RUN_RUN_CHECKPOINT_H
#define RECEIVER_REPORT_RUN_RUN_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "normalise/ordinals.h"
#include "receiver/report/job/job.h"

/** A longer `same` is not kept: then there is always something new. */
#define RUN_SAME_MAX   512
/** A longer cursor is not kept: then the window begins again. Both fit the store's 64 KiB. */
#define RUN_CURSOR_MAX 16384

struct run_checkpoint {
	int64_t watermark_ms;   /* 0: none yet */
	int64_t deep_ms;        /* 0: never */
	char *same;             /* owned, as are all texts; NULL: none */
	int64_t claims_from_ms; /* begin of the claims' window; 0: the report has no windows */
	struct ordinals_claims claims;

	bool has_window;        /* there is an unfinished run; what follows belongs to it */
	int64_t from_ms, to_ms; /* both 0: the report has no windows */
	int64_t begun_deep_ms;  /* 0: it is not a deep one */
	char *first;
	unsigned pages;
	char *cursor; /* NULL: the window's first page */

	struct job_record job; /* JOB_IDLE: none */
};

/** Free the texts; everything is 0 then. */
void run_checkpoint_fini(struct run_checkpoint *c);

/** The run came to its end, all of it is asked for: no window any more. The job stays. */
void run_checkpoint_end(struct run_checkpoint *c);

/** Put a copy into one of the texts. Empty, or longer than @p max: none. @return ERR_OK, ERR_NOMEM
 */
enum err run_checkpoint_text(char **text, struct str value, size_t max) MUST_CHECK;

/** Append the text. @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
enum err run_checkpoint_write(const struct run_checkpoint *c, struct buf *b) MUST_CHECK;

/**
 * @param text  empty: there is none yet, all is 0
 * @return ERR_OK, ERR_PARSE damaged or of another version, ERR_NOMEM
 */
enum err run_checkpoint_read(struct str text, struct run_checkpoint *ret_checkpoint) MUST_CHECK;

#endif /* RECEIVER_REPORT_RUN_RUN_CHECKPOINT_H */

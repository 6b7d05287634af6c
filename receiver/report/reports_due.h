/* SPDX-License-Identifier: MIT */
/**
 * reports_due - when one set of loop values is to run next. No I/O, no clock; private to
 * receiver/report/.
 *
 *     load ─▶ waiting ──run──▶ done: after `every`, from its begin
 *                │             failed: 1 min doubling to 1 h
 *                ▼             refused: 1 h doubling to 1 d
 *             running          later, canceled: as the caller says
 *
 * What is kept over a restart is wall clock, since nothing else survives one; waiting is measured
 * by the monotonic clock, so that a wall clock that jumps neither hastens nor delays anything.
 */
#ifndef RECEIVER_REPORT_REPORTS_DUE_H
#define RECEIVER_REPORT_REPORTS_DUE_H

#include <stdint.h>

#include "core/backoff.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

#define DUE_SPREAD_MS      10000    /* what is due at the start begins within this time */
#define DUE_FAILED_MIN_MS  60000    /* 1 min */
#define DUE_FAILED_MAX_MS  3600000  /* 1 h */
#define DUE_REFUSED_MIN_MS 3600000  /* 1 h */
#define DUE_REFUSED_MAX_MS 86400000 /* 1 d */

enum due_state { DUE_WAITING, DUE_FAILED, DUE_REFUSED };

struct due {
	enum due_state state;
	uint64_t next_ms;     /* monotonic */
	int64_t begin_ms;     /* wall clock of the last run; 0: never */
	int64_t done_ms;      /* and of the last complete one; 0: never */
	int64_t watermark_ms; /* 0: none */
	struct backoff wait;
};

/** Both clocks at one moment. */
struct due_clock {
	int64_t wall_ms;
	uint64_t mono_ms;
};

/** Never run. @param seed  of the jitter; any number */
void due_init(struct due *d, uint64_t seed);

/** What is kept of it, as one line of text. */
enum err due_print(const struct due *d, struct buf *b) MUST_CHECK;

/** @return ERR_OK, ERR_PARSE: nothing was changed */
enum err due_parse(struct due *d, struct str text) MUST_CHECK;

/** It was just loaded, or is new: find out when it runs. */
void due_first(struct due *d, uint64_t every_ms, struct due_clock now);

/** A complete run that began at @p begin. */
void due_done(struct due *d, uint64_t every_ms, struct due_clock begin, struct due_clock now);

/** A complete run of which something else than what was kept tells; then due_first(). */
void due_was_done(struct due *d, int64_t begin_ms, int64_t done_ms);

/** A run that failed (@p state DUE_FAILED) or was refused (DUE_REFUSED). */
void due_failed(struct due *d, enum due_state state, struct due_clock begin, struct due_clock now);

/** `every` has changed: nothing that waits for it waits longer than the new one. */
void due_limit(struct due *d, uint64_t every_ms, uint64_t mono_ms);

#endif /* RECEIVER_REPORT_REPORTS_DUE_H */

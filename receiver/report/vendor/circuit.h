/* SPDX-License-Identifier: MIT */
/**
 * circuit - stop asking a vendor that fails again and again. No I/O, no clock.
 *
 *     closed ──5 failures in a row──▶ open ──time──▶ trial ──success──▶ closed
 *                                       ▲              │
 *                                       └──failure─────┘   (twice as long, at most CIRCUIT_MAX_MS)
 *
 * A refusal of the credentials opens it at once and for longer. While it is open, answers of
 * requests that were sent before change nothing, but for such a refusal.
 */
#ifndef RECEIVER_REPORT_VENDOR_CIRCUIT_H
#define RECEIVER_REPORT_VENDOR_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/backoff.h"

#define CIRCUIT_FAILURES_MAX 5
#define CIRCUIT_MIN_MS       60000    /* 1 min */
#define CIRCUIT_MAX_MS       1800000  /* 30 min */
#define CIRCUIT_AUTH_MIN_MS  900000   /* 15 min: vendors.md 1.1, "minutes, not fast" */
#define CIRCUIT_AUTH_MAX_MS  21600000 /* 6 h */

enum circuit_state { CIRCUIT_CLOSED, CIRCUIT_OPEN, CIRCUIT_TRIAL };

struct circuit {
	enum circuit_state state;
	unsigned failures; /* in a row */
	bool is_auth;      /* opened by refused credentials */
	uint64_t until_ms; /* OPEN: monotonic; TRIAL: then its answer is no longer waited for */
	struct backoff wait, auth_wait;
};

void circuit_init(struct circuit *c, uint64_t seed);
/**
 * How long until a request may be sent, in ms; 0: now (then it counts as the trial). During a trial
 * nobody knows; it gives a few seconds, to ask again.
 */
uint64_t circuit_wait(struct circuit *c, uint64_t now_ms);
void circuit_success(struct circuit *c);
void circuit_failure(struct circuit *c, uint64_t now_ms);
/** 401, 403 or a refused token. */
void circuit_refusal(struct circuit *c, uint64_t now_ms);
/** The trial was cancelled before its answer came: the next request is one. */
void circuit_give_up(struct circuit *c, uint64_t now_ms);
/** Somebody has mended it (a reload, a new authorisation): begin closed. */
void circuit_reset(struct circuit *c);
const char *circuit_state_str(const struct circuit *c);

#endif /* RECEIVER_REPORT_VENDOR_CIRCUIT_H */

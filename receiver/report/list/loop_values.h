/* SPDX-License-Identifier: MIT */
/**
 * loop_values - the values that one loop of a report has: configured, or asked for again and again.
 *
 *     new ─▶ not known ──asked──▶ known ──every so often──▶ asked again
 *                │                              │
 *                └── failed: again after 1 min doubling to 1 h; the old values go on
 *
 * What fails is logged when it is new, and once an hour.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_LIST_LOOP_VALUES_H
#define RECEIVER_REPORT_LIST_LOOP_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "normalise/profile/report_spec.h"
#include "receiver/report/list/choices.h"
#include "receiver/report/list/list_ask.h"

#define LOOP_VALUES_MAX 10000 /* no report runs for more */

struct loop_values;

/** Values of one loop name as configured. */
struct report_loop {
	const char *name;
	enum each_kind kind;
	const char *const *values; /* VALUES */
	size_t value_count;
	const struct list_spec *list; /* LIST */
	uint64_t seen_ms;             /* SEEN */
};

/** Whose they are. Borrowed; outlives them. */
struct loop_values_owner {
	const char *account, *report; /* for the log */
	/** They are others now. @return ERR_NOMEM: then the old ones go on */
	enum err (*on_changed)(void *arg);
	/** They could not be had. */
	void (*on_failed)(void *arg, enum vendor_end end, uint64_t retry_ms);
	/** Asking is over, whichever way; behind the two above. */
	void (*on_answer)(void *arg);
	void *arg;
};

/** @param old  of before a reload: what was asked then still holds; NULL. @return ERR_OK, ERR_NOMEM
 */
enum err loop_values_new(const struct report_loop *conf, const struct loop_values *old,
                         const struct loop_values_owner *owner,
                         struct loop_values **ret_values) MUST_CHECK;
/** Not from a callback of its own. Accepts NULL. */
void loop_values_free(struct loop_values *v);

const char *loop_values_name(const struct loop_values *v);
/** The present ones. */
const struct choices *loop_values_choices(const struct loop_values *v);
/** Whether they are asked for; else they are configured. */
bool loop_values_is_asked(const struct loop_values *v);
/** Whether they were asked for with success once; configured ones always are. */
bool loop_values_is_known(const struct loop_values *v);
/** Why they could not be had; NULL: they could. */
const char *loop_values_trouble(const struct loop_values *v);
/** Monotonic: when they are asked for again; of those that are asked. */
uint64_t loop_values_next(const struct loop_values *v);

/** Somebody waits for them since @p begin_ms (monotonic): they are asked for as soon as it can be.
 *
 * @param ret_end  how the asking failed
 * @return ERR_OK they are known; ERR_AGAIN not yet; ERR_IO they could not be had since then
 */
enum err loop_values_want(struct loop_values *v, uint64_t begin_ms,
                          enum vendor_end *ret_end) MUST_CHECK;

/** Somebody mended the account: what failed is asked again at once. */
void loop_values_mended(struct loop_values *v);

/** How a step may ask. */
struct loop_values_step {
	struct list_ask_conf ask; /* without list and seen_ms */
	bool is_wanted_only;      /* only what somebody waits for */
	uint64_t mono_ms;
};

/** Ask when it is due. @return when the next time is, monotonic; UINT64_MAX: not known */
uint64_t loop_values_step(struct loop_values *v, const struct loop_values_step *step);
/** Ask no more: no callback comes. */
void loop_values_stop(struct loop_values *v);

#endif /* RECEIVER_REPORT_LIST_LOOP_VALUES_H */

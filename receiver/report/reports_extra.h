/* SPDX-License-Identifier: MIT */
/**
 * reports_extra - orders under way of a report whose values no task has: a person asked for them,
 * or the vendor lists them no more, or its list was not read yet after a restart. They are gone on
 * with, and never made again. Private to receiver/report/.
 *
 * Which orders of the report are under way is kept beside their own checkpoints (reports_index).
 */
#ifndef RECEIVER_REPORT_REPORTS_EXTRA_H
#define RECEIVER_REPORT_REPORTS_EXTRA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "receiver/report/list/combo.h"

struct extras;
struct plan;
struct running;
struct task;

/** @param p  owns them. @return ERR_OK, ERR_NOMEM */
enum err extras_new(struct plan *p, struct extras **ret_extras) MUST_CHECK;
/** Accepts NULL. */
void extras_free(struct extras *e);
/** After a reload: what @p from knew. */
void extras_adopt(struct extras *to, struct extras *from);

/** Read which orders were under way. @return when again, monotonic; UINT64_MAX: never */
uint64_t extras_load(struct extras *e, uint64_t mono_ms);
/** Go on with one that is due. @return whether it began */
bool extras_begin(struct extras *e, uint64_t mono_ms);
/** When the next one is, monotonic; UINT64_MAX: none */
uint64_t extras_due(const struct extras *e);
/** Is there an order with these values, or may there be, which waits for its next run? */
bool extras_may_have(const struct extras *e, const struct combo *c);
/** They were read, and there is none. */
bool extras_is_empty(const struct extras *e);

/** A task goes whose order may stand still. */
void extras_keep(struct extras *e, const struct task *task);
/** A run of an order begins, and has ended; other runs are of no concern.
 *
 * @param due_ms  monotonic: when it is gone on with, if it stands still */
void extras_on_begin(struct running *x);
void extras_on_end(struct running *x, uint64_t due_ms);

#endif /* RECEIVER_REPORT_REPORTS_EXTRA_H */

/* SPDX-License-Identifier: MIT */
/**
 * reports_sweep - files of downloads that an order left behind: removed once, when every order that
 * there can be is known. An order that is not configured now keeps its file, too, so only those
 * that nobody has touched for a week are removed. Private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_SWEEP_H
#define RECEIVER_REPORT_REPORTS_SWEEP_H

#include "core/err.h"

struct reports;
struct sweep;

/** @return ERR_OK, ERR_NOMEM */
enum err sweep_new(struct sweep **ret_sweep) MUST_CHECK;
/** Accepts NULL. */
void sweep_free(struct sweep *s);
/** A file of an order. NULL: none */
void sweep_note(struct sweep *s, const char *name);
/** Remove a file whose order was done when we were killed. NULL: none */
void sweep_remove(const char *folder, const char *name);
/** Look through the folder, when it is time. */
void sweep_step(struct sweep *s, const struct reports *r);

#endif /* RECEIVER_REPORT_REPORTS_SWEEP_H */

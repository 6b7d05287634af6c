/* SPDX-License-Identifier: MIT */
/**
 * reports_kept - what is kept of a task over a restart: when it is due ("due/ACCOUNT/REPORT/…"),
 * and of one that is ordered its run's checkpoint, which says whether an order is under way. A task
 * is in a queue once both were read. What the store cannot read just now is read again.
 */
#ifndef RECEIVER_REPORT_REPORTS_KEPT_H
#define RECEIVER_REPORT_REPORTS_KEPT_H

#include <stdint.h>

struct reports;
struct task;

/** It is new: read what was kept of it, unless nothing is started. */
void task_load(struct task *task);
/** Read what was kept of all tasks (reports_start). */
void tasks_load_all(struct reports *r);
/** Read the next ones; a few at a time. @return when again, monotonic; UINT64_MAX: when one came */
uint64_t tasks_load(struct reports *r, uint64_t mono_ms);
/** Keep how the last run ended. */
void task_save(const struct task *task);

#endif /* RECEIVER_REPORT_REPORTS_KEPT_H */

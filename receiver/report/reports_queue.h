/* SPDX-License-Identifier: MIT */
/**
 * reports_queue - tasks in order of their due times: a binary heap that knows where each task is.
 * Private to receiver/report/.
 */
#ifndef RECEIVER_REPORT_REPORTS_QUEUE_H
#define RECEIVER_REPORT_REPORTS_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/** Part of a task. */
struct queue_entry {
	uint64_t due_ms;
	size_t place; /* from 1; 0: in no queue */
};

struct queue {
	struct queue_entry **entries; /* owned; the members are borrowed */
	size_t count, cap;
};

/** Room for @p count of them, so that queue_put() cannot fail. @return ERR_OK, ERR_NOMEM */
enum err queue_reserve(struct queue *q, size_t count) MUST_CHECK;
void queue_fini(struct queue *q);

/** Put it in, or move it to another time. There must be room. */
void queue_put(struct queue *q, struct queue_entry *e, uint64_t due_ms);
/** Nothing happens when it is not in it. */
void queue_remove(struct queue *q, struct queue_entry *e);
/** The one that is due first; NULL when it is empty. */
struct queue_entry *queue_first(const struct queue *q);

#endif /* RECEIVER_REPORT_REPORTS_QUEUE_H */

/* SPDX-License-Identifier: MIT */
/**
 * metrics - counters and gauges of the daemon, and their Prometheus text.
 *
 * All metrics stand in metrics.def; code, /metrics and docs/metrics.md come
 * from that one table. A label never holds a campaign or a person.
 *
 * Threads: the loop's thread only. Lookup by labels costs a hash probe; hot
 * code keeps the pointer that metric_get() gave.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"

enum metric_id {

#define METRIC(id, type, name, labels, help) METRIC_##id,
#include "core/metrics.def"
#undef METRIC
	METRIC_COUNT
};

/** One time series. The value may be changed directly: `m->value++`. */
struct metric {
	int64_t value;
};

/**
 * The series of @p id with these label values, made on first use.
 *
 * @param a, b, c  label values in the order of metrics.def; NULL for those it does not have
 * @return never NULL: out of memory gives a series that is not shown. Lives until metrics_free().
 */
struct metric *metric_get(enum metric_id id, const char *a, const char *b, const char *c);

static inline void metric_add(enum metric_id id, const char *a, const char *b, const char *c,
                              int64_t n)
{
	metric_get(id, a, b, c)->value += n;
}

static inline void metric_set(enum metric_id id, int64_t value)
{
	metric_get(id, NULL, NULL, NULL)->value = value;
}

/** Append the Prometheus text format 0.0.4 of every metric. @return ERR_OK, ERR_NOMEM, ERR_LIMIT */
enum err metrics_write(struct buf *b) MUST_CHECK;

/** Append docs/metrics.md: a table of every metric. @return ERR_OK, ERR_NOMEM, ERR_LIMIT */
enum err metrics_write_doc(struct buf *b) MUST_CHECK;

/** Forget every series; pointers of metric_get() become invalid. */
void metrics_free(void);

#endif /* CORE_METRICS_H */

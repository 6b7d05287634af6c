/* SPDX-License-Identifier: MIT */
/** run_text - loop values as text: of payloads, and in keys of checkpoints. No I/O. */
#ifndef RECEIVER_REPORT_RUN_RUN_TEXT_H
#define RECEIVER_REPORT_RUN_RUN_TEXT_H

#include <stddef.h>

#include "core/buf.h"
#include "receiver/report/run/run.h"

/** Append `name=value&name=value`. */
void run_text_values(const struct report_value *values, size_t count, struct buf *b);

#endif /* RECEIVER_REPORT_RUN_RUN_TEXT_H */

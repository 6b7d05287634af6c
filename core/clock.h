/* SPDX-License-Identifier: MIT */
/** clock - the clocks. Code that decides gets the time passed in; only edges read it here. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

/** Wall clock: milliseconds since the Unix epoch. May jump. */
int64_t clock_now_ms(void);

/** Monotonic clock for durations and deadlines, in milliseconds. Never jumps back. */
uint64_t clock_mono_ms(void);

/** As that, but it goes on while the machine sleeps: for what goes on in the world meanwhile. */
uint64_t clock_passed_ms(void);

#endif /* CORE_CLOCK_H */

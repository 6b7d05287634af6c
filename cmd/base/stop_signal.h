/* SPDX-License-Identifier: MIT */
/** stop_signal - SIGINT and SIGTERM, for a command that waits for the daemon or the broker. */
#ifndef CMD_BASE_STOP_SIGNAL_H
#define CMD_BASE_STOP_SIGNAL_H

#include <signal.h>

/**
 * From now on these signals do not end the process.
 *
 * @return what is 0 until one of them has come
 */
const volatile sig_atomic_t *stop_signal_catch(void);

#endif /* CMD_BASE_STOP_SIGNAL_H */

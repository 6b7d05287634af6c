/* SPDX-License-Identifier: MIT */
#include "cmd/base/stop_signal.h"

#include <stddef.h>

static volatile sig_atomic_t stop;

static void on_signal(int signo)
{
	(void)signo;
	stop = 1;
}

const volatile sig_atomic_t *stop_signal_catch(void)
{
	const struct sigaction on = {.sa_handler = on_signal};

	(void)sigaction(SIGINT, &on, NULL);
	(void)sigaction(SIGTERM, &on, NULL);
	return &stop;
}

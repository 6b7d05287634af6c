/* SPDX-License-Identifier: MIT */
/** client - a plain client on loopback for the tests of admin/, driven by the same loop. */
#ifndef TESTS_ADMIN_CLIENT_H
#define TESTS_ADMIN_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"

/** A connected, non-blocking socket. */
int client_connect(uint16_t port);

void client_write(int fd, const char *text);

/**
 * Turn the loop and read until @p until is in the answer, or the end of the stream when it is NULL.
 *
 * @return whether that came within ten seconds; the answer is NUL-terminated
 */
bool client_read(struct loop *loop, int fd, const char *until, char *ret_text, size_t size);

#endif /* TESTS_ADMIN_CLIENT_H */

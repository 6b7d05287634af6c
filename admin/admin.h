/* SPDX-License-Identifier: MIT */
/**
 * admin - the admin listener on evhttp: /healthz, /readyz, /metrics (docs/operations.md).
 *
 * It knows nobody: what it shows comes through the functions given by cmd/app.
 * Loopback only, until `admin.auth` exists (conf refuses other addresses).
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/loop.h"

struct admin;

struct admin_ops {
	/**
	 * Append lines of reasons why it is not ready, and notes ("mqtt: not connected").
	 *
	 * @return whether payloads can be committed
	 */
	bool (*is_ready)(void *arg, struct buf *ret_text);
	/** Bring gauges up to date just before they are shown. */
	void (*refresh_metrics)(void *arg);
};

/**
 * @param address   "127.0.0.1:9080"; port 0 takes a free one
 * @param ret_port  the port really used; may be NULL
 * @return ERR_OK, ERR_INVAL not an address, ERR_EXISTS port taken, ERR_AUTH, ERR_IO, ERR_NOMEM
 */
enum err admin_new(struct loop *loop, const char *address, const struct admin_ops *ops, void *arg,
                   struct admin **ret_admin, uint16_t *ret_port) MUST_CHECK;

/** Accepts NULL. */
void admin_free(struct admin *a);

#endif /* ADMIN_ADMIN_H */

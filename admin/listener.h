/* SPDX-License-Identifier: MIT */
/**
 * listener - a bounded evhttp on one address; private to admin/.
 *
 * evhttp has no cap on connections and tells nobody when one ends. So the listener makes the
 * bufferevents itself, keeps a reference to each, and takes those as ended whose callbacks evhttp
 * has removed. While all places are taken nothing is accepted; the kernel queues.
 */
#ifndef ADMIN_LISTENER_H
#define ADMIN_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/loop.h"

struct evhttp_request;
struct listener;

typedef void (*listener_fn)(struct evhttp_request *req, void *arg);

/**
 * @param max_connections  open at the same time, > 0
 * @param on_request       every complete request, of any method evhttp knows
 * @return as admin_new()
 */
enum err listener_new(struct loop *loop, const char *address, size_t max_connections,
                      listener_fn on_request, void *arg, struct listener **ret_listener,
                      uint16_t *ret_port) MUST_CHECK;

/** Accepts NULL. */
void listener_free(struct listener *l);

#endif /* ADMIN_LISTENER_H */

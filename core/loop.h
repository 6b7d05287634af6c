/* SPDX-License-Identifier: MIT */
/**
 * loop - the one event loop of the process.
 *
 * Wraps libevent, so that other folders see no libevent type. Everything
 * here is called on the loop's own thread, except loop_post() and
 * loop_stop(), which any thread may call.
 *
 * Callbacks must be short; work that takes longer than a millisecond goes to
 * core/worker or to the store's thread.
 */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct event_base;
struct loop;
struct loop_timer;
struct loop_io;
struct loop_signal;

typedef void (*loop_fn)(void *arg);

/** @return ERR_OK, ERR_NOMEM */
enum err loop_new(struct loop **ret_loop) MUST_CHECK;

/**
 * Free it; everything made from it must be freed before. Accepts NULL. Posted calls not yet run are
 * dropped.
 */
void loop_free(struct loop *loop);

/** Run until loop_stop(). @return ERR_OK, ERR_IO when libevent gave up */
enum err loop_run(struct loop *loop) MUST_CHECK;

/** Make loop_run() return after the present turn. Any thread. */
void loop_stop(struct loop *loop);

/** Run what is ready now and return; at most @p wait_ms of waiting. For tests. */
void loop_turn(struct loop *loop, uint64_t wait_ms);

/**
 * Run @p fn(@p arg) on the loop's thread soon, in the order of the posts. Any thread.
 *
 * @return ERR_OK, ERR_NOMEM (then it will not run)
 */
enum err loop_post(struct loop *loop, loop_fn fn, void *arg) MUST_CHECK;

/** For core/http/http_server and admin/listener only: the libevent base. Borrowed. */
struct event_base *loop_base(struct loop *loop);

/** A one-shot timer, not running yet. @return ERR_OK, ERR_NOMEM */
enum err loop_timer_new(struct loop *loop, loop_fn fn, void *arg,
                        struct loop_timer **ret_timer) MUST_CHECK;

/** (Re)start it to fire once in @p delay_ms, a tick (4 ms) early at most. */
void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms);

/** Stop it; nothing happens when it is not running. Accepts NULL. */
void loop_timer_stop(struct loop_timer *timer);

/** Accepts NULL. May be called from its own callback. */
void loop_timer_free(struct loop_timer *timer);

/** Told that a descriptor can be read or written. */
typedef void (*loop_io_fn)(void *arg, bool readable, bool writable);

/**
 * Watch a descriptor (level triggered). It asks for nothing until loop_io_want().
 *
 * @param fd  borrowed; must stay open until loop_io_free()
 * @return ERR_OK, ERR_NOMEM
 */
enum err loop_io_new(struct loop *loop, int fd, loop_io_fn fn, void *arg,
                     struct loop_io **ret_io) MUST_CHECK;
void loop_io_want(struct loop_io *io, bool read, bool write);

/** Accepts NULL. May be called from its own callback. */
void loop_io_free(struct loop_io *io);

/** Run @p fn on the loop each time the process gets @p signo. @return ERR_OK, ERR_NOMEM */
enum err loop_signal_new(struct loop *loop, int signo, loop_fn fn, void *arg,
                         struct loop_signal **ret_signal) MUST_CHECK;

/** Accepts NULL. */
void loop_signal_free(struct loop_signal *sig);

#endif /* CORE_LOOP_H */

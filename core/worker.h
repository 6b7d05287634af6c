/* SPDX-License-Identifier: MIT */
/**
 * worker - one background thread for work that would stop the loop.
 *
 * For Argon2id and name look-ups. Jobs run one after the other, in order;
 * their completion runs on the loop.
 *
 * Ownership: the job's argument belongs to the caller until done() ran.
 */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include <stddef.h>

#include "core/err.h"
#include "core/loop.h"

struct worker;

/** @param max_waiting  jobs that may wait, > 0. @return ERR_OK, ERR_NOMEM, ERR_IO no thread */
enum err worker_new(struct loop *loop, size_t max_waiting, struct worker **ret_worker) MUST_CHECK;

/**
 * Finish the job that runs, drop those that wait (their done() is called with
 * canceled = true, on this thread), end the thread. Accepts NULL. Call it while the
 * loop still exists, from its thread.
 */
void worker_free(struct worker *w);

typedef void (*worker_done_fn)(void *arg, bool canceled);

/**
 * @param work  runs on the worker's thread
 * @param done  runs on the loop's thread afterwards, always exactly once
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT too many wait (done() will not be called)
 */
enum err worker_submit(struct worker *w, void (*work)(void *arg), worker_done_fn done,
                       void *arg) MUST_CHECK;

#endif /* CORE_WORKER_H */

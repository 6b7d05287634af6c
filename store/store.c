/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/obj.h"
#include "store/store_queue.h"

/* ---- opening and closing ---- */

static enum err init_locks(struct store *s)
{
	pthread_condattr_t attr;
	enum err err = ERR_NOMEM;

	if (pthread_condattr_init(&attr) != 0)
		return ERR_NOMEM;
	if (pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(&s->wake, &attr) == 0) {
		err = ERR_OK;
		(void)pthread_mutex_init(&s->lock, NULL);
	}
	(void)pthread_condattr_destroy(&attr);
	return err;
}

static void free_store(struct store *s)
{
	s->ops->close(s->backend);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static void take_report(struct store *s)
{
	s->stats.waiting = s->report.waiting;
	s->stats.waiting_bytes = s->report.waiting_bytes;
	s->stats.commits = s->report.commits;
	s->stats.failures = s->report.failures;
	s->stats.is_failing = s->report.is_failing;
	memcpy(s->stats.failure, s->report.failure, sizeof(s->stats.failure));
}

enum err store_open_with(struct loop *loop, const struct store_conf *conf,
                         const struct backend_ops *ops, struct store **ret_store,
                         struct err_detail *reterr_detail)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err err = s != NULL ? init_locks(s) : ERR_NOMEM;

	if (err != ERR_OK) {
		free(s);
		return err;
	}
	s->loop = loop;
	s->ops = ops;
	s->limits = *conf;
	s->limits.path = NULL; /* borrowed for the call only */
	STAILQ_INIT(&s->queue);
	STAILQ_INIT(&s->finished);
	err = ops->open(conf, &s->backend, reterr_detail);
	if (err != ERR_OK)
		goto out;
	ops->waiting(s->backend, &s->now.waiting, &s->now.waiting_bytes);
	s->report = s->now;
	take_report(s);
	if (pthread_create(&s->thread, NULL, store_thread_main, s) != 0) {
		err_detail_set(reterr_detail, "no thread for the store");
		err = ERR_NOMEM;
		goto out;
	}
	*ret_store = s;
	s = NULL;
out:
	if (s != NULL)
		free_store(s);
	return err;
}

enum err store_open(struct loop *loop, const struct store_conf *conf, struct store **ret_store,
                    struct err_detail *reterr_detail)
{
	return store_open_with(loop, conf, &store_sqlite_ops, ret_store, reterr_detail);
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_closing = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	/* The loop may still hold a posted call with our address: let it run. */
	while (s->is_posted)
		loop_turn(s->loop, 0);
	store_complete(s);
	free_store(s);
}

void store_set_limits(struct store *s, const struct store_conf *conf)
{
	pthread_mutex_lock(&s->lock);
	s->limits = *conf;
	s->limits.path = NULL;
	pthread_mutex_unlock(&s->lock);
	s->is_put_refused = false;
}

/* ---- completions ---- */

void store_complete(void *arg)
{
	struct store *s = arg;
	struct op_list ops = STAILQ_HEAD_INITIALIZER(ops);
	uint64_t before = s->stats.waiting;

	pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(&ops, &s->finished);
	s->is_posted = false;
	take_report(s);
	pthread_mutex_unlock(&s->lock);
	store_put_forget(s, &ops);
	if (s->stats.waiting < before)
		s->is_put_refused = false;
	while (!STAILQ_EMPTY(&ops)) {
		struct op *op = STAILQ_FIRST(&ops);

		STAILQ_REMOVE_HEAD(&ops, link);
		OBJ_CHECK(op, STORE_OP_MAGIC);
		store_op_done(op);
		free(op->result);
		OBJ_POISON(op);
		free(op);
	}
}

/* ---- state ---- */

void store_stats(const struct store *s, struct store_stats *ret_stats)
{
	*ret_stats = s->stats;
	ret_stats->is_full = store_put_is_full(s, 0) || s->is_put_refused;
}

void store_sweep(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	s->is_sweep_wanted = true;
	if (s->is_asleep)
		pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

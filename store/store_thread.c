/* SPDX-License-Identifier: MIT */
/* The store thread: one transaction over everything that was submitted meanwhile. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"
#include "store/store_queue.h"

#define PROBE_EVERY_MS 1000
#define IDLE_AFTER_MS  2000
#define RETRY_POST_MS  10
#define SWEEP_ROWS     256
#define FOREVER        UINT64_MAX

enum turn { TURN_WORK, TURN_PROBE, TURN_IDLE, TURN_STOP };

static void report_failure(struct store *s, const char *text)
{
	if (!s->now.is_failing)
		log_error("store.commit_failed", log_str("error", text));
	s->now.failures++;
	s->now.is_failing = true;
	(void)snprintf(s->now.failure, sizeof(s->now.failure), "%s", text);
	s->next_probe_ms = clock_mono_ms() + PROBE_EVERY_MS;
	s->has_news = true;
}

static void report_success(struct store *s)
{
	if (s->now.is_failing)
		log_info("store.recovered", log_str("after", s->now.failure));
	s->now.is_failing = false;
	s->now.failure[0] = '\0';
	s->now.commits++;
	s->is_untidy = true;
	s->ops->waiting(s->backend, &s->now.waiting, &s->now.waiting_bytes);
	s->has_news = true;
}

static enum err run_ops(struct store *s, struct op_list *ops, bool *ret_wrote)
{
	struct op *op;
	enum err err = ERR_OK;

	STAILQ_FOREACH(op, ops, link)
	{
		err = store_op_run(s, op);
		if (err != ERR_OK)
			return err;
		if (op->err == ERR_OK && store_op_writes(op))
			*ret_wrote = true;
	}
	return ERR_OK;
}

static enum err run_sweep(struct store *s)
{
	struct store_conf limits;

	pthread_mutex_lock(&s->lock);
	limits = s->limits;
	pthread_mutex_unlock(&s->lock);
	s->is_more_to_sweep = false;
	return s->ops->sweep(s->backend, &limits, clock_now_ms(), SWEEP_ROWS, &s->is_more_to_sweep);
}

static void fail_all(struct op_list *ops)
{
	struct op *op;

	STAILQ_FOREACH(op, ops, link)
	{
		op->err = ERR_IO;
	}
}

static bool has_writes(const struct op_list *ops)
{
	const struct op *op;

	STAILQ_FOREACH(op, ops, link)
	{
		if (store_op_writes(op))
			return true;
	}
	return false;
}

static void run_batch(struct store *s, struct op_list *ops, bool sweep)
{
	struct err_detail detail = {.text = ""};
	bool writes = sweep || has_writes(ops);
	bool wrote = false;
	enum err err = s->ops->begin(s->backend, writes);

	if (err == ERR_OK)
		err = run_ops(s, ops, &wrote);
	if (err == ERR_OK && sweep)
		err = run_sweep(s);
	if (err == ERR_OK)
		err = s->ops->commit(s->backend, &detail);
	if (err == ERR_OK) {
		if (wrote)
			report_success(s);
		return;
	}
	if (writes)
		report_failure(s, s->ops->failure(s->backend));
	s->ops->rollback(s->backend);
	fail_all(ops);
}

static void run_probe(struct store *s)
{
	struct err_detail detail = {.text = ""};
	enum err err = s->ops->begin(s->backend, true);

	if (err == ERR_OK)
		err = s->ops->probe(s->backend);
	if (err == ERR_OK)
		err = s->ops->commit(s->backend, &detail);
	if (err == ERR_OK) {
		report_success(s);
		return;
	}
	report_failure(s, s->ops->failure(s->backend));
	s->ops->rollback(s->backend);
}

/* With the lock held. */
static void tell_loop(struct store *s)
{
	s->report = s->now;
	s->has_news = false;
	if (!s->is_posted)
		s->is_posted = loop_post(s->loop, store_complete, s) == ERR_OK;
}

/* With the lock held: until when to sleep, and what to do then. */
static enum turn plan(const struct store *s, uint64_t now_ms, uint64_t *ret_until_ms)
{
	if (!STAILQ_EMPTY(&s->finished) && !s->is_posted) {
		*ret_until_ms = now_ms + RETRY_POST_MS;
		return TURN_WORK;
	}
	if (s->now.is_failing) {
		*ret_until_ms = s->next_probe_ms;
		return TURN_PROBE;
	}
	*ret_until_ms = s->is_untidy ? now_ms + IDLE_AFTER_MS : FOREVER;
	return TURN_IDLE;
}

/* With the lock held. @return whether something woke us */
static bool sleep_until(struct store *s, uint64_t until_ms)
{
	struct timespec ts = {(time_t)(until_ms / 1000), (long)(until_ms % 1000) * 1000000};
	int rc = 0;

	s->is_asleep = true;
	if (until_ms == FOREVER) {
		rc = pthread_cond_wait(&s->wake, &s->lock);
	} else {
		rc = pthread_cond_timedwait(&s->wake, &s->lock, &ts);
	}
	s->is_asleep = false;
	return rc == 0;
}

/* With the lock held. Sweeping rests while the disk fails, and needs no hurry at the end. */
static bool has_work(struct store *s)
{
	if (!STAILQ_EMPTY(&s->queue))
		return true;
	return !s->is_closing && !s->now.is_failing && (s->is_sweep_wanted || s->is_more_to_sweep);
}

static bool is_question(const struct op *op)
{
	return op->kind == OP_KNOWN || op->kind == OP_TALLIES;
}

/* With the lock held. What is known does not depend on payloads that were put meanwhile, so that
 * questions pass them, and need not wait for their sync. */
static void take_ops(struct store *s, struct op_list *ret_ops)
{
	struct op_list rest = STAILQ_HEAD_INITIALIZER(rest);
	bool may_pass = true;
	struct op *op;

	while ((op = STAILQ_FIRST(&s->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->queue, link);
		may_pass =
			may_pass && (is_question(op) || op->kind == OP_PUT || op->kind == OP_CLAIM);
		if (may_pass && is_question(op)) {
			STAILQ_INSERT_TAIL(ret_ops, op, link);
		} else {
			STAILQ_INSERT_TAIL(&rest, op, link);
		}
	}
	if (STAILQ_EMPTY(ret_ops) || !has_writes(&rest)) {
		STAILQ_CONCAT(ret_ops, &rest);
	} else {
		STAILQ_CONCAT(&s->queue, &rest);
	}
}

static enum turn wait_for_turn(struct store *s, struct op_list *ret_ops, bool *ret_sweep)
{
	enum turn turn = TURN_WORK;

	pthread_mutex_lock(&s->lock);
	if (!STAILQ_EMPTY(&s->finished) || s->has_news)
		tell_loop(s);
	while (!has_work(s) && turn == TURN_WORK) {
		uint64_t until_ms;
		enum turn then = plan(s, clock_mono_ms(), &until_ms);

		if (s->is_closing) {
			turn = TURN_STOP;
		} else if (!sleep_until(s, until_ms) && !has_work(s)) {
			turn = then;
		}
		if (turn == TURN_WORK && !STAILQ_EMPTY(&s->finished) && !s->is_posted)
			tell_loop(s);
	}
	if (turn == TURN_WORK) {
		take_ops(s, ret_ops);
		*ret_sweep = !s->now.is_failing && (s->is_sweep_wanted || s->is_more_to_sweep);
		s->is_sweep_wanted = false;
	}
	pthread_mutex_unlock(&s->lock);
	return turn;
}

static void hand_over(struct store *s, struct op_list *ops)
{
	pthread_mutex_lock(&s->lock);
	STAILQ_CONCAT(&s->finished, ops);
	pthread_mutex_unlock(&s->lock);
}

void *store_thread_main(void *arg)
{
	struct store *s = arg;

	for (;;) {
		struct op_list ops = STAILQ_HEAD_INITIALIZER(ops);
		bool sweep = false;

		switch (wait_for_turn(s, &ops, &sweep)) {
		case TURN_WORK:
			run_batch(s, &ops, sweep);
			hand_over(s, &ops);
			break;
		case TURN_PROBE:
			run_probe(s);
			break;
		case TURN_IDLE:
			s->is_untidy = false;
			s->ops->idle(s->backend);
			break;
		case TURN_STOP:
			return NULL;
		}
	}
}

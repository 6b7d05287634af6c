/* SPDX-License-Identifier: MIT */
#include "core/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>

struct job {
	STAILQ_ENTRY(job) link;
	void (*work)(void *arg);
	worker_done_fn done;
	void *arg; /* borrowed */
};

STAILQ_HEAD(job_list, job);

struct worker {
	struct loop *loop; /* borrowed: outlives us */
	size_t max_waiting;
	pthread_t thread;
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t changed;
	struct job_list waiting;  /* owned */
	struct job_list finished; /* owned; worked on, done() still to be called */
	size_t waiting_count;
	bool stopping;
	bool has_thread;
};

static struct job *take_finished(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	struct job *job = STAILQ_FIRST(&w->finished);

	if (job != NULL)
		STAILQ_REMOVE_HEAD(&w->finished, link);
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void worker_on_finished(void *arg)
{
	struct worker *w = arg;
	struct job *job = take_finished(w);

	if (job == NULL)
		return; /* worker_free() was faster */
	job->done(job->arg, false);
	free(job);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (STAILQ_EMPTY(&w->waiting) && !w->stopping)
			pthread_cond_wait(&w->changed, &w->lock);
		if (w->stopping)
			break;
		struct job *job = STAILQ_FIRST(&w->waiting);

		STAILQ_REMOVE_HEAD(&w->waiting, link);
		w->waiting_count--;
		pthread_mutex_unlock(&w->lock);
		job->work(job->arg);
		pthread_mutex_lock(&w->lock);
		STAILQ_INSERT_TAIL(&w->finished, job, link);
		pthread_mutex_unlock(&w->lock);
		/* Out of memory here only delays: the next post or worker_free() takes the job
		 * along. */
		(void)!loop_post(w->loop, worker_on_finished, w);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

enum err worker_new(struct loop *loop, size_t max_waiting, struct worker **ret_worker)
{
	struct worker *w = calloc(1, sizeof(*w));
	sigset_t all;
	sigset_t before;

	if (w == NULL)
		return ERR_NOMEM;
	w->loop = loop;
	w->max_waiting = max_waiting;
	STAILQ_INIT(&w->waiting);
	STAILQ_INIT(&w->finished);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->changed, NULL);
	/* Signals are the loop's business. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	w->has_thread = pthread_create(&w->thread, NULL, worker_main, w) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!w->has_thread) {
		worker_free(w);
		return ERR_IO;
	}
	*ret_worker = w;
	return ERR_OK;
}

static void finish_list(struct job_list *list, bool canceled)
{
	while (!STAILQ_EMPTY(list)) {
		struct job *job = STAILQ_FIRST(list);

		STAILQ_REMOVE_HEAD(list, link);
		job->done(job->arg, canceled);
		free(job);
	}
}

void worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (w->has_thread)
		(void)pthread_join(w->thread, NULL);
	finish_list(&w->finished, false);
	finish_list(&w->waiting, true);
	/* Posts that are still queued find no job: they must not find freed memory either. */
	loop_turn(w->loop, 0);
	(void)pthread_cond_destroy(&w->changed);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

enum err worker_submit(struct worker *w, void (*work)(void *arg), worker_done_fn done, void *arg)
{
	struct job *job = malloc(sizeof(*job));
	enum err err = ERR_LIMIT;

	if (job == NULL)
		return ERR_NOMEM;
	*job = (struct job){.work = work, .done = done, .arg = arg};
	pthread_mutex_lock(&w->lock);
	if (w->waiting_count < w->max_waiting) {
		STAILQ_INSERT_TAIL(&w->waiting, job, link);
		w->waiting_count++;
		pthread_cond_signal(&w->changed);
		job = NULL; /* the queue's now */
		err = ERR_OK;
	}
	pthread_mutex_unlock(&w->lock);
	free(job);
	return err;
}

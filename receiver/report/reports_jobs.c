/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/log.h"
#include "receiver/report/reports_parts.h"

/* Take it out of whatever knows it. */
static void job_detach(struct job *job)
{
	if (job->is_loading)
		TAILQ_REMOVE(&job->plan->r->loading, job, link);
	job->is_loading = false;
	if (job->ticket != NULL)
		job->ticket->job = NULL;
	job->ticket = NULL;
	queue_remove(&job->plan->account->queue, &job->entry);
	if (job->running != NULL)
		job->running->job = NULL;
}

static void job_free(struct job *job)
{
	struct running *x;

	if (job == NULL)
		return;
	x = job->running;
	job_detach(job);
	if (x != NULL && !x->is_fetch)
		running_cancel(x);
	combo_free(job->combo);
	free(job->trouble);
	free(job);
}

void jobs_free(struct job **jobs, size_t count)
{
	for (size_t i = 0; jobs != NULL && i < count; i++)
		job_free(jobs[i]);
	free(jobs);
}

/* With its values (a key of at most 512 bytes) and its trouble (240) it stays below 1 KiB. */
_Static_assert(sizeof(struct job) <= 192, "there are up to 10,000 jobs of one report");

static enum err job_new(struct plan *p, const struct report_value *values, struct job **ret_job)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return ERR_NOMEM;
	job->plan = p;
	if (combo_new(values, p->loop_count, &job->combo) != ERR_OK) {
		free(job);
		return ERR_NOMEM;
	}
	p->r->seed = p->r->seed * 6364136223846793005U + 1442695040888963407U;
	due_init(&job->due, p->r->seed);
	*ret_job = job;
	return ERR_OK;
}

static int cmp_job(const void *a, const void *b)
{
	const struct job *const *x = a;
	const struct job *const *y = b;

	return combo_cmp((*x)->combo, (*y)->combo);
}

static size_t count_jobs(struct plan *p, const struct factor *factors)
{
	size_t count = product_count(factors, p->loop_count);

	if (count <= JOBS_MAX) {
		p->is_too_many = false;
		return count;
	}
	if (!p->is_too_many) {
		log_error("report.too_many_values", log_str("account", p->account->name),
		          log_str("report", p->name),
		          log_int("sets", count < INT64_MAX ? (int64_t)count : INT64_MAX),
		          log_int("run", JOBS_MAX));
	}
	p->is_too_many = true;
	return JOBS_MAX;
}

enum err jobs_build(struct plan *p, struct job ***ret_jobs, size_t *ret_count)
{
	struct factor factors[EACH_MAX];
	struct report_value values[EACH_MAX];
	struct job **jobs;
	size_t count;

	for (size_t i = 0; i < p->loop_count; i++)
		factors[i] = (struct factor){p->loops[i].name, &p->loops[i].values};
	count = count_jobs(p, factors);
	jobs = calloc(count > 0 ? count : 1, sizeof(struct job *));
	if (jobs == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		product_at(factors, p->loop_count, i, values);
		if (job_new(p, values, &jobs[i]) != ERR_OK) {
			jobs_free(jobs, i);
			return ERR_NOMEM;
		}
	}
	qsort(jobs, count, sizeof(struct job *), cmp_job);
	*ret_jobs = jobs;
	*ret_count = count;
	return ERR_OK;
}

static void job_move(struct job *to, struct job *from)
{
	struct ticket *ticket = from->ticket;
	struct running *running = from->running;

	job_detach(from);
	from->running = NULL;
	to->due = from->due;
	to->is_loaded = from->is_loaded;
	to->trouble = from->trouble;
	to->rows = from->rows;
	to->pages = from->pages;
	from->trouble = NULL;
	to->ticket = ticket;
	if (ticket != NULL)
		ticket->job = to;
	to->running = running;
	if (running != NULL)
		running->job = to;
	due_limit(&to->due, to->plan->every_ms, reports_now().mono_ms);
	job_wait(to);
}

void jobs_adopt(struct plan *p, struct job **old, size_t old_count)
{
	size_t k = 0;

	for (size_t i = 0; i < p->job_count; i++) {
		struct job *job = p->jobs[i];

		while (k < old_count && combo_cmp(old[k]->combo, job->combo) < 0)
			k++;
		if (k < old_count && combo_cmp(old[k]->combo, job->combo) == 0)
			job_move(job, old[k]);
		job_load(job);
	}
	jobs_free(old, old_count);
}

enum err jobs_renew(struct plan *p)
{
	struct account *a = p->account;
	struct job **jobs = NULL;
	struct job **old = p->jobs;
	size_t old_count = p->job_count;
	size_t room = 0;
	size_t count = 0;
	struct plan *other;
	enum err err;

	err = jobs_build(p, &jobs, &count);
	if (err != ERR_OK)
		return err;
	TAILQ_FOREACH(other, &a->plans, link)
		room += other->job_count;
	err = queue_reserve(&a->queue, room + count);
	if (err != ERR_OK) {
		jobs_free(jobs, count);
		return err;
	}
	p->jobs = jobs;
	p->job_count = count;
	jobs_adopt(p, old, old_count);
	return ERR_OK;
}

struct job *jobs_find(const struct plan *p, const struct combo *c)
{
	size_t low = 0;
	size_t high = p->job_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = combo_cmp(p->jobs[middle]->combo, c);

		if (order == 0)
			return p->jobs[middle];
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return NULL;
}

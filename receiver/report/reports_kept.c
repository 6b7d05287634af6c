/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/reports_parts.h"

#define READS_MAX  64
#define KEPT_BYTES 256

static void ticket_free(struct ticket *t)
{
	if (t == NULL)
		return;
	if (t->r != NULL) {
		TAILQ_REMOVE(&t->r->tickets, t, link);
		if (t->is_read)
			t->r->reads--;
	}
	buf_fini(&t->key);
	buf_fini(&t->value);
	OBJ_POISON(t);
	free(t);
}

static enum err ticket_new(struct job *job, bool is_read, struct ticket **ret_ticket)
{
	struct ticket *t = calloc(1, sizeof(*t));
	struct plan *p = job->plan;
	enum err err;

	if (t == NULL)
		return ERR_NOMEM;
	t->magic = TICKET_MAGIC;
	t->r = p->r;
	t->is_read = is_read;
	buf_init(&t->key, COMBO_KEY_MAX);
	buf_init(&t->value, KEPT_BYTES);
	TAILQ_INSERT_TAIL(&t->r->tickets, t, link);
	if (is_read)
		t->r->reads++;
	err = combo_key(p->account->name, p->name, job->combo, &t->key);
	if (err == ERR_OK && !is_read)
		err = due_print(&job->due, &t->value);
	if (err != ERR_OK) {
		ticket_free(t);
		return err;
	}
	*ret_ticket = t;
	return ERR_OK;
}

static void job_on_saved(void *arg, enum err err)
{
	struct ticket *t;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	(void)err; /* lost: after a restart it runs once too early */
	ticket_free(t);
}

void job_save(struct job *job)
{
	struct store_checkpoint kept;
	struct ticket *t = NULL;

	if (ticket_new(job, false, &t) != ERR_OK)
		return;
	kept = (struct store_checkpoint){buf_str(&t->key), buf_str(&t->value)};
	if (store_checkpoint_set(t->r->store, &kept, job_on_saved, t) != ERR_OK)
		ticket_free(t);
}

void job_wait(struct job *job)
{
	if (job->is_loaded && job->running == NULL)
		queue_put(&job->plan->account->queue, &job->entry, job->due.next_ms);
}

static void job_loaded(struct job *job, struct str kept)
{
	job->is_loaded = true;
	if (kept.len > 0 && due_parse(&job->due, kept) != ERR_OK)
		log_debug("report.unreadable_due", log_str("account", job->plan->account->name));
	due_first(&job->due, job->plan->every_ms, reports_now());
	job_wait(job);
}

static void job_on_kept(void *arg, enum err err, struct str value)
{
	struct ticket *t;
	struct reports *r;
	struct job *job;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	r = t->r;
	job = t->job;
	ticket_free(t);
	if (job != NULL) {
		job->ticket = NULL;
		job_loaded(job, err == ERR_OK ? value : STR_EMPTY);
	}
	if (r != NULL)
		reports_wake(r);
}

static void job_read(struct job *job)
{
	struct ticket *t = NULL;

	if (ticket_new(job, true, &t) == ERR_OK &&
	    store_checkpoint_get(t->r->store, buf_str(&t->key), job_on_kept, t) == ERR_OK) {
		t->job = job;
		job->ticket = t;
		return;
	}
	ticket_free(t);
	job_loaded(job, STR_EMPTY);
}

void job_load(struct job *job)
{
	struct reports *r = job->plan->r;

	if (!r->is_started || job->is_loaded || job->is_loading || job->ticket != NULL)
		return;
	job->is_loading = true;
	TAILQ_INSERT_TAIL(&r->loading, job, link);
}

void jobs_load(struct reports *r)
{
	while (r->reads < READS_MAX && !TAILQ_EMPTY(&r->loading)) {
		struct job *job = TAILQ_FIRST(&r->loading);

		TAILQ_REMOVE(&r->loading, job, link);
		job->is_loading = false;
		job_read(job);
	}
}

void jobs_load_all(struct reports *r)
{
	struct account *a;
	struct plan *p;

	TAILQ_FOREACH(a, &r->accounts, link) {
		TAILQ_FOREACH(p, &a->plans, link) {
			for (size_t i = 0; i < p->job_count; i++)
				job_load(p->jobs[i]);
		}
	}
}

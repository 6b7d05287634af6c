/* SPDX-License-Identifier: MIT */
/* Who waits. */
#include <stdlib.h>

#include "core/obj.h"
#include "receiver/report/completion_internal.h"

static void free_job(struct waiting_job *job)
{
	free(job->id);
	free(job->campaign);
	free(job->report);
	*job = (struct waiting_job){0};
}

void completion_free_jobs(struct completion_mailbox *box)
{
	for (size_t i = 0; i < box->job_count; i++)
		free_job(&box->jobs[i]);
	box->job_count = 0;
}

struct waiting_job *completion_find_job(struct completion_mailbox *box, struct str id)
{
	for (size_t i = 0; i < box->job_count; i++) {
		if (str_eq(str_from(box->jobs[i].id), id))
			return &box->jobs[i];
	}
	return NULL;
}

int64_t completion_oldest_ms(const struct completion_mailbox *box)
{
	int64_t oldest = INT64_MAX;

	for (size_t i = 0; i < box->job_count; i++) {
		if (box->jobs[i].ordered_at_ms < oldest)
			oldest = box->jobs[i].ordered_at_ms;
	}
	return oldest;
}

static enum err copy(const struct completion_job *from, struct waiting_job *ret_job)
{
	struct waiting_job job = {.ordered_at_ms = from->ordered_at_ms, .spec = from->spec};

	job.id = str_dup(from->id);
	job.campaign = str_dup(from->campaign);
	job.report = str_dup(from->report);
	if (job.id == NULL || job.campaign == NULL || job.report == NULL) {
		free_job(&job);
		return ERR_NOMEM;
	}
	*ret_job = job;
	return ERR_OK;
}

/* Its mail may have come, and been looked at, before the order was told to us. */
enum err completion_mailbox_add_job(struct completion_mailbox *box,
                                    const struct completion_job *job)
{
	enum err err;

	OBJ_CHECK(box, COMPLETION_MAGIC);
	if (completion_find_job(box, job->id) != NULL)
		return ERR_EXISTS;
	if (box->job_count == COMPLETION_JOBS_MAX)
		return ERR_LIMIT;
	err = copy(job, &box->jobs[box->job_count]);
	if (err != ERR_OK)
		return err;
	box->job_count++;
	looked_mails_forget_since(&box->looked, job->ordered_at_ms - COMPLETION_SLACK_MS);
	box->is_forgotten = true;
	if (box->status.state == COMPLETION_IDLE) {
		box->status.state = COMPLETION_WAITING;
		loop_timer_start(box->timer, 0);
	}
	return ERR_OK;
}

void completion_mailbox_remove_job(struct completion_mailbox *box, struct str id)
{
	struct waiting_job *job;

	OBJ_CHECK(box, COMPLETION_MAGIC);
	job = completion_find_job(box, id);
	if (job == NULL)
		return;
	free_job(job);
	*job = box->jobs[--box->job_count];
	box->jobs[box->job_count] = (struct waiting_job){0};
}

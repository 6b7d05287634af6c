/* SPDX-License-Identifier: MIT */
/* Who waits. */
#include <stdlib.h>

#include "core/obj.h"
#include "receiver/report/mail/completion_internal.h"

static void free_job(struct waiting_job *job)
{
	free(job->id);
	free(job->account);
	free(job->campaign);
	free(job->report);
	*job = (struct waiting_job){0};
}

void completion_free_jobs(struct completion_mailbox *box)
{
	for (size_t i = 0; i < box->job_count; i++)
		free_job(&box->jobs[i]);
	box->job_count = 0;
	for (size_t i = 0; i < box->known_count; i++)
		free_job(&box->known[i]);
	box->known_count = 0;
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
	job.account = str_dup(from->account);
	job.campaign = str_dup(from->campaign);
	job.report = str_dup(from->report);
	if (job.id == NULL || job.account == NULL || job.campaign == NULL || job.report == NULL) {
		free_job(&job);
		return ERR_NOMEM;
	}
	*ret_job = job;
	return ERR_OK;
}

/* It waits again. */
static void unknow(struct completion_mailbox *box, struct str id)
{
	for (size_t i = box->known_count; i > 0; i--) {
		if (!str_eq(str_from(box->known[i - 1].id), id))
			continue;
		free_job(&box->known[i - 1]);
		box->known[i - 1] = box->known[--box->known_count];
		box->known[box->known_count] = (struct waiting_job){0};
	}
}

/* A later mail that names it is nobody else's. Takes its texts. */
static void know(struct completion_mailbox *box, struct waiting_job *job)
{
	struct waiting_job *place;

	if (box->known_count < COMPLETION_KNOWN_MAX) {
		place = &box->known[box->known_count++];
	} else {
		place = &box->known[box->known_next++ % COMPLETION_KNOWN_MAX];
	}
	free_job(place);
	*place = *job;
	place->spec = NULL;
	*job = (struct waiting_job){0};
}

/* Not at once: of several that are added one after the other none is to be the only one. */
static uint64_t first_look_ms(const struct completion_mailbox *box)
{
	return box->poll_ms < COMPLETION_FIRST_MS ? box->poll_ms : COMPLETION_FIRST_MS;
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
	unknow(box, job->id);
	looked_mails_forget_since(&box->looked, job->ordered_at_ms - COMPLETION_SLACK_MS);
	box->is_forgotten = true;
	if (box->status.state == COMPLETION_IDLE) {
		box->status.state = COMPLETION_WAITING;
		loop_timer_start(box->timer, first_look_ms(box));
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
	know(box, job);
	*job = box->jobs[--box->job_count];
	box->jobs[box->job_count] = (struct waiting_job){0};
}

/* SPDX-License-Identifier: MIT */
#include "receiver/report/job/job_internal.h"

const struct job_state_ops *job_fail(struct job *j, enum job_end end, const char *text)
{
	j->end = end;
	j->record.is_fallback = j->conf.has_fallback && end == JOB_END_FAILED;
	if (text[0] != '\0')
		job_set_text(j, text);
	return &job_state_failed;
}

const struct job_state_ops *job_hold(struct job *j, enum job_end end)
{
	j->end = end;
	return &job_state_ending;
}

const struct job_state_ops *job_finish(struct job *j, enum job_end end)
{
	j->is_awaiting = false;
	j->conf.port->unawait(j->conf.arg);
	j->conf.port->finished(j->conf.arg, end);
	return &job_state_over;
}

const struct job_state_ops *job_end_begin(struct job *j)
{
	return job_finish(j, j->end);
}

/* done */

static void done_enter(struct job *j)
{
	job_set_state(j, JOB_DONE);
	job_drop_links(j);
	j->end = JOB_END_DONE;
}

const struct job_state_ops job_state_done = {
	.is_kept = true, .enter = done_enter, .begin = job_end_begin};

/* failed */

static void failed_enter(struct job *j)
{
	job_set_state(j, JOB_FAILED);
	job_drop_links(j);
}

static const struct job_state_ops *failed_begin(struct job *j)
{
	return job_finish(j, j->record.is_fallback ? JOB_END_FALLBACK : j->end);
}

const struct job_state_ops job_state_failed = {
	.is_kept = true, .enter = failed_enter, .begin = failed_begin};

/* ending: the record stays as it is; the run is told */

const struct job_state_ops job_state_ending = {.begin = job_end_begin};

/* over: nothing counts any more */

const struct job_state_ops job_state_over = {.begin = NULL};

/* SPDX-License-Identifier: MIT */
#include "receiver/report/job/job_internal.h"

/** It is stored already: begin, without entering it. */
static void resume(struct job *j, const struct job_state_ops *state)
{
	j->state = state;
	j->has_entered = true;
	job_change(j, state->begin(j));
}

/** What was waited for goes on to be. */
static void resume_waiting(struct job *j, const struct job_state_ops *state, uint64_t longest_ms)
{
	j->record.until_ms = job_within(j, j->record.until_ms, longest_ms);
	resume(j, state);
}

static void adopt_unsure(struct job *j)
{
	j->record.is_unsure = true;
	job_set_text(j, "stopped while it was ordered: the vendor may not know of it");
	job_change(j, &job_state_waiting);
}

static void adopt_file(struct job *j)
{
	const struct job_record *r = &j->record;

	if (r->file == NULL) {
		job_change(j, job_begin_download(j));
	} else if (r->state == JOB_DOWNLOADING && r->file_bytes > 0) {
		job_change(j, &job_state_decoding);
	} else {
		resume(j,
		       r->state == JOB_DOWNLOADING ? &job_state_downloading : &job_state_decoding);
	}
}

static void adopt_stale(struct job *j)
{
	j->record.is_fallback = j->conf.has_fallback;
	resume_waiting(j, &job_state_stale, j->conf.give_up_ms);
}

static void begin_anew(struct job *j)
{
	job_record_fini(&j->record);
	resume(j, &job_state_idle);
}

static void adopt_failed(struct job *j)
{
	if (j->record.is_fallback && j->conf.has_fallback) {
		resume(j, &job_state_failed);
	} else {
		begin_anew(j);
	}
}

void job_adopt(struct job *j)
{
	/* The clock was set back meanwhile: it is no younger than nothing. */
	if (job_aged_ms(j) > j->now_ms)
		j->record.aged_ms = j->now_ms;
	switch (j->record.state) {
	case JOB_IDLE:
		begin_anew(j);
		break;
	case JOB_REQUESTED:
		adopt_unsure(j);
		break;
	case JOB_ACCEPTED:
		job_change(j, &job_state_waiting);
		break;
	case JOB_WAITING:
		resume_waiting(j, &job_state_waiting, j->conf.timeout_ms);
		break;
	case JOB_READY:
		resume(j, &job_state_ready);
		break;
	case JOB_DOWNLOADING:
	case JOB_DECODING:
		adopt_file(j);
		break;
	case JOB_DONE:
		resume(j, job_hold(j, JOB_END_DONE));
		break;
	case JOB_STALE:
		adopt_stale(j);
		break;
	case JOB_FAILED:
		adopt_failed(j);
		break;
	}
}

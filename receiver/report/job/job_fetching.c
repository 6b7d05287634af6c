/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "receiver/report/job/job_internal.h"

/* ready: the links are stored, so the mail is not needed any more */

static void ready_enter(struct job *j)
{
	job_set_state(j, JOB_READY);
	j->record.text[0] = '\0';
}

const struct job_state_ops *job_begin_download(struct job *j)
{
	char name[JOB_NAME_SIZE] = "";

	if (j->record.file == NULL) {
		j->conf.port->name(j->conf.arg, name);
		assert(name[0] != '\0');
		j->record.file = strdup(name);
		if (j->record.file == NULL)
			return job_hold(j, JOB_END_LATER);
	}
	return &job_state_downloading;
}

static const struct job_state_ops *ready_begin(struct job *j)
{
	if (j->is_told)
		j->conf.port->kept(j->conf.arg);
	job_unawait(j);
	return j->record.file != NULL && j->record.file_bytes > 0 ? &job_state_decoding
	                                                          : job_begin_download(j);
}

const struct job_state_ops job_state_ready = {
	.is_kept = true, .is_open = true, .enter = ready_enter, .begin = ready_begin};

/* downloading: links[part] into file */

static void downloading_enter(struct job *j)
{
	job_set_state(j, JOB_DOWNLOADING);
}

static const struct job_state_ops *downloading_begin(struct job *j)
{
	j->conf.port->download(j->conf.arg);
	return NULL;
}

/** Whoever says so has removed the file. REFUSED: another link would lead to the same. */
static const struct job_state_ops *dead(struct job *j, enum job_end end, const char *text)
{
	struct job_record *r = &j->record;

	job_forget(&r->file);
	job_drop_file(j);
	if (r->is_shared || r->handed_file != NULL)
		return &job_state_waiting;
	if (j->conf.by == JOB_BY_POLL && !r->is_renewed && end != JOB_END_REFUSED) {
		r->is_renewed = true;
		return &job_state_waiting;
	}
	return job_fail(j, JOB_END_FAILED, text);
}

/** The file is another's now. A link that was asked for is not ours, so it counts as dead. */
static const struct job_state_ops *handed_over(struct job *j)
{
	job_forget(&j->record.file);
	if (j->conf.by == JOB_BY_POLL)
		return dead(j, JOB_END_FAILED, "the file is that of another report");
	return &job_state_waiting;
}

static const struct job_state_ops *downloading_on_event(struct job *j, enum job_event event,
                                                        enum job_end end, const char *text)
{
	switch (event) {
	case JOB_EV_DOWNLOADED:
		return &job_state_decoding;
	case JOB_EV_DEAD_LINK:
		return dead(j, end, text);
	case JOB_EV_HANDED_OVER:
		return handed_over(j);
	case JOB_EV_HELD:
		return job_hold(j, end);
	default:
		return NULL;
	}
}

const struct job_state_ops job_state_downloading = {.is_kept = true,
                                                    .is_open = true,
                                                    .enter = downloading_enter,
                                                    .begin = downloading_begin,
                                                    .on_event = downloading_on_event};

/* decoding: the file's rows, from place on */

static void decoding_enter(struct job *j)
{
	job_set_state(j, JOB_DECODING);
}

static const struct job_state_ops *decoding_begin(struct job *j)
{
	j->conf.port->decode(j->conf.arg);
	return NULL;
}

static const struct job_state_ops *decoded(struct job *j)
{
	struct job_record *r = &j->record;

	if (j->is_last)
		return job_hold(j, JOB_END_DONE);
	if (r->part + 1 >= r->link_count)
		return &job_state_done;
	r->part++;
	job_drop_file(j);
	return &job_state_downloading;
}

static const struct job_state_ops *decoding_on_event(struct job *j, enum job_event event,
                                                     enum job_end end, const char *text)
{
	switch (event) {
	case JOB_EV_DECODED:
		return decoded(j);
	case JOB_EV_DEAD_LINK:
		return j->is_last ? NULL : dead(j, end, text);
	case JOB_EV_HANDED_OVER:
		return j->is_last ? NULL : handed_over(j);
	case JOB_EV_HELD:
		return job_hold(j, end);
	default:
		return NULL;
	}
}

const struct job_state_ops job_state_decoding = {.is_kept = true,
                                                 .is_open = true,
                                                 .enter = decoding_enter,
                                                 .begin = decoding_begin,
                                                 .on_event = decoding_on_event};

/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "receiver/report/job/job_internal.h"

static void await(struct job *j)
{
	if (!j->is_awaiting)
		j->conf.port->await(j->conf.arg);
	j->is_awaiting = true;
}

/* waiting: until there are links, or a file */

static void waiting_enter(struct job *j)
{
	struct job_record *r = &j->record;

	job_set_state(j, JOB_WAITING);
	r->until_ms =
		job_within(j, job_aged_ms(j) + job_ms(j->conf.timeout_ms), j->conf.timeout_ms);
	r->is_shared = false;
	job_use_mail(j);
	job_drop_links(j);
	job_drop_file(j);
	job_forget(&r->file);
	j->is_told = false;
}

static const struct job_state_ops *waiting_begin(struct job *j)
{
	if (j->record.handed_file != NULL)
		return job_take_handed(j);
	await(j);
	return NULL;
}

const struct job_state_ops *job_take_handed(struct job *j)
{
	struct job_record *r = &j->record;
	char **links = NULL;

	job_use_mail(j); /* the file's mail is its owner's */
	if (r->handed_link != NULL) {
		links = calloc(1, sizeof(*links));
		if (links == NULL)
			return job_hold(j, JOB_END_LATER);
		links[0] = r->handed_link;
	}
	job_drop_links(j);
	job_drop_file(j);
	job_forget(&r->file);
	r->links = links;
	r->link_count = links != NULL ? 1 : 0;
	r->file = r->handed_file;
	r->file_bytes = r->handed_bytes;
	r->handed_link = NULL;
	r->handed_file = NULL;
	r->handed_bytes = 0;
	r->is_shared = true;
	r->is_unsure = false;
	j->is_told = false;
	return &job_state_ready;
}

static void tell_late(struct job *j)
{
	const int64_t late_ms = j->now_ms - job_aged_ms(j);
	/* The clock may have been set back while nobody watched it. */
	int64_t late_s = (late_ms > 0 ? late_ms : job_ms(j->conf.timeout_ms)) / 1000;
	bool is_long = late_s >= 120;

	(void)snprintf(j->record.text, sizeof(j->record.text),
	               "%" PRId64 " %s after the order there is no report",
	               is_long ? late_s / 60 : late_s, is_long ? "min" : "s");
}

static const struct job_state_ops *time_is_over(struct job *j, const char *text)
{
	const struct job_record *r = &j->record;

	if (r->is_unsure && r->orders < JOB_ORDERS_MAX)
		return &job_state_reorder;
	if (text[0] != '\0') {
		job_set_text(j, text);
	} else {
		tell_late(j);
	}
	return &job_state_stale;
}

static const struct job_state_ops *waiting_on_event(struct job *j, enum job_event event,
                                                    enum job_end end, const char *text)
{
	switch (event) {
	case JOB_EV_TIME:
		return time_is_over(j, text);
	case JOB_EV_BUILD_FAILED:
		return job_fail(j, JOB_END_FAILED, text);
	case JOB_EV_HELD:
		return job_hold(j, end);
	default:
		return NULL;
	}
}

const struct job_state_ops job_state_waiting = {.is_kept = true,
                                                .is_open = true,
                                                .is_waiting = true,
                                                .enter = waiting_enter,
                                                .begin = waiting_begin,
                                                .on_event = waiting_on_event};

/* stale: told to people; still waited for, unless another report takes its place */

static void stale_enter(struct job *j)
{
	struct job_record *r = &j->record;

	job_set_state(j, JOB_STALE);
	r->until_ms =
		job_within(j, job_aged_ms(j) + job_ms(j->conf.give_up_ms), j->conf.give_up_ms);
	r->is_fallback = j->conf.has_fallback;
	j->is_new_stale = true;
}

static const struct job_state_ops *stale_begin(struct job *j)
{
	if (j->is_new_stale)
		j->conf.port->stale(j->conf.arg);
	j->is_new_stale = false;
	if (j->record.is_fallback)
		return job_finish(j, JOB_END_FALLBACK);
	if (j->record.handed_file != NULL)
		return job_take_handed(j);
	await(j);
	return NULL;
}

static const struct job_state_ops *stale_on_event(struct job *j, enum job_event event,
                                                  enum job_end end, const char *text)
{
	switch (event) {
	case JOB_EV_TIME:
	case JOB_EV_BUILD_FAILED:
		return job_fail(j, JOB_END_FAILED, text);
	case JOB_EV_HELD:
		return job_hold(j, end);
	default:
		return NULL;
	}
}

const struct job_state_ops job_state_stale = {.is_kept = true,
                                              .is_open = true,
                                              .is_waiting = true,
                                              .enter = stale_enter,
                                              .begin = stale_begin,
                                              .on_event = stale_on_event};

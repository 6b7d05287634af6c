/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "receiver/report/job/job_internal.h"

/* idle: wait for the turn to order */

static const struct job_state_ops *idle_begin(struct job *j)
{
	j->conf.port->order(j->conf.arg);
	return NULL;
}

/** Also while an order is repeated. */
static const struct job_state_ops *turn_on_event(struct job *j, enum job_event event,
                                                 enum job_end end, const char *text)
{
	(void)text;
	if (event == JOB_EV_TURN)
		return &job_state_requested;
	return event == JOB_EV_NOT_SENT || event == JOB_EV_HELD ? job_hold(j, end) : NULL;
}

const struct job_state_ops job_state_idle = {
	.is_open = true, .begin = idle_begin, .on_event = turn_on_event};

/* requested: stored, then sent; what comes of it */

static void requested_enter(struct job *j)
{
	struct job_record *r = &j->record;

	assert(r->orders < JOB_ORDERS_MAX);
	j->unsure_ms = r->ordered_ms;
	j->unsure_aged_ms = job_aged_ms(j);
	job_set_state(j, JOB_REQUESTED);
	r->ordered_ms = j->now_ms;
	r->aged_ms = 0;
	r->orders++;
	r->is_unsure = false;
	r->is_counted = j->conf.is_counted;
	job_forget(&r->id);
	job_forget(&r->status_url);
}

static const struct job_state_ops *requested_begin(struct job *j)
{
	j->conf.port->send(j->conf.arg);
	return NULL;
}

static const struct job_state_ops *requested_on_event(struct job *j, enum job_event event,
                                                      enum job_end end, const char *text)
{
	switch (event) {
	case JOB_EV_UNSURE:
		j->record.is_unsure = true;
		job_set_text(j, text);
		return &job_state_waiting;
	case JOB_EV_REFUSED:
		return job_fail(j, JOB_END_REFUSED, text);
	case JOB_EV_NOT_SENT:
		j->end = end;
		return j->record.handed_file != NULL ? &job_state_waiting : &job_state_unsent;
	default:
		return NULL;
	}
}

const struct job_state_ops job_state_requested = {.is_kept = true,
                                                  .is_open = true,
                                                  .enter = requested_enter,
                                                  .begin = requested_begin,
                                                  .on_event = requested_on_event};

/* unsent: the record said that it was sent, and that is not so; stand still */

static void unsent_enter(struct job *j)
{
	struct job_record *r = &j->record;

	if (r->orders <= 1) {
		job_record_fini(r);
		return;
	}
	job_set_state(j, JOB_WAITING); /* the one before may still give a sign */
	r->orders--;
	r->is_unsure = true;
	r->ordered_ms = j->unsure_ms;
	r->aged_ms = j->unsure_aged_ms != j->unsure_ms ? j->unsure_aged_ms : 0;
	r->until_ms = j->now_ms;
}

const struct job_state_ops job_state_unsent = {
	.is_kept = true, .enter = unsent_enter, .begin = job_end_begin};

/* accepted: the vendor builds it */

static void accepted_enter(struct job *j)
{
	job_set_state(j, JOB_ACCEPTED);
}

static const struct job_state_ops *accepted_begin(struct job *j)
{
	(void)j;
	return &job_state_waiting;
}

const struct job_state_ops job_state_accepted = {
	.is_kept = true, .is_open = true, .enter = accepted_enter, .begin = accepted_begin};

/* reorder: waiting, unsure, and no sign in all the time: the same order once more */

static void reorder_enter(struct job *j)
{
	j->record.until_ms = 0;
}

static const struct job_state_ops *reorder_begin(struct job *j)
{
	job_unawait(j);
	j->conf.port->order(j->conf.arg);
	return NULL;
}

const struct job_state_ops job_state_reorder = {
	.is_open = true, .enter = reorder_enter, .begin = reorder_begin, .on_event = turn_on_event};

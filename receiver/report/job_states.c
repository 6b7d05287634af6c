/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/report/job_internal.h"

#define LONGEST_MS ((uint64_t)10 * 365 * 86400 * 1000)

static const struct job_state_ops reorder;
static const struct job_state_ops unsent;
static const struct job_state_ops ending;
static const struct job_state_ops over;

static void set_state(struct job *j, enum job_state state)
{
	j->record.state = state;
	j->record.since_ms = j->now_ms;
	j->record.until_ms = 0;
}

static void set_text(struct job *j, const char *text)
{
	(void)snprintf(j->record.text, sizeof(j->record.text), "%s", text);
}

static int64_t ms(uint64_t duration_ms)
{
	return (int64_t)(duration_ms < LONGEST_MS ? duration_ms : LONGEST_MS);
}

/** Not so soon that what came meanwhile is not seen, and not so late as a wrong clock would have
 * it.
 */
static int64_t within(const struct job *j, int64_t at_ms, uint64_t longest_ms)
{
	int64_t grace =
		ms(j->conf.timeout_ms) < JOB_GRACE_MS ? ms(j->conf.timeout_ms) : JOB_GRACE_MS;
	int64_t longest = ms(longest_ms) > grace ? ms(longest_ms) : grace;

	if (at_ms < j->now_ms + grace)
		return j->now_ms + grace;
	return at_ms < j->now_ms + longest ? at_ms : j->now_ms + longest;
}

static void forget(char **text)
{
	free(*text);
	*text = NULL;
}

void job_drop_links(struct job *j)
{
	for (size_t i = 0; i < j->record.link_count; i++)
		free(j->record.links[i]);
	free(j->record.links);
	j->record.links = NULL;
	j->record.link_count = 0;
	j->record.part = 0;
}

/** What was known of the file; its name stays. */
static void drop_file(struct job *j)
{
	forget(&j->record.validator);
	forget(&j->record.media_type);
	j->record.file_bytes = 0;
	j->record.place = (struct job_place){.offset = 0};
}

static const struct job_state_ops *hold(struct job *j, enum job_end end)
{
	j->end = end;
	return &ending;
}

const struct job_state_ops *job_fail(struct job *j, enum job_end end, const char *text)
{
	j->end = end;
	j->record.is_fallback = j->conf.has_fallback && end == JOB_END_FAILED;
	if (text[0] != '\0')
		set_text(j, text);
	return &job_failed;
}

static const struct job_state_ops *finish(struct job *j, enum job_end end)
{
	j->is_awaiting = false;
	j->conf.port->unawait(j->conf.arg);
	j->conf.port->finished(j->conf.arg, end);
	return &over;
}

static void await(struct job *j)
{
	if (!j->is_awaiting)
		j->conf.port->await(j->conf.arg);
	j->is_awaiting = true;
}

static void unawait(struct job *j)
{
	j->conf.port->unawait(j->conf.arg);
	j->is_awaiting = false;
}

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
		return &job_requested;
	return event == JOB_EV_NOT_SENT || event == JOB_EV_HELD ? hold(j, end) : NULL;
}

/* requested: stored, then sent; what comes of it */

static void requested_enter(struct job *j)
{
	struct job_record *r = &j->record;

	assert(r->orders < JOB_ORDERS_MAX);
	j->unsure_ms = r->ordered_ms;
	set_state(j, JOB_REQUESTED);
	r->ordered_ms = j->now_ms;
	r->orders++;
	r->is_unsure = false;
	forget(&r->id);
	forget(&r->status_url);
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
		set_text(j, text);
		return &job_waiting;
	case JOB_EV_REFUSED:
		return job_fail(j, JOB_END_REFUSED, text);
	case JOB_EV_NOT_SENT:
		j->end = end;
		return j->record.handed_file != NULL ? &job_waiting : &unsent;
	default:
		return NULL;
	}
}

/* unsent: the record said that it was sent, and that is not so; stand still */

static void unsent_enter(struct job *j)
{
	struct job_record *r = &j->record;

	if (r->orders <= 1) {
		job_record_fini(r);
		return;
	}
	set_state(j, JOB_WAITING); /* the one before may still give a sign */
	r->orders--;
	r->is_unsure = true;
	r->ordered_ms = j->unsure_ms;
	r->until_ms = j->now_ms;
}

static const struct job_state_ops *end_begin(struct job *j)
{
	return finish(j, j->end);
}

/* accepted: the vendor builds it */

static void accepted_enter(struct job *j)
{
	set_state(j, JOB_ACCEPTED);
}

static const struct job_state_ops *accepted_begin(struct job *j)
{
	(void)j;
	return &job_waiting;
}

/* waiting: until there are links, or a file */

static void waiting_enter(struct job *j)
{
	struct job_record *r = &j->record;

	set_state(j, JOB_WAITING);
	r->until_ms = within(j, r->ordered_ms + ms(j->conf.timeout_ms), j->conf.timeout_ms);
	r->is_shared = false;
	job_drop_links(j);
	drop_file(j);
	forget(&r->file);
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

	if (r->handed_link != NULL) {
		links = calloc(1, sizeof(*links));
		if (links == NULL)
			return hold(j, JOB_END_LATER);
		links[0] = r->handed_link;
	}
	job_drop_links(j);
	drop_file(j);
	forget(&r->file);
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
	return &job_ready_state;
}

static void tell_late(struct job *j)
{
	int64_t late_s = (j->now_ms - j->record.ordered_ms) / 1000;
	bool is_long = late_s >= 120;

	(void)snprintf(j->record.text, sizeof(j->record.text),
	               "%" PRId64 " %s after the order there is no report",
	               is_long ? late_s / 60 : late_s, is_long ? "min" : "s");
}

static const struct job_state_ops *time_is_over(struct job *j, const char *text)
{
	const struct job_record *r = &j->record;

	if (r->is_unsure && r->orders < JOB_ORDERS_MAX)
		return &reorder;
	if (text[0] != '\0')
		set_text(j, text);
	else
		tell_late(j);
	return &job_stale;
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
		return hold(j, end);
	default:
		return NULL;
	}
}

/* reorder: waiting, unsure, and no sign in all the time: the same order once more */

static void reorder_enter(struct job *j)
{
	j->record.until_ms = 0;
}

static const struct job_state_ops *reorder_begin(struct job *j)
{
	unawait(j);
	j->conf.port->order(j->conf.arg);
	return NULL;
}

/* ready: the links are stored, so the mail is not needed any more */

static void ready_enter(struct job *j)
{
	set_state(j, JOB_READY);
	j->record.text[0] = '\0';
}

static const struct job_state_ops *begin_download(struct job *j)
{
	char name[JOB_NAME_SIZE] = "";

	if (j->record.file == NULL) {
		j->conf.port->name(j->conf.arg, name);
		assert(name[0] != '\0');
		j->record.file = strdup(name);
		if (j->record.file == NULL)
			return hold(j, JOB_END_LATER);
	}
	return &job_downloading;
}

static const struct job_state_ops *ready_begin(struct job *j)
{
	if (j->is_told)
		j->conf.port->kept(j->conf.arg);
	unawait(j);
	return j->record.file != NULL && j->record.file_bytes > 0 ? &job_decoding
	                                                          : begin_download(j);
}

/* downloading: links[part] into file */

static void downloading_enter(struct job *j)
{
	set_state(j, JOB_DOWNLOADING);
}

static const struct job_state_ops *downloading_begin(struct job *j)
{
	j->conf.port->download(j->conf.arg);
	return NULL;
}

/** Whoever says so has removed the file. */
static const struct job_state_ops *dead(struct job *j, const char *text)
{
	struct job_record *r = &j->record;

	forget(&r->file);
	drop_file(j);
	if (r->is_shared || r->handed_file != NULL)
		return &job_waiting;
	if (j->conf.by == JOB_BY_POLL && !r->is_renewed) {
		r->is_renewed = true;
		return &job_waiting;
	}
	return job_fail(j, JOB_END_FAILED, text);
}

/** The file is another's now. A link that was asked for is not ours, so it counts as dead. */
static const struct job_state_ops *handed_over(struct job *j)
{
	forget(&j->record.file);
	if (j->conf.by == JOB_BY_POLL)
		return dead(j, "the file is that of another report");
	return &job_waiting;
}

static const struct job_state_ops *downloading_on_event(struct job *j, enum job_event event,
                                                        enum job_end end, const char *text)
{
	switch (event) {
	case JOB_EV_DOWNLOADED:
		return &job_decoding;
	case JOB_EV_DEAD_LINK:
		return dead(j, text);
	case JOB_EV_HANDED_OVER:
		return handed_over(j);
	case JOB_EV_HELD:
		return hold(j, end);
	default:
		return NULL;
	}
}

/* decoding: the file's rows, from place on */

static void decoding_enter(struct job *j)
{
	set_state(j, JOB_DECODING);
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
		return hold(j, JOB_END_DONE);
	if (r->part + 1 >= r->link_count)
		return &job_done;
	r->part++;
	drop_file(j);
	return &job_downloading;
}

static const struct job_state_ops *decoding_on_event(struct job *j, enum job_event event,
                                                     enum job_end end, const char *text)
{
	switch (event) {
	case JOB_EV_DECODED:
		return decoded(j);
	case JOB_EV_DEAD_LINK:
		return j->is_last ? NULL : dead(j, text);
	case JOB_EV_HANDED_OVER:
		return j->is_last ? NULL : handed_over(j);
	case JOB_EV_HELD:
		return hold(j, end);
	default:
		return NULL;
	}
}

/* done */

static void done_enter(struct job *j)
{
	set_state(j, JOB_DONE);
	job_drop_links(j);
	j->end = JOB_END_DONE;
}

/* stale: told to people; still waited for, unless another report takes its place */

static void stale_enter(struct job *j)
{
	struct job_record *r = &j->record;

	set_state(j, JOB_STALE);
	r->until_ms = within(j, r->ordered_ms + ms(j->conf.give_up_ms), j->conf.give_up_ms);
	r->is_fallback = j->conf.has_fallback;
	j->is_new_stale = true;
}

static const struct job_state_ops *stale_begin(struct job *j)
{
	if (j->is_new_stale)
		j->conf.port->stale(j->conf.arg);
	j->is_new_stale = false;
	if (j->record.is_fallback)
		return finish(j, JOB_END_FALLBACK);
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
		return hold(j, end);
	default:
		return NULL;
	}
}

/* failed */

static void failed_enter(struct job *j)
{
	set_state(j, JOB_FAILED);
	job_drop_links(j);
}

static const struct job_state_ops *failed_begin(struct job *j)
{
	return finish(j, j->record.is_fallback ? JOB_END_FALLBACK : j->end);
}

const struct job_state_ops job_idle = {
	.is_open = true, .begin = idle_begin, .on_event = turn_on_event};
const struct job_state_ops job_requested = {.is_kept = true,
                                            .is_open = true,
                                            .enter = requested_enter,
                                            .begin = requested_begin,
                                            .on_event = requested_on_event};
static const struct job_state_ops unsent = {
	.is_kept = true, .enter = unsent_enter, .begin = end_begin};
const struct job_state_ops job_accepted_state = {
	.is_kept = true, .is_open = true, .enter = accepted_enter, .begin = accepted_begin};
const struct job_state_ops job_waiting = {.is_kept = true,
                                          .is_open = true,
                                          .is_waiting = true,
                                          .enter = waiting_enter,
                                          .begin = waiting_begin,
                                          .on_event = waiting_on_event};
static const struct job_state_ops reorder = {
	.is_open = true, .enter = reorder_enter, .begin = reorder_begin, .on_event = turn_on_event};
const struct job_state_ops job_ready_state = {
	.is_kept = true, .is_open = true, .enter = ready_enter, .begin = ready_begin};
const struct job_state_ops job_downloading = {.is_kept = true,
                                              .is_open = true,
                                              .enter = downloading_enter,
                                              .begin = downloading_begin,
                                              .on_event = downloading_on_event};
const struct job_state_ops job_decoding = {.is_kept = true,
                                           .is_open = true,
                                           .enter = decoding_enter,
                                           .begin = decoding_begin,
                                           .on_event = decoding_on_event};
const struct job_state_ops job_done = {.is_kept = true, .enter = done_enter, .begin = end_begin};
const struct job_state_ops job_stale = {.is_kept = true,
                                        .is_open = true,
                                        .is_waiting = true,
                                        .enter = stale_enter,
                                        .begin = stale_begin,
                                        .on_event = stale_on_event};
const struct job_state_ops job_failed = {
	.is_kept = true, .enter = failed_enter, .begin = failed_begin};
/* What was begun has come to its end; the run is told. */
static const struct job_state_ops ending = {.begin = end_begin};
static const struct job_state_ops over = {.begin = NULL};

/* ---- adoption ---- */

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
	j->record.until_ms = within(j, j->record.until_ms, longest_ms);
	resume(j, state);
}

static void adopt_unsure(struct job *j)
{
	j->record.is_unsure = true;
	set_text(j, "stopped while it was ordered: the vendor may not know of it");
	job_change(j, &job_waiting);
}

static void adopt_file(struct job *j)
{
	const struct job_record *r = &j->record;

	if (r->file == NULL)
		job_change(j, begin_download(j));
	else if (r->state == JOB_DOWNLOADING && r->file_bytes > 0)
		job_change(j, &job_decoding);
	else
		resume(j, r->state == JOB_DOWNLOADING ? &job_downloading : &job_decoding);
}

static void adopt_stale(struct job *j)
{
	j->record.is_fallback = j->conf.has_fallback;
	resume_waiting(j, &job_stale, j->conf.give_up_ms);
}

static void begin_anew(struct job *j)
{
	job_record_fini(&j->record);
	resume(j, &job_idle);
}

static void adopt_failed(struct job *j)
{
	if (j->record.is_fallback && j->conf.has_fallback)
		resume(j, &job_failed);
	else
		begin_anew(j);
}

void job_adopt(struct job *j)
{
	switch (j->record.state) {
	case JOB_IDLE:
		begin_anew(j);
		break;
	case JOB_REQUESTED:
		adopt_unsure(j);
		break;
	case JOB_ACCEPTED:
		job_change(j, &job_waiting);
		break;
	case JOB_WAITING:
		resume_waiting(j, &job_waiting, j->conf.timeout_ms);
		break;
	case JOB_READY:
		resume(j, &job_ready_state);
		break;
	case JOB_DOWNLOADING:
	case JOB_DECODING:
		adopt_file(j);
		break;
	case JOB_DONE:
		resume(j, hold(j, JOB_END_DONE));
		break;
	case JOB_STALE:
		adopt_stale(j);
		break;
	case JOB_FAILED:
		adopt_failed(j);
		break;
	}
}

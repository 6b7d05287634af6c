/* SPDX-License-Identifier: MIT */
#include "receiver/report/job/job.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/report/job/job_internal.h"

enum err job_new(const struct job_conf *conf, struct job_record *record, struct job **ret_job)
{
	assert(conf->port != NULL);

	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return ERR_NOMEM;
	j->conf = *conf;
	j->record = *record;
	j->record.is_counted = conf->is_counted;
	*record = (struct job_record){.state = JOB_IDLE};
	*ret_job = j;
	return ERR_OK;
}

void job_free(struct job *j)
{
	if (j == NULL)
		return;
	job_record_fini(&j->record);
	free(j);
}

const struct job_record *job_record(const struct job *j)
{
	return &j->record;
}

void job_store(struct job *j)
{
	if (j->is_storing) {
		j->is_dirty = true;
		return;
	}
	j->is_storing = true;
	j->is_dirty = false;
	j->conf.port->store(j->conf.arg);
}

void job_change(struct job *j, const struct job_state_ops *next)
{
	while (next != NULL) {
		j->state = next;
		j->has_entered = false;
		if (next->enter != NULL)
			next->enter(j);
		if (next->is_kept) {
			job_store(j);
			return;
		}
		j->has_entered = true;
		next = next->begin != NULL ? next->begin(j) : NULL;
	}
}

/** Only when all that has changed is on disk is the next step taken. */
static void stored(struct job *j)
{
	assert(j->is_storing);
	j->is_storing = false;
	if (j->state->begin == NULL)
		return;
	if (j->is_dirty) {
		job_store(j);
	} else if (!j->has_entered) {
		j->has_entered = true;
		job_change(j, j->state->begin(j));
	}
}

void job_begin(struct job *j, int64_t now_ms)
{
	assert(j->state == NULL);
	j->now_ms = now_ms;
	job_adopt(j);
}

void job_event(struct job *j, enum job_event event, enum job_end end, const char *text,
               int64_t now_ms)
{
	assert(j->state != NULL);
	assert(event != JOB_EV_ACCEPTED && event != JOB_EV_READY);
	j->now_ms = now_ms;
	if (event == JOB_EV_STORED) {
		stored(j);
	} else if (event == JOB_EV_BROUGHT) {
		job_change(j, j->state->is_open && !j->is_last ? &job_state_done : NULL);
	} else if (j->state->on_event != NULL) {
		job_change(j, j->state->on_event(j, event, end, text));
	}
}

static int64_t moved(int64_t time_ms, int64_t by_ms)
{
	if (time_ms == 0)
		return 0;
	return time_ms + by_ms > 0 ? time_ms + by_ms : 1; /* before 1970: as early as can be */
}

void job_clock_set(struct job *j, int64_t by_ms, int64_t now_ms)
{
	struct job_record *r = &j->record;

	j->now_ms = now_ms;
	if (j->state == NULL || r->state == JOB_IDLE || r->state == JOB_DONE)
		return;
	r->aged_ms = moved(job_aged_ms(j), by_ms);
	r->since_ms = moved(r->since_ms, by_ms);
	r->until_ms = moved(r->until_ms, by_ms);
	j->unsure_aged_ms = moved(j->unsure_aged_ms, by_ms);
	if (j->state->is_waiting)
		job_store(j);
}

static bool is_other(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

enum err job_note_file(struct job *j, struct str validator, struct str media_type,
                       uint64_t file_bytes)
{
	struct job_record *r = &j->record;
	char *new_validator = NULL;
	char *new_type = NULL;
	bool is_new;

	if (j->state != &job_state_downloading)
		return ERR_OK;
	if (job_copy_text(validator, &new_validator) != ERR_OK ||
	    job_copy_text(media_type, &new_type) != ERR_OK) {
		free(new_validator);
		return ERR_NOMEM;
	}
	is_new = is_other(r->validator, new_validator);
	job_replace(&r->validator, new_validator);
	job_replace(&r->media_type, new_type);
	r->file_bytes = file_bytes;
	if (is_new)
		job_store(j);
	return ERR_OK;
}

void job_note_place(struct job *j, struct job_place place)
{
	if (j->state == &job_state_decoding)
		j->record.place = place;
}

void job_note_last(struct job *j, int64_t now_ms)
{
	if (j->state != &job_state_decoding)
		return;
	assert(j->record.part + 1 >= j->record.link_count);
	job_drop_links(j);
	j->record.state = JOB_DONE;
	j->record.since_ms = now_ms;
	j->record.until_ms = 0;
	j->is_last = true;
}

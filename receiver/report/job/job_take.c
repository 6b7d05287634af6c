/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "receiver/report/job/job_internal.h"

/* ---- what comes with texts: all of it, or nothing ---- */

static void free_links(char **links, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(links[i]);
	free(links);
}

static enum err copy_links(const struct str *links, size_t count, char ***ret_links)
{
	char **copies;

	assert(count <= JOB_LINKS_MAX);
	if (count == 0) {
		*ret_links = NULL;
		return ERR_OK;
	}
	copies = calloc(count, sizeof(*copies));
	if (copies == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		copies[i] = str_dup(links[i]);
		if (copies[i] == NULL) {
			free_links(copies, i);
			return ERR_NOMEM;
		}
	}
	*ret_links = copies;
	return ERR_OK;
}

/** @return ERR_OK, ERR_LIMIT the store could not take it, ERR_NOMEM */
static enum err try_write(const struct job_record *r)
{
	struct buf text;
	enum err err;

	buf_init(&text, JOB_RECORD_MAX);
	err = job_record_write(r, &text);
	buf_fini(&text);
	return err;
}

static const struct job_state_ops *too_many(struct job *j)
{
	return job_fail(j, JOB_END_FAILED, "there are more links than can be stored");
}

/** Copies of an acceptance's texts. Those that were made are in @p copy, whatever is returned. */
static enum err copy_acceptance(const struct job_acceptance *a, struct job_record *copy)
{
	enum err err = copy_links(a->links, a->link_count, &copy->links);

	if (err == ERR_OK) {
		copy->link_count = a->link_count;
		err = job_copy_text(a->id, &copy->id);
	}
	if (err == ERR_OK)
		err = job_copy_text(a->status_url, &copy->status_url);
	if (err == ERR_OK)
		err = job_copy_text(a->file, &copy->file);
	if (err == ERR_OK)
		err = job_copy_text(a->media_type, &copy->media_type);
	return err;
}

/** Put them in the record's place; those it had are in @p copy then. */
static void swap_acceptance(struct job *j, uint64_t file_bytes, struct job_record *copy)
{
	struct job_record old = j->record;
	struct job_record *r = &j->record;

	r->links = copy->links;
	r->link_count = copy->link_count;
	r->part = 0;
	r->id = copy->id;
	r->status_url = copy->status_url;
	r->file = copy->file;
	r->file_bytes = copy->file != NULL ? file_bytes : 0;
	r->media_type = copy->media_type;
	r->is_unsure = false;
	r->text[0] = '\0';
	*copy = (struct job_record){.links = old.links,
	                            .link_count = old.link_count,
	                            .id = old.id,
	                            .status_url = old.status_url,
	                            .file = old.file,
	                            .media_type = old.media_type};
}

enum err job_accepted(struct job *j, const struct job_acceptance *a, int64_t now_ms)
{
	struct job_record copy = {.state = JOB_READY};
	enum err err;

	assert(j->state != NULL);
	assert(a->file.len == 0 || (a->is_ready && a->file_bytes > 0));
	if (j->state != &job_state_requested)
		return ERR_OK;
	err = copy_acceptance(a, &copy);
	if (err == ERR_OK)
		err = try_write(&copy);
	if (err == ERR_OK) {
		j->now_ms = now_ms;
		swap_acceptance(j, a->file_bytes, &copy);
		job_change(j, a->is_ready || a->link_count > 0 ? &job_state_ready
		                                               : &job_state_accepted);
	} else if (err == ERR_LIMIT) {
		j->now_ms = now_ms;
		job_change(j, too_many(j));
		err = ERR_OK;
	}
	job_record_fini(&copy);
	return err;
}

void job_note_mail(struct job *j, struct job_mail mail)
{
	if (j->state != NULL && j->state->is_waiting)
		j->record.mail = mail;
}

enum err job_ready(struct job *j, const struct str *links, size_t count, bool is_shared,
                   int64_t now_ms)
{
	struct job_record next;
	enum err err;

	if (j->state == NULL || !j->state->is_waiting)
		return ERR_EXISTS;
	next = j->record;
	err = copy_links(links, count, &next.links);
	if (err != ERR_OK)
		return err;
	next.link_count = count;
	next.part = 0;
	err = try_write(&next);
	if (err == ERR_NOMEM) {
		free_links(next.links, count);
		return err;
	}
	job_drop_links(j);
	j->record.links = next.links;
	j->record.link_count = count;
	j->record.is_shared = is_shared;
	/* One that may be another's is no sign that this order arrived. */
	j->record.is_unsure = j->record.is_unsure && is_shared;
	j->is_told = true;
	j->now_ms = now_ms;
	job_change(j, err == ERR_OK ? &job_state_ready : too_many(j));
	return ERR_OK;
}

enum err job_hand(struct job *j, struct str link, struct str file, uint64_t bytes, int64_t now_ms)
{
	struct job_record *r = &j->record;
	struct job_record next;
	enum err err;

	assert(file.len > 0 && bytes > 0);
	if (j->state == NULL || !j->state->is_open || j->state == &job_state_idle || j->is_last ||
	    r->handed_file != NULL)
		return ERR_EXISTS;
	next = *r;
	next.handed_link = NULL;
	next.handed_file = NULL;
	err = job_copy_text(link, &next.handed_link);
	if (err == ERR_OK)
		err = job_copy_text(file, &next.handed_file);
	if (err == ERR_OK)
		err = try_write(&next);
	if (err != ERR_OK) {
		free(next.handed_link);
		free(next.handed_file);
		return err == ERR_LIMIT ? ERR_EXISTS : err;
	}
	job_replace(&r->handed_link, next.handed_link);
	r->handed_file = next.handed_file;
	r->handed_bytes = bytes;
	j->now_ms = now_ms;
	if (r->state == JOB_WAITING || r->state == JOB_STALE) {
		job_change(j, job_take_handed(j));
	} else {
		job_store(j);
	}
	return ERR_OK;
}

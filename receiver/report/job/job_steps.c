/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/report/job/job_internal.h"

#define LONGEST_MS ((uint64_t)10 * 365 * 86400 * 1000)

void job_set_state(struct job *j, enum job_state state)
{
	j->record.state = state;
	j->record.since_ms = j->now_ms;
	j->record.until_ms = 0;
}

void job_set_text(struct job *j, const char *text)
{
	(void)snprintf(j->record.text, sizeof(j->record.text), "%s", text);
}

int64_t job_ms(uint64_t duration_ms)
{
	return (int64_t)(duration_ms < LONGEST_MS ? duration_ms : LONGEST_MS);
}

int64_t job_aged_ms(const struct job *j)
{
	return j->record.aged_ms != 0 ? j->record.aged_ms : j->record.ordered_ms;
}

int64_t job_within(const struct job *j, int64_t at_ms, uint64_t longest_ms)
{
	int64_t grace = job_ms(j->conf.timeout_ms) < JOB_GRACE_MS ? job_ms(j->conf.timeout_ms)
	                                                          : JOB_GRACE_MS;
	int64_t longest = job_ms(longest_ms) > grace ? job_ms(longest_ms) : grace;

	if (at_ms < j->now_ms + grace)
		return j->now_ms + grace;
	return at_ms < j->now_ms + longest ? at_ms : j->now_ms + longest;
}

void job_forget(char **text)
{
	free(*text);
	*text = NULL;
}

void job_use_mail(struct job *j)
{
	struct job_record *r = &j->record;
	const uint64_t digest = r->mail.digest;

	r->mail = (struct job_mail){.uid = 0};
	if (digest == 0)
		return;
	if (r->used_count == JOB_USED_MAX) {
		r->used_count--;
		memmove(r->used, r->used + 1, r->used_count * sizeof(*r->used));
	}
	r->used[r->used_count++] = digest;
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

void job_drop_file(struct job *j)
{
	job_forget(&j->record.validator);
	job_forget(&j->record.media_type);
	j->record.file_bytes = 0;
	j->record.place = (struct job_place){.offset = 0};
}

void job_unawait(struct job *j)
{
	j->conf.port->unawait(j->conf.arg);
	j->is_awaiting = false;
}

enum err job_copy_text(struct str text, char **ret_copy)
{
	char *copy = text.len > 0 ? str_dup(text) : NULL;

	if (text.len > 0 && copy == NULL)
		return ERR_NOMEM;
	*ret_copy = copy;
	return ERR_OK;
}

void job_replace(char **text, char *copy)
{
	free(*text);
	*text = copy;
}

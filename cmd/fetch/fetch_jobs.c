/* SPDX-License-Identifier: MIT */
#include "cmd/fetch/fetch_jobs.h"

#include <string.h>

#include "cmd/base/terminal.h"
#include "cmd/status/status_jobs.h"
#include "cmd/status/status_parts.h"

#define STATES_MAX 16

/* How many are in which state, in the order in which they were seen. */
struct tally {
	const char *state;
	unsigned count;
};

bool fetch_jobs_is_outstanding(const json_t *job)
{
	static const char *const over[] = {"", "idle", "done", "failed"};
	const char *state = status_text_at(job, "state");

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		if (strcmp(state, over[i]) == 0)
			return false;
	}
	return true;
}

void fetch_jobs_write_one(const json_t *job, int64_t now_ms, struct buf *b)
{
	const char *text = status_text_at(job, "text");

	status_job_text(job, now_ms, b);
	if (*text != '\0')
		(void)buf_append_str(b, STR_LIT("; "));
	terminal_append(b, str_from(text));
}

static void count_one(struct tally tally[STATES_MAX], const char *state)
{
	size_t i = 0;

	while (i < STATES_MAX && tally[i].state != NULL && strcmp(tally[i].state, state) != 0)
		i++;
	if (i == STATES_MAX)
		return;
	tally[i].state = state;
	tally[i].count++;
}

bool fetch_jobs_write(json_t *active, int64_t now_ms, struct buf *b)
{
	struct tally tally[STATES_MAX] = {{.count = 0}};
	const json_t *last = NULL;
	const char *key;
	json_t *run;
	size_t count = 0;

	json_object_foreach(active, key, run) {
		const json_t *job = json_array_get(run, 2);

		if (!json_is_object(job))
			continue;
		last = job;
		count++;
		count_one(tally, status_text_at(job, "state"));
	}
	if (count == 1)
		fetch_jobs_write_one(last, now_ms, b);
	for (size_t i = 0; count > 1 && i < STATES_MAX && tally[i].state != NULL; i++) {
		(void)buf_printf(b, "%s%u %s", i > 0 ? ", " : "", tally[i].count, tally[i].state);
	}
	return count > 0;
}

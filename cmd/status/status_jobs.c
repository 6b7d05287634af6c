/* SPDX-License-Identifier: MIT */
#include "cmd/status/status_jobs.h"

#include <string.h>

#include "cmd/status/status_parts.h"

#define STATE_MAX   256
#define TROUBLE_MAX 512

/* What a state is called here; by: how it becomes known that the report is ready. */
static const struct words {
	const char *state, *by, *text;
} words[] = {
	{"idle", NULL, "not ordered yet"},
	{"requested", NULL, "being ordered"},
	{"accepted", NULL, "ordered"},
	{"waiting", "mailbox", "waiting for the mail"},
	{"waiting", "poll", "waiting for the vendor"},
	{"waiting", "handoff", "waiting for somebody to import it"},
	{"decoding", NULL, "reading the file"},
	{"stale", NULL, "STALE"},
	{"failed", NULL, "FAILED"},
};

static bool is_word(const json_t *object, const char *key, const char *word)
{
	return strcmp(status_text_at(object, key), word) == 0;
}

static const char *words_of(const json_t *job)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_word(job, "state", words[i].state) &&
		    (words[i].by == NULL || is_word(job, "by", words[i].by)))
			return words[i].text;
	}
	return status_text_at(job, "state");
}

/* "; stale in 18 min" */
static void write_until(const json_t *job, int64_t now_ms, struct buf *b)
{
	const char *what = is_word(job, "state", "stale") ? "given up" : "stale";
	char span[STATUS_SPAN_SIZE];
	long long seconds = 0;

	if (!status_seconds_until(job, "until", now_ms, &seconds) || seconds < 0)
		return;
	status_write_duration(seconds, span);
	(void)buf_printf(b, "; %s in %s", what, span);
}

/* "; 12.0 MiB of 40.0 MiB" */
static void write_file(const json_t *job, struct buf *b)
{
	char bytes[STATUS_TEXT_SIZE], size[STATUS_TEXT_SIZE];

	if (!is_word(job, "state", "downloading"))
		return;
	status_write_bytes(status_number_at(job, "file_bytes"), bytes);
	(void)buf_printf(b, "; %s", bytes);
	if (status_number_at(job, "file_size") == 0)
		return;
	status_write_bytes(status_number_at(job, "file_size"), size);
	(void)buf_printf(b, " of %s", size);
}

/* "waiting for the mail, 12 min" */
static void write_step(const json_t *job, int64_t now_ms, struct buf *b)
{
	char span[STATUS_SPAN_SIZE];
	long long seconds = 0;

	(void)buf_append_str(b, str_from(words_of(job)));
	if (status_seconds_until(job, "since", now_ms, &seconds)) {
		status_write_duration(seconds < 0 ? -seconds : 0, span);
		(void)buf_printf(b, ", %s", span);
	}
}

static bool is_bad(const json_t *job)
{
	return is_word(job, "state", "stale") || is_word(job, "state", "failed");
}

void status_job_text(const json_t *job, int64_t now_ms, struct buf *b)
{
	write_step(job, now_ms, b);
	write_file(job, b);
	write_until(job, now_ms, b);
	if (json_is_true(json_object_get(job, "stale")) && !is_bad(job))
		(void)buf_append_str(b, STR_LIT("; the one before did not come"));
}

/* A run that ended well after its order was given up on read another report instead. */
static bool has_fallen_back(const json_t *report, const json_t *job, int64_t now_ms)
{
	long long since = 0, done = 0;

	return is_bad(job) && status_seconds_until(job, "since", now_ms, &since) &&
	       status_seconds_until(report, "last_done", now_ms, &done) && done >= since;
}

static void write_state(const json_t *report, const json_t *job, int64_t now_ms, struct buf *b)
{
	if (has_fallen_back(report, job, now_ms)) {
		write_step(job, now_ms, b);
		(void)buf_append_str(b, STR_LIT("; the fallback was read"));
	} else {
		status_job_text(job, now_ms, b);
	}
}

static void add_job(struct table *t, const char *account, const json_t *report, int64_t now_ms)
{
	const json_t *job = json_object_get(report, "job");
	char ordered[STATUS_TEXT_SIZE];
	struct buf values, state;

	buf_init(&values, STATUS_VALUES_MAX);
	buf_init(&state, STATE_MAX);
	status_write_values(json_object_get(report, "values"), &values);
	write_state(report, job, now_ms, &state);
	status_write_from_now(job, "ordered", now_ms, ordered);

	const char *const cells[] = {account,           status_text_at(report, "report"),
	                             buf_cstr(&values), ordered,
	                             buf_cstr(&state),  status_text_at(job, "text")};

	if (json_is_true(json_object_get(job, "stale")))
		table_mark(t);
	status_add_all(t, cells, sizeof(cells) / sizeof(cells[0]));
	buf_fini(&values);
	buf_fini(&state);
}

static size_t add_jobs(struct table *t, const json_t *accounts, int64_t now_ms)
{
	size_t i, k, count = 0;
	json_t *a, *r;

	json_array_foreach(accounts, i, a) {
		json_array_foreach(json_object_get(a, "reports"), k, r) {
			if (json_object_get(r, "job") == NULL)
				continue;
			add_job(t, status_text_at(a, "account"), r, now_ms);
			count++;
		}
	}
	return count;
}

static void add_mailbox(struct table *t, const json_t *box, int64_t now_ms)
{
	const char *cause = status_text_at(box, "cause"), *text = status_text_at(box, "text");
	char state[STATUS_TEXT_SIZE], look[STATUS_TEXT_SIZE], jobs[STATUS_TEXT_SIZE];
	char span[STATUS_SPAN_SIZE], trouble[TROUBLE_MAX];
	bool is_down = is_word(box, "state", "down");
	long long seconds = 0;

	(void)snprintf(state, sizeof(state), "%.20s", status_text_at(box, "state"));
	if (is_down && status_seconds_until(box, "since", now_ms, &seconds)) {
		status_write_duration(seconds < 0 ? -seconds : 0, span);
		(void)snprintf(state, sizeof(state), "DOWN, %s", span);
	}
	status_write_from_now(box, "last_look", now_ms, look);
	(void)snprintf(jobs, sizeof(jobs), "%lld", status_number_at(box, "jobs"));
	(void)snprintf(trouble, sizeof(trouble), "%s%s%s", cause,
	               cause[0] != '\0' && text[0] != '\0' ? ": " : "", text);

	const char *const cells[] = {status_text_at(box, "url"),
	                             status_text_at(box, "username"),
	                             state,
	                             look,
	                             jobs,
	                             trouble};

	if (is_down)
		table_mark(t);
	status_add_all(t, cells, sizeof(cells) / sizeof(cells[0]));
}

static size_t add_mailboxes(struct table *t, const json_t *mailboxes, int64_t now_ms)
{
	size_t i;
	json_t *box;

	json_array_foreach(mailboxes, i, box) {
		add_mailbox(t, box, now_ms);
	}
	return json_array_size(mailboxes);
}

struct kind {
	const struct table_column *columns;
	size_t count;
	size_t (*add)(struct table *t, const json_t *list, int64_t now_ms);
};

static enum err print_table(const struct kind *kind, const json_t *list, int64_t now_ms,
                            const struct terminal *terminal, FILE *out)
{
	struct table *t;

	if (table_new(kind->columns, kind->count, &t) != ERR_OK)
		return ERR_NOMEM;
	if (kind->add(t, list, now_ms) > 0) {
		(void)fputc('\n', out);
		table_print(t, terminal, out);
	}
	table_free(t);
	return ERR_OK;
}

enum err status_jobs_print(const json_t *document, int64_t now_ms, const struct terminal *terminal,
                           FILE *out)
{
	static const struct table_column jobs[] = {{"ACCOUNT", 0}, {"REPORT", 5}, {"VALUES", 2},
	                                           {"ORDERED", 3}, {"STATE", 4},  {"TROUBLE", 1}};
	static const struct table_column mailboxes[] = {{"MAILBOX", 0}, {"USER", 2},
	                                                {"STATE", 5},   {"LAST LOOK", 4},
	                                                {"JOBS", 3},    {"TROUBLE", 1}};
	static const struct kind kinds[] = {
		{jobs, sizeof(jobs) / sizeof(jobs[0]), add_jobs},
		{mailboxes, sizeof(mailboxes) / sizeof(mailboxes[0]), add_mailboxes},
	};
	enum err err = print_table(&kinds[0], json_object_get(document, "accounts"), now_ms,
	                           terminal, out);

	if (err != ERR_OK)
		return err;
	return print_table(&kinds[1], json_object_get(document, "mailboxes"), now_ms, terminal,
	                   out);
}

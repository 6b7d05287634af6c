/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/percent.h"
#include "receiver/report/job/job.h"

#define TIME_MAX_MS 253402300799999 /* end of the year 9999 */
#define MAIL_PARTS  4

static const char *const state_names[] = {
	[JOB_IDLE] = "idle",         [JOB_REQUESTED] = "requested",
	[JOB_ACCEPTED] = "accepted", [JOB_WAITING] = "waiting",
	[JOB_READY] = "ready",       [JOB_DOWNLOADING] = "downloading",
	[JOB_DECODING] = "decoding", [JOB_DONE] = "done",
	[JOB_STALE] = "stale",       [JOB_FAILED] = "failed",
};

#define STATE_COUNT (sizeof(state_names) / sizeof(*state_names))

enum kind { KIND_TIME, KIND_BYTES, KIND_ORDERS, KIND_FLAG, KIND_TEXT, KIND_NAME, KIND_REST };

/* KIND_REST: by their own functions. */
enum rest { REST_LINKS, REST_MAIL, REST_USED, REST_PLACE, REST_REASON };

/* The lines behind "job STATE", in the order in which they are written. */
static const struct line {
	const char *name;
	enum kind kind;
	size_t at; /* offset in the record; REST: which */
} lines[] = {
	{"job-ordered", KIND_TIME, offsetof(struct job_record, ordered_ms)},
	{"job-aged", KIND_TIME, offsetof(struct job_record, aged_ms)},
	{"job-since", KIND_TIME, offsetof(struct job_record, since_ms)},
	{"job-until", KIND_TIME, offsetof(struct job_record, until_ms)},
	{"job-orders", KIND_ORDERS, offsetof(struct job_record, orders)},
	{"job-unsure", KIND_FLAG, offsetof(struct job_record, is_unsure)},
	{"job-shared", KIND_FLAG, offsetof(struct job_record, is_shared)},
	{"job-fallback", KIND_FLAG, offsetof(struct job_record, is_fallback)},
	{"job-renewed", KIND_FLAG, offsetof(struct job_record, is_renewed)},
	{"job-id", KIND_TEXT, offsetof(struct job_record, id)},
	{"job-status-url", KIND_TEXT, offsetof(struct job_record, status_url)},
	{"job-link", KIND_REST, REST_LINKS},
	{"job-mail", KIND_REST, REST_MAIL},
	{"job-used", KIND_REST, REST_USED},
	{"job-file", KIND_NAME, offsetof(struct job_record, file)},
	{"job-file-bytes", KIND_BYTES, offsetof(struct job_record, file_bytes)},
	{"job-validator", KIND_TEXT, offsetof(struct job_record, validator)},
	{"job-media-type", KIND_TEXT, offsetof(struct job_record, media_type)},
	{"job-place", KIND_REST, REST_PLACE},
	{"job-handed-link", KIND_TEXT, offsetof(struct job_record, handed_link)},
	{"job-handed-file", KIND_NAME, offsetof(struct job_record, handed_file)},
	{"job-handed-bytes", KIND_BYTES, offsetof(struct job_record, handed_bytes)},
	{"job-text", KIND_REST, REST_REASON},
};

#define LINE_COUNT (sizeof(lines) / sizeof(*lines))

const char *job_state_str(enum job_state state)
{
	return (size_t)state < STATE_COUNT ? state_names[state] : "?";
}

void job_record_fini(struct job_record *r)
{
	for (size_t i = 0; i < r->link_count; i++)
		free(r->links[i]);
	free(r->links);
	free(r->id);
	free(r->status_url);
	free(r->file);
	free(r->validator);
	free(r->media_type);
	free(r->handed_link);
	free(r->handed_file);
	*r = (struct job_record){.state = JOB_IDLE};
}

/* ---- writing: what is 0 or not there has no line ---- */

static void put_number(const char *name, uint64_t number, struct buf *b)
{
	if (number > 0)
		(void)buf_printf(b, "%s %" PRIu64 "\n", name, number);
}

static void put_text(const char *name, const char *text, struct buf *b)
{
	if (text == NULL || text[0] == '\0')
		return;
	(void)buf_printf(b, "%s ", name);
	percent_encode(str_from(text), b);
	(void)buf_append_char(b, '\n');
}

static void put_mail(const char *name, const struct job_mail *mail, struct buf *b)
{
	if (mail->uid == 0)
		return;
	(void)buf_printf(b, "%s %" PRIu32 ":%" PRIu32 ":%" PRIu64 ":%" PRIu64 "\n", name,
	                 mail->uid_validity, mail->uid, mail->box, mail->digest);
}

static void put_rest(const struct job_record *r, const struct line *line, struct buf *b)
{
	switch ((enum rest)line->at) {
	case REST_LINKS:
		for (size_t i = r->part; i < r->link_count; i++)
			put_text(line->name, r->links[i], b);
		break;
	case REST_MAIL:
		put_mail(line->name, &r->mail, b);
		break;
	case REST_USED:
		for (size_t i = 0; i < r->used_count; i++)
			put_number(line->name, r->used[i], b);
		break;
	case REST_PLACE:
		if (r->place.offset > 0) {
			(void)buf_printf(b, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", line->name,
			                 r->place.offset, r->place.line, r->place.rows);
		}
		break;
	case REST_REASON:
		put_text(line->name, r->text, b);
		break;
	}
}

static void put_line(const struct job_record *r, const struct line *line, struct buf *b)
{
	const void *at = (const char *)r + (line->kind == KIND_REST ? 0 : line->at);

	switch (line->kind) {
	case KIND_TIME:
		if (*(const int64_t *)at > 0)
			put_number(line->name, (uint64_t) * (const int64_t *)at, b);
		break;
	case KIND_BYTES:
		put_number(line->name, *(const uint64_t *)at, b);
		break;
	case KIND_ORDERS:
		put_number(line->name, *(const unsigned *)at, b);
		break;
	case KIND_FLAG:
		put_number(line->name, *(const bool *)at ? 1 : 0, b);
		break;
	case KIND_TEXT:
	case KIND_NAME:
		put_text(line->name, *(char *const *)at, b);
		break;
	case KIND_REST:
		put_rest(r, line, b);
		break;
	}
}

/** Numbers of equal rows are known of a reading from the first file on alone. */
static struct job_record from_first(const struct job_record *r)
{
	struct job_record first = *r;

	if (!r->is_counted || r->part == 0)
		return first;
	first.state = JOB_DOWNLOADING;
	first.part = 0;
	first.file_bytes = 0;
	first.validator = NULL;
	first.media_type = NULL;
	first.place = (struct job_place){.offset = 0};
	return first;
}

enum err job_record_write(const struct job_record *r, struct buf *b)
{
	const struct job_record stored = from_first(r);

	if (r->state == JOB_IDLE)
		return buf_err(b);
	(void)buf_printf(b, "job %s\n", job_state_str(stored.state));
	for (size_t i = 0; i < LINE_COUNT; i++)
		put_line(&stored, &lines[i], b);
	return buf_err(b);
}

/* ---- reading ---- */

static enum err read_state(struct str text, enum job_state *ret_state)
{
	for (size_t i = 0; i < STATE_COUNT; i++) {
		if (str_eq(text, str_from(state_names[i]))) {
			*ret_state = (enum job_state)i;
			return ERR_OK;
		}
	}
	return ERR_PARSE;
}

static enum err read_number(struct str text, uint64_t max, uint64_t *ret_number)
{
	uint64_t number;

	if (str_to_u64(text, &number) != ERR_OK || number > max)
		return ERR_PARSE;
	*ret_number = number;
	return ERR_OK;
}

/** Nothing empty is ever written. */
static enum err read_text(struct str text, bool is_name, char **ret_text)
{
	char *decoded = NULL;
	enum err err = text.len > 0 ? percent_decode(text, &decoded) : ERR_PARSE;

	if (err != ERR_OK)
		return err;
	if (is_name && (decoded[0] == '.' || strchr(decoded, '/') != NULL)) {
		free(decoded); /* it would lead out of the folder */
		return ERR_PARSE;
	}
	free(*ret_text);
	*ret_text = decoded;
	return ERR_OK;
}

static enum err read_link(struct str text, struct job_record *r)
{
	char *link = NULL;
	char **links;
	enum err err = r->link_count < JOB_LINKS_MAX ? read_text(text, false, &link) : ERR_PARSE;

	if (err != ERR_OK)
		return err;
	links = realloc(r->links, (r->link_count + 1) * sizeof(*links));
	if (links == NULL) {
		free(link);
		return ERR_NOMEM;
	}
	links[r->link_count++] = link;
	r->links = links;
	return ERR_OK;
}

/** "VALIDITY:UID" */
/** Whose numbers these are was not always written. */
static enum err read_mail(struct str text, struct job_mail *ret_mail)
{
	uint64_t numbers[MAIL_PARTS] = {0};
	bool has_more = true;
	size_t count = 0;

	while (has_more && count < MAIL_PARTS) {
		struct str part;

		has_more = str_cut(text, ':', &part, &text);
		if (read_number(part, count < 2 ? UINT32_MAX : UINT64_MAX, &numbers[count]) !=
		    ERR_OK)
			return ERR_PARSE;
		count++;
	}
	if (has_more || (count != 2 && count != MAIL_PARTS) || numbers[1] == 0)
		return ERR_PARSE;
	*ret_mail = (struct job_mail){.uid_validity = (uint32_t)numbers[0],
	                              .uid = (uint32_t)numbers[1],
	                              .box = numbers[2],
	                              .digest = numbers[3]};
	return ERR_OK;
}

static enum err read_used(struct str text, struct job_record *r)
{
	uint64_t digest = 0;

	if (read_number(text, UINT64_MAX, &digest) != ERR_OK)
		return ERR_PARSE;
	if (r->used_count < JOB_USED_MAX)
		r->used[r->used_count++] = digest;
	return ERR_OK;
}

static enum err read_place(struct str text, struct job_place *ret_place)
{
	struct job_place place;
	struct str offset;
	struct str line;
	struct str rows;

	if (!str_cut(text, ' ', &offset, &rows) || !str_cut(rows, ' ', &line, &rows) ||
	    read_number(offset, INT64_MAX, &place.offset) != ERR_OK ||
	    read_number(line, INT64_MAX, &place.line) != ERR_OK ||
	    read_number(rows, INT64_MAX, &place.rows) != ERR_OK)
		return ERR_PARSE;
	*ret_place = place;
	return ERR_OK;
}

static enum err read_reason(struct str text, struct job_record *r)
{
	char *reason = NULL;
	enum err err = read_text(text, false, &reason);

	if (err != ERR_OK)
		return err;
	err = strlen(reason) < sizeof(r->text) ? ERR_OK : ERR_PARSE;
	if (err == ERR_OK)
		memcpy(r->text, reason, strlen(reason) + 1);
	free(reason);
	return err;
}

static enum err read_rest(enum rest rest, struct str value, struct job_record *r)
{
	switch (rest) {
	case REST_LINKS:
		return read_link(value, r);
	case REST_MAIL:
		return read_mail(value, &r->mail);
	case REST_USED:
		return read_used(value, r);
	case REST_PLACE:
		return read_place(value, &r->place);
	case REST_REASON:
		return read_reason(value, r);
	}
	return ERR_PARSE;
}

static enum err read_line(const struct line *line, struct str value, struct job_record *r)
{
	static const uint64_t most[] = {[KIND_TIME] = TIME_MAX_MS,
	                                [KIND_BYTES] = INT64_MAX,
	                                [KIND_ORDERS] = JOB_ORDERS_MAX,
	                                [KIND_FLAG] = 1};
	uint64_t number = 0;
	void *at;

	if (line->kind == KIND_REST)
		return read_rest((enum rest)line->at, value, r);
	at = (char *)r + line->at;
	if (line->kind == KIND_TEXT || line->kind == KIND_NAME)
		return read_text(value, line->kind == KIND_NAME, at);
	if (read_number(value, most[line->kind], &number) != ERR_OK)
		return ERR_PARSE;
	if (line->kind == KIND_TIME) {
		*(int64_t *)at = (int64_t)number;
	} else if (line->kind == KIND_BYTES) {
		*(uint64_t *)at = number;
	} else if (line->kind == KIND_ORDERS) {
		*(unsigned *)at = (unsigned)number;
	} else {
		*(bool *)at = number == 1;
	}
	return ERR_OK;
}

enum err job_record_line(struct job_record *r, struct str name, struct str value)
{
	if (str_eq(name, STR_LIT("job")))
		return read_state(value, &r->state);
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (str_eq(name, str_from(lines[i].name)))
			return read_line(&lines[i], value, r);
	}
	return str_has_prefix(name, STR_LIT("job-")) ? ERR_OK : ERR_NOENT;
}

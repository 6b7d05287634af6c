/* SPDX-License-Identifier: MIT */
#include "receiver/report/job/job_answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/url.h"
#include "normalise/page.h"

#define AGAIN_MIN_S 1
#define AGAIN_MAX_S 3600

/* What is being read, and what has been found. */
struct answer {
	const struct job_spec *spec;
	const struct job_reply *reply;
	struct arena *arena;
	struct job_words words;
	struct job_told told;
};

/* Media types of files that a report can be. Of JSON and plain text the words decide. */
static const char *const file_types[] = {
	"text/csv",
	"text/x-csv",
	"text/comma-separated-values",
	"text/tab-separated-values",
	"application/csv",
	"application/x-csv",
	"application/vnd.ms-excel", /* what some call CSV */
	"application/zip",
	"application/x-zip-compressed",
	"application/gzip",
	"application/x-gzip",
	"application/x-ndjson",
	"application/jsonl",
	"application/json-seq",
	"application/octet-stream",
	"binary/octet-stream",
};

static bool is_file(const struct answer *a)
{
	struct str essence;
	struct str rest;

	if (a->reply->status != 200 || a->words.is_json)
		return false;
	(void)str_cut(a->reply->media_type, ';', &essence, &rest);
	for (size_t i = 0; i < sizeof(file_types) / sizeof(*file_types); i++) {
		if (str_ieq(str_trim(essence), str_from(file_types[i])))
			return true;
	}
	return false;
}

static enum err verdict(struct answer *a, enum job_verdict verdict)
{
	a->told.verdict = verdict;
	return ERR_OK;
}

static enum err failed(struct answer *a, const char *text)
{
	(void)snprintf(a->told.text, sizeof(a->told.text), "%s", text);
	return verdict(a, JOB_HAS_FAILED);
}

/** In the vendor's own words. */
static enum err failed_by_word(struct answer *a)
{
	char said[sizeof(a->told.text) - 32] = "";
	struct str words = a->words.error.len > 0 ? a->words.error : a->words.state;

	page_error_text(words, STR_LIT("text/plain"), said, sizeof(said));
	(void)snprintf(a->told.text, sizeof(a->told.text), "the vendor could not build it: %s",
	               said);
	return verdict(a, JOB_HAS_FAILED);
}

static enum err resolve(struct answer *a, struct str address, struct str *ret_url)
{
	char *url = NULL;
	enum err err = url_resolve(a->reply->url, address, &url);

	if (err == ERR_PARSE) {
		(void)snprintf(a->told.text, sizeof(a->told.text),
		               "the answer has an address that is none");
	}
	if (err == ERR_OK)
		err = arena_str_dup(a->arena, str_from(url), ret_url);
	free(url);
	return err;
}

static void note_pause(struct answer *a)
{
	int64_t seconds = a->reply->retry_after_s;

	if (seconds < 0) /* not said, or not readable */
		return;
	if (seconds < AGAIN_MIN_S)
		seconds = AGAIN_MIN_S;
	if (seconds > AGAIN_MAX_S)
		seconds = AGAIN_MAX_S;
	a->told.again_ms = (uint64_t)seconds * 1000;
}

static enum err pending(struct answer *a)
{
	note_pause(a);
	return verdict(a, JOB_PENDING);
}

/* ---- links ---- */

static enum err ready_at(struct answer *a, const struct str *addresses, size_t count)
{
	struct str *links = arena_alloc(a->arena, count * sizeof(*links));
	enum err err = links != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = resolve(a, addresses[i], &links[i]);
	if (err != ERR_OK)
		return err;
	a->told.links = links;
	a->told.link_count = count;
	return verdict(a, JOB_IS_READY);
}

static enum err ready_at_parts(struct answer *a)
{
	return ready_at(a, a->words.parts, a->words.part_count);
}

/* ---- the answer to an order ---- */

/** Where the header can say it, as RFC 9110 and practice have it. */
static struct str header_address(const struct job_reply *reply)
{
	if (reply->operation_location.len > 0)
		return reply->operation_location;
	return reply->location.len > 0 ? reply->location : reply->content_location;
}

/** A profile that says how to ask is asked; else the answer has to say where. */
static enum err find_status_url(struct answer *a)
{
	struct str address = a->words.url.len > 0 ? a->words.url : header_address(a->reply);

	if (a->spec->by != READY_POLL || a->spec->poll.has_request || address.len == 0)
		return ERR_OK;
	return resolve(a, address, &a->told.status_url);
}

static bool can_ask(const struct answer *a)
{
	if (a->spec->by != READY_POLL)
		return true; /* the mail, or the person, comes anyhow */
	if (a->spec->poll.has_request)
		return a->spec->id == NULL || a->told.id.len > 0;
	return a->told.status_url.len > 0;
}

static enum err accepted(struct answer *a)
{
	enum err err = find_status_url(a);

	if (err != ERR_OK)
		return err;
	if (can_ask(a)) {
		note_pause(a);
		return verdict(a, JOB_ACCEPTED_NOW);
	}
	if (a->reply->status == 200 && a->words.is_json)
		return verdict(a, JOB_IS_BODY); /* a report of JSON; decoding it will show */
	return failed(a, "the answer to the order does not say where to ask for the report");
}

/** 202 is no promise that what it names is there. Source: RFC 9110 15.3.3. */
static bool is_ready_at_once(const struct answer *a)
{
	if (a->words.word == JOB_WORD_DONE)
		return a->words.part_count > 0 || a->spec->has_download;
	return a->words.word == JOB_WORD_NONE && a->words.part_count > 0 &&
	       (a->reply->status == 200 || a->reply->status == 201);
}

static enum err read_create(struct answer *a)
{
	enum err err = arena_str_dup(a->arena, a->words.id, &a->told.id);

	if (err != ERR_OK)
		return err;
	if (a->words.word == JOB_WORD_FAILED)
		return failed_by_word(a);
	if (is_file(a) && a->reply->body.len > 0)
		return verdict(a, JOB_IS_BODY);
	if (!is_ready_at_once(a))
		return accepted(a);
	return a->words.part_count > 0 ? ready_at_parts(a) : verdict(a, JOB_IS_READY);
}

/* ---- a status answer ---- */

/** 303 and its relatives: ready, there. */
static enum err read_redirect(struct answer *a)
{
	if (a->words.part_count > 0)
		return ready_at_parts(a);
	if (a->reply->location.len == 0)
		return failed(a, "the vendor sends us on, and does not say where to");
	return ready_at(a, &a->reply->location, 1);
}

/** The status URL gives the report itself. */
static enum err is_here(struct answer *a)
{
	enum err err = ready_at(a, &a->reply->url, 1);

	return err == ERR_OK ? verdict(a, JOB_IS_BODY) : err;
}

/** It is there, but nothing has said where. */
static enum err read_unplaced(struct answer *a)
{
	const struct ready_poll_spec *poll = &a->spec->poll;
	bool says_where = poll->link != NULL || poll->parts != NULL;

	if (says_where && a->words.word == JOB_WORD_NONE && a->reply->status != 204)
		return pending(a); /* the link comes when it is ready */
	if (a->reply->location.len > 0)
		return ready_at(a, &a->reply->location, 1);
	if (says_where || a->reply->status == 204)
		return failed(a, "the vendor says that the report is ready, but not where it is");
	return is_here(a);
}

static enum err read_success(struct answer *a)
{
	if (is_file(a))
		return is_here(a);
	if (a->spec->poll.state != NULL && a->words.word == JOB_WORD_NONE)
		return pending(a);
	if (a->words.part_count > 0)
		return ready_at_parts(a);
	return a->spec->has_download ? verdict(a, JOB_IS_READY) : read_unplaced(a);
}

static enum err read_status(struct answer *a)
{
	unsigned status = a->reply->status;

	if (a->words.word == JOB_WORD_FAILED)
		return failed_by_word(a);
	if (status == 404 || status == 410)
		return failed(a, "the vendor does not know the report any more");
	if (status >= 300 && status < 400)
		return read_redirect(a);
	if (a->words.word == JOB_WORD_PENDING || (status == 202 && a->words.word != JOB_WORD_DONE))
		return pending(a);
	return read_success(a);
}

/* ---- both ---- */

static enum err read_answer(const struct job_spec *spec, const struct job_reply *reply,
                            struct arena *arena, enum err (*read)(struct answer *a),
                            struct job_told *ret_told)
{
	struct answer a = {.spec = spec, .reply = reply, .arena = arena};
	enum err err = job_words_read(spec, reply->body, arena, &a.words);

	if (err == ERR_OK)
		err = read(&a);
	if (err == ERR_OK || err == ERR_PARSE)
		*ret_told = a.told;
	return err;
}

enum err job_answer_create(const struct job_spec *spec, const struct job_reply *reply,
                           struct arena *arena, struct job_told *ret_told)
{
	return read_answer(spec, reply, arena, read_create, ret_told);
}

enum err job_answer_status(const struct job_spec *spec, const struct job_reply *reply,
                           struct arena *arena, struct job_told *ret_told)
{
	return read_answer(spec, reply, arena, read_status, ret_told);
}

/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/run/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/clock.h"
#include "normalise/value/timestamp.h"
#include "receiver/report/run/run_text.h"
#include "tests/normalise/profile/profile_text.h"

#define DEADLINE_MS 20000
#define PATHS_MAX   64

static const char profile_yaml[] = "profile: acme\nlimits: {pages: 50}\nmaps:\n"
				   "  m: {status: {is: clicked}, key: [/id]}\n"
				   "webhooks: {items: {map: m}}\n";

static _Atomic int64_t now_ms = SCENE_NOW;
static _Atomic uint64_t passed_ms = 1000;
static struct field_path *paths[PATHS_MAX];
static size_t path_count;

/* ---- in place of core/clock ---- */

int64_t clock_now_ms(void)
{
	return now_ms;
}

uint64_t clock_mono_ms(void)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t clock_passed_ms(void)
{
	return passed_ms;
}

void scene_set_now(int64_t ms)
{
	if (ms > now_ms)
		passed_ms += (uint64_t)(ms - now_ms);
	now_ms = ms;
}

void scene_set_clock(int64_t ms)
{
	now_ms = ms;
}

/* ---- the scene ---- */

static void step(struct scene *s)
{
	if (s->on_step != NULL)
		s->on_step(s);
}

static void on_vendor_step(void *arg)
{
	step(arg);
}

static void on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	(void)entry;
	assert_true(str_eq(account, STR_LIT("acc")));
	assert_true(received_ms > 0);
	step(arg);
}

const struct field_path *scene_path(struct scene *s, const char *text)
{
	struct field_path **path = &paths[path_count];

	(void)s;
	assert_true(path_count < PATHS_MAX);
	assert_int_equal(field_path_new(str_from(text), true, path, NULL), ERR_OK);
	path_count++;
	return *path;
}

static void default_spec(struct scene *s)
{
	s->pages = 3;
	s->rows = 2;
	s->spec = (struct profile_report){
		.source = *profile_webhook_at(s->profile, 0),
		.window = {.is_given = true,
	                   .start_ms = 3 * HOUR_MS,
	                   .step_ms = HOUR_MS,
	                   .format = WINDOW_EPOCH_MS},
		.page = {.kind = PAGE_NUMBER, .start = 1, .last = scene_path(s, "/last")},
	};
	s->spec.source.decode.records = scene_path(s, "/data/*");
	s->conf = (struct report_run_conf){.source = s->source, .spec = &s->spec, .zone = s->zone};
}

void scene_open_with(struct scene *s, const char *path, uint64_t entries_max)
{
	const struct store_conf conf = {
		.path = path, .max_entries = entries_max, .keep_settled_ms = 0};
	struct err_detail detail = {.text = ""};

	*s = (struct scene){.is_dry = false};
	assert_int_equal(loop_new(&s->loop), ERR_OK);
	if (store_open(s->loop, &conf, &s->store, &detail) != ERR_OK)
		fail_msg("%s", detail.text);
	assert_int_equal(ingest_new(s->store, on_put, s, &s->ingest), ERR_OK);
	assert_int_equal(timestamp_zone_new("UTC", &s->zone), ERR_OK);
	s->profile = profile_good(profile_yaml);
	s->source = source_good(s->profile);
	fake_vendor_init(&s->vendor, s->loop, scene_book, s);
	s->vendor.on_step = on_vendor_step;
	buf_init(&s->dry, (size_t)1 << 24);
	default_spec(s);
}

void scene_open(struct scene *s, const char *path)
{
	scene_set_now(SCENE_NOW);
	scene_open_with(s, path, 0);
}

void scene_close(struct scene *s)
{
	assert_int_equal(s->vendor.open, 0);
	store_close(s->store);
	ingest_free(s->ingest);
	source_unref(s->source);
	profile_free(s->profile);
	timestamp_zone_free(s->zone);
	buf_fini(&s->dry);
	loop_free(s->loop);
	while (path_count > 0)
		field_path_free(paths[--path_count]);
}

/* ---- runs ---- */

static void on_progress(void *arg, const struct report_progress *progress)
{
	struct scene *s = arg;

	assert_true(progress->rows >= s->progress.rows);
	s->progress = *progress;
	s->progress_count++;
	step(s);
}

static bool on_payload(void *arg, const struct payload *payload)
{
	struct scene *s = arg;

	if (s->busy > 0) {
		s->busy--;
		return false;
	}
	s->dry_count++;
	(void)buf_printf(&s->dry, "%.*s %.*s\n", STR_FMT(payload->vars), STR_FMT(payload->body));
	return true;
}

static void on_done(void *arg, const struct report_result *result)
{
	struct scene *s = arg;

	s->result = *result;
	(void)snprintf(s->job_text, sizeof(s->job_text), "%s",
	               result->progress.job.text != NULL ? result->progress.job.text : "");
	s->result.progress.job.text = s->job_text; /* the run's is gone with it */
	s->progress.job.text = s->job_text;
	s->done_count++;
	report_run_free(s->run); /* it may be done here */
	s->run = NULL;
}

void scene_start(struct scene *s)
{
	const struct report_run_ops ops = {.on_progress = on_progress,
	                                   .on_payload = s->is_dry ? on_payload : NULL,
	                                   .on_foreign = s->on_foreign,
	                                   .on_done = on_done};
	const size_t before = s->vendor.sent;

	assert_null(s->run);
	s->done_count = 0;
	s->progress = (struct report_progress){.pages = 0};
	assert_int_equal(report_run_new(s->loop, s->ingest, s->store, &s->vendor, &s->conf, &ops, s,
	                                &s->run),
	                 ERR_OK);
	assert_int_equal(s->done_count, 0); /* nothing happens within */
	assert_int_equal(s->vendor.sent, before);
}

void scene_turn(struct scene *s)
{
	loop_turn(s->loop, 20);
}

void scene_wait(struct scene *s, const size_t *count, size_t wanted)
{
	const uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	while (*count < wanted) {
		if (clock_mono_ms() > deadline)
			fail_msg("it never happened: %zu of %zu", *count, wanted);
		scene_turn(s);
	}
}

void scene_finish(struct scene *s)
{
	scene_wait(s, &s->done_count, 1);
	assert_int_equal(s->done_count, 1);
}

enum report_end scene_run(struct scene *s)
{
	scene_start(s);
	scene_finish(s);
	return s->result.end;
}

/* ---- the book ---- */

static long hours_ago(const char *ms)
{
	return ms[0] == '\0' ? 0 : (long)((SCENE_NOW - strtoll(ms, NULL, 10)) / HOUR_MS);
}

static void note_asked(struct scene *s, const struct fake_request *r)
{
	const size_t len = strlen(s->asked);

	(void)snprintf(s->asked + len, sizeof(s->asked) - len, "%ld-%ld/%s ", hours_ago(r->from),
	               hours_ago(r->to), r->page);
}

void scene_book(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	struct scene *s = arg;
	const unsigned long page = r->page[0] != '\0' ? strtoul(r->page, NULL, 10) : 1;

	note_asked(s, r);
	(void)buf_printf(&answer->body, "{\"last\":%u,\"same\":\"%s\",\"data\":[", s->pages,
	                 s->same != NULL ? s->same : "");
	for (unsigned i = 0; page <= s->pages && i < s->rows; i++) {
		(void)buf_printf(&answer->body, "%s{\"id\":\"%s%s/%lu/%u\"}", i > 0 ? "," : "",
		                 r->campaign, r->from, page, i);
	}
	(void)buf_append_str(&answer->body, STR_LIT("]}"));
}

void scene_answer(struct scene *s, fake_answer_fn answer)
{
	s->vendor.answer = answer;
}

/* ---- the store ---- */

struct reading {
	struct scene *s;
	size_t done, entries;
	int64_t newest;
	struct buf *out;
};

static void note_source(struct scene *s, struct str source)
{
	const size_t len = strlen(s->sources);

	(void)snprintf(s->sources + len, sizeof(s->sources) - len, "%.*s ", STR_FMT(source));
}

static void on_claim(void *arg, enum err err, const struct store_claim *claim)
{
	struct reading *r = arg;

	assert_int_equal(err, ERR_OK);
	for (size_t i = 0; i < claim->count; i++) {
		const struct payload *p = &claim->payloads[i];

		assert_int_equal(p->via, PAYLOAD_REPORT);
		assert_true(str_has_prefix(p->source, STR_LIT("items")));
		assert_true(str_eq(p->verified, STR_LIT("report")));
		note_source(r->s, p->source);
		(void)buf_printf(r->out, "%.*s %.*s\n", STR_FMT(p->vars), STR_FMT(p->body));
	}
	r->entries = claim->count;
	r->newest = claim->count > 0 ? claim->payloads[claim->count - 1].entry : 0;
	r->done = 1;
}

static struct reading read_journal(struct scene *s, struct buf *b)
{
	struct reading r = {.s = s, .out = b};

	s->sources[0] = '\0';

	assert_int_equal(store_claim(s->store, STR_LIT("acc"), 0, 1000000, SIZE_MAX, on_claim, &r),
	                 ERR_OK);
	scene_wait(s, &r.done, 1);
	assert_int_equal(buf_err(b), ERR_OK);
	return r;
}

size_t scene_journal(struct scene *s, struct buf *b)
{
	return read_journal(s, b).entries;
}

static size_t count_text(const struct buf *b, const char *text)
{
	const struct str wanted = str_from(text);
	struct str left = buf_str(b);
	size_t count = 0;

	/* Not strstr(), which a sanitizer makes look at all of the rest each time. */
	while (left.len >= wanted.len) {
		const bool is_here = memcmp(left.ptr, wanted.ptr, wanted.len) == 0;
		const size_t step = is_here ? wanted.len : 1;

		count += is_here;
		left = (struct str){left.ptr + step, left.len - step};
	}
	return count;
}

size_t scene_count(struct scene *s, const char *text)
{
	struct buf b;
	size_t count;

	buf_init(&b, (size_t)1 << 28);
	(void)scene_journal(s, &b);
	count = count_text(&b, text);
	buf_fini(&b);
	return count;
}

struct kept {
	char text[65536];
	size_t done;
};

static void on_checkpoint(void *arg, enum err err, struct str value)
{
	struct kept *kept = arg;

	assert_int_equal(err, ERR_OK);
	(void)snprintf(kept->text, sizeof(kept->text), "%.*s", STR_FMT(value));
	kept->done = 1;
}

static void checkpoint_key(struct scene *s, struct buf *b)
{
	buf_init(b, 512);
	assert_int_equal(report_run_key(str_from(source_account(s->source)),
	                                str_from(source_name(s->source)), s->conf.values,
	                                s->conf.value_count, b),
	                 ERR_OK);
}

const char *scene_checkpoint(struct scene *s)
{
	static struct kept kept;
	struct buf key;

	kept.done = 0;
	checkpoint_key(s, &key);
	assert_int_equal(store_checkpoint_get(s->store, buf_str(&key), on_checkpoint, &kept),
	                 ERR_OK);
	scene_wait(s, &kept.done, 1);
	buf_fini(&key);
	return kept.text;
}

static void on_stored(void *arg, enum err err)
{
	size_t *done = arg;

	assert_int_equal(err, ERR_OK);
	*done = 1;
}

void scene_set_checkpoint(struct scene *s, const char *text)
{
	struct store_checkpoint checkpoint = {.value = str_from(text)};
	struct buf key;
	size_t done = 0;

	checkpoint_key(s, &key);
	checkpoint.key = buf_str(&key);
	assert_int_equal(store_checkpoint_set(s->store, &checkpoint, on_stored, &done), ERR_OK);
	scene_wait(s, &done, 1);
	buf_fini(&key);
}

size_t scene_take(struct scene *s, const char *text)
{
	struct store_settle settle = {.account = STR_LIT("acc")};
	struct buf b;
	size_t count;
	size_t done = 0;

	buf_init(&b, (size_t)1 << 28);
	settle.upto = read_journal(s, &b).newest;
	count = count_text(&b, text);
	buf_fini(&b);
	assert_int_equal(store_settle(s->store, &settle, on_stored, &done), ERR_OK);
	scene_wait(s, &done, 1);
	return count;
}

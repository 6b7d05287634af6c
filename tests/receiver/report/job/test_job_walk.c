/* SPDX-License-Identifier: MIT */
/* A random walk: anything at any time, and what must hold all the while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/job/job.h"

#define WALKS   60
#define STEPS   2000
#define TIMEOUT 600000

struct walk {
	uint64_t random;
	struct job_conf conf;
	struct job *job;
	struct buf disk, pending;
	bool is_storing, is_over;
	bool is_awaiting; /* await() and no unawait() since */
	bool is_told;     /* by job_ready(), kept() is still to come */
	int64_t now_ms;
	unsigned names, sends, ends, decodes;
};

static unsigned dice(struct walk *w, unsigned sides)
{
	w->random ^= w->random << 13U;
	w->random ^= w->random >> 7U;
	w->random ^= w->random << 17U;
	return (unsigned)((w->random >> 20U) % sides);
}

static bool disk_has(const struct walk *w, const char *line)
{
	return strstr(buf_cstr(&w->disk), line) != NULL;
}

static void walk_store(void *arg)
{
	struct walk *w = arg;

	assert_false(w->is_storing || w->is_over);
	w->is_storing = true;
	buf_reset(&w->pending);
	assert_int_equal(job_record_write(job_record(w->job), &w->pending), ERR_OK);
}

static void walk_order(void *arg)
{
	struct walk *w = arg;

	assert_true(job_record(w->job)->orders == 0 || job_record(w->job)->is_unsure);
	assert_true(job_record(w->job)->orders < JOB_ORDERS_MAX);
	assert_int_equal(job_record(w->job)->until_ms, 0);
}

static void walk_send(void *arg)
{
	struct walk *w = arg;

	assert_true(disk_has(w, "job requested\n"));
	w->sends++;
}

static void walk_await(void *arg)
{
	struct walk *w = arg;

	assert_false(w->is_awaiting);
	assert_true(disk_has(w, "job waiting\n") || disk_has(w, "job stale\n"));
	w->is_awaiting = true;
}

static void walk_unawait(void *arg)
{
	((struct walk *)arg)->is_awaiting = false;
}

static void walk_kept(void *arg)
{
	struct walk *w = arg;

	assert_true(w->is_told && disk_has(w, "job ready\n"));
	w->is_told = false;
}

static void walk_name(void *arg, char ret_name[JOB_NAME_SIZE])
{
	(void)snprintf(ret_name, JOB_NAME_SIZE, "f%u", ++((struct walk *)arg)->names);
}

static void walk_download(void *arg)
{
	struct walk *w = arg;

	assert_true(disk_has(w, "job downloading\n") && disk_has(w, "job-file "));
	assert_non_null(job_record(w->job)->file);
	assert_int_equal(job_record(w->job)->file_bytes, 0);
}

static void walk_decode(void *arg)
{
	struct walk *w = arg;

	assert_true(disk_has(w, "job decoding\n") && disk_has(w, "job-file "));
	w->decodes++;
}

static void walk_stale(void *arg)
{
	assert_true(disk_has(arg, "job stale\n"));
}

static void walk_finished(void *arg, enum job_end end)
{
	struct walk *w = arg;

	assert_false(w->is_over || w->is_awaiting);
	assert_true(end != JOB_END_FALLBACK || job_record(w->job)->is_fallback);
	assert_true(end != JOB_END_DONE || job_record(w->job)->state == JOB_DONE);
	w->is_over = true;
	w->ends++;
}

static const struct job_port port = {
	.store = walk_store,
	.order = walk_order,
	.send = walk_send,
	.await = walk_await,
	.unawait = walk_unawait,
	.kept = walk_kept,
	.name = walk_name,
	.download = walk_download,
	.decode = walk_decode,
	.stale = walk_stale,
	.finished = walk_finished,
};

static struct job_record read_text(const struct buf *disk)
{
	struct job_record r = {.state = JOB_IDLE};
	struct str text = buf_str(disk);
	struct str line;
	struct str name;
	struct str value;

	while (text.len > 0) {
		(void)str_cut(text, '\n', &line, &text);
		(void)str_cut(line, ' ', &name, &value);
		assert_int_equal(job_record_line(&r, name, value), ERR_OK);
	}
	return r;
}

static void to_disk(struct walk *w)
{
	buf_reset(&w->disk);
	assert_int_equal(buf_append_str(&w->disk, buf_str(&w->pending)), ERR_OK);
}

/** Killed, or the run after the one that ended. */
static void restart(struct walk *w)
{
	struct job_record r;

	if (w->is_storing && dice(w, 2) == 0)
		to_disk(w);
	r = read_text(&w->disk);
	job_free(w->job);
	w->is_storing = w->is_over = w->is_awaiting = w->is_told = false;
	if (r.state == JOB_DONE || (r.is_fallback && dice(w, 2) == 0)) { /* the next window */
		job_record_fini(&r);
		buf_reset(&w->disk);
	}
	assert_int_equal(job_new(&w->conf, &r, &w->job), ERR_OK);
	job_begin(w->job, w->now_ms);
}

static void store_ends(struct walk *w)
{
	if (!w->is_storing)
		return;
	w->is_storing = false;
	to_disk(w);
	job_event(w->job, JOB_EV_STORED, JOB_END_DONE, "", w->now_ms);
}

static void accept(struct walk *w)
{
	const struct str link = STR_LIT("https://f.example/a");
	struct job_acceptance a = {.id = STR_LIT("7"), .links = &link};

	a.link_count = dice(w, 2);
	a.is_ready = a.link_count > 0 || dice(w, 4) == 0;
	if (a.is_ready && dice(w, 4) == 0) {
		a.file = STR_LIT("body");
		a.file_bytes = 5;
	}
	assert_int_equal(job_accepted(w->job, &a, w->now_ms), ERR_OK);
}

static void tell(struct walk *w)
{
	const struct str links[] = {STR_LIT("https://f.example/1"), STR_LIT("https://f.example/2")};
	enum err err = job_ready(w->job, links, dice(w, 3), dice(w, 2) == 0, w->now_ms);

	assert_true(err == ERR_OK || err == ERR_EXISTS);
	if (err == ERR_OK)
		w->is_told = true;
}

static void hand(struct walk *w)
{
	char name[JOB_NAME_SIZE];
	enum err err;

	walk_name(w, name);
	err = job_hand(w->job, dice(w, 2) == 0 ? STR_EMPTY : STR_LIT("https://f.example/h"),
	               str_from(name), 9, w->now_ms);
	assert_true(err == ERR_OK || err == ERR_EXISTS);
	if (err == ERR_OK)
		assert_true(w->is_storing);
}

static void note(struct walk *w)
{
	const struct job_record *r = job_record(w->job);

	assert_int_equal(job_note_file(w->job, dice(w, 2) == 0 ? STR_LIT("v1") : STR_LIT("v2"),
	                               STR_EMPTY, 0),
	                 ERR_OK);
	job_note_place(w->job, (struct job_place){w->random % 1000 + 1, 3, 2});
	if (r->state == JOB_DECODING && !w->is_storing && r->part + 1 >= r->link_count &&
	    dice(w, 8) == 0)
		job_note_last(w->job, w->now_ms);
}

static void any_event(struct walk *w)
{
	static const enum job_end ends[] = {JOB_END_LATER, JOB_END_UNAUTHORIZED, JOB_END_FAILED};
	enum job_event ev = (enum job_event)dice(w, JOB_EV_BROUGHT + 1);

	if (ev == JOB_EV_STORED || ev == JOB_EV_ACCEPTED || ev == JOB_EV_READY)
		return;
	if (ev == JOB_EV_TIME) {
		if (job_record(w->job)->until_ms == 0)
			return;
		w->now_ms = job_record(w->job)->until_ms;
	}
	if ((ev == JOB_EV_BROUGHT || ev == JOB_EV_HELD) && dice(w, 8) != 0)
		return; /* or nothing gets anywhere */
	job_event(w->job, ev, ends[dice(w, 3)], dice(w, 2) == 0 ? "" : "because", w->now_ms);
}

static void step(struct walk *w)
{
	switch (dice(w, 10)) {
	case 0:
		accept(w);
		break;
	case 1:
		tell(w);
		break;
	case 2:
		hand(w);
		break;
	case 3:
		note(w);
		break;
	case 4:
	case 5:
		any_event(w);
		break;
	case 6:
		w->now_ms += dice(w, 100000);
		break;
	default:
		store_ends(w);
		break;
	}
}

static void check(const struct walk *w)
{
	const struct job_record *r = job_record(w->job);
	struct job_record again;
	struct buf once;
	struct buf twice;

	buf_init(&once, JOB_RECORD_MAX);
	buf_init(&twice, JOB_RECORD_MAX);
	assert_int_equal(job_record_write(r, &once), ERR_OK);
	again = read_text(&once);
	assert_int_equal(job_record_write(&again, &twice), ERR_OK);
	assert_string_equal(buf_cstr(&once), buf_cstr(&twice));
	job_record_fini(&again);
	buf_fini(&once);
	buf_fini(&twice);
	assert_true(r->orders <= JOB_ORDERS_MAX);
	assert_true(r->part == 0 || r->part < r->link_count);
	assert_true(r->state != JOB_WAITING || (r->file == NULL && r->link_count == 0));
	assert_true(r->state != JOB_STALE || r->until_ms > 0);
	assert_true((r->handed_file == NULL) == (r->handed_bytes == 0));
}

static void walk(uint64_t seed, unsigned *sends, unsigned *ends, unsigned *decodes)
{
	struct walk w = {.random = seed * 7919 + 1, .now_ms = 1000000000};

	w.conf = (struct job_conf){.port = &port,
	                           .arg = &w,
	                           .by = (enum job_by)(seed % 3),
	                           .has_fallback = seed % 2 == 0,
	                           .timeout_ms = TIMEOUT,
	                           .give_up_ms = 2 * (uint64_t)TIMEOUT};
	buf_init(&w.disk, JOB_RECORD_MAX);
	buf_init(&w.pending, JOB_RECORD_MAX);
	restart(&w);
	for (int i = 0; i < STEPS; i++) {
		if (w.is_over || dice(&w, 60) == 0) {
			restart(&w);
		} else {
			step(&w);
		}
		check(&w);
	}
	*sends += w.sends;
	*ends += w.ends;
	*decodes += w.decodes;
	job_free(w.job);
	buf_fini(&w.disk);
	buf_fini(&w.pending);
}

static void anything_at_any_time(void **state)
{
	unsigned sends = 0;
	unsigned ends = 0;
	unsigned decodes = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= WALKS; seed++)
		walk(seed, &sends, &ends, &decodes);
	assert_true(sends > 200 && ends > 200 && decodes > 200); /* it got somewhere */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_at_any_time),
	};

	return cmocka_run_group_tests_name("job_walk", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A job among a vendor, a mailbox and a disk that are not real, killed at every point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/job/job.h"

#define MINUTE    ((int64_t)60000)
#define TIMEOUT   (10 * MINUTE)
#define GIVE_UP   (60 * MINUTE)
#define ROWS      6 /* of a part */
#define SLICE     2
#define PARTS_MAX 2
#define STEPS_MAX 2000

/* How the world is this time. */
struct lot {
	bool arrives;     /* the first order; the others do */
	bool is_answered; /* likewise */
	int64_t build_ms; /* until the mail */
	size_t parts;
	bool stores_early; /* what store() was called with is on disk before it says so */
};

struct world {
	struct lot lot;
	struct job *job;
	struct buf disk, pending;
	int64_t now_ms;
	unsigned crash_at[2]; /* at the how-manieth moment; 0: not */
	unsigned moments;
	bool is_dead; /* the process: nothing it does counts */
	/* of the process: */
	bool is_storing, has_turn, is_sent, is_awaiting, is_downloading, is_decoding, is_over;
	enum job_end end;
	/* of the world: */
	unsigned orders;
	int64_t order_ms;
	int64_t mail_ms[8];
	bool is_seen[8];
	bool has_file;
	unsigned delivered[PARTS_MAX][ROWS];
};

/** One more moment at which it can be killed. @return whether it lives */
static bool lives(struct world *w)
{
	if (w->is_dead)
		return false;
	w->moments++;
	w->is_dead = w->moments == w->crash_at[0] || w->moments == w->crash_at[1];
	return !w->is_dead;
}

static const struct job_record *record(const struct world *w)
{
	return job_record(w->job);
}

static void copy(struct buf *to, const struct buf *from)
{
	buf_reset(to);
	assert_int_equal(buf_append_str(to, buf_str(from)), ERR_OK);
}

static void world_store(void *arg)
{
	struct world *w = arg;

	if (w->is_dead)
		return;
	assert_false(w->is_storing);
	w->is_storing = true;
	buf_reset(&w->pending);
	assert_int_equal(job_record_write(record(w), &w->pending), ERR_OK);
	if (w->lot.stores_early)
		copy(&w->disk, &w->pending);
	(void)lives(w);
}

static void world_order(void *arg)
{
	struct world *w = arg;

	if (lives(w))
		w->has_turn = true;
}

static bool has_mail(const struct world *w, size_t *ret_mail)
{
	for (size_t i = 0; i < w->orders && i < 8; i++) {
		if (!w->is_seen[i] && w->mail_ms[i] > 0 && w->mail_ms[i] <= w->now_ms) {
			*ret_mail = i;
			return true;
		}
	}
	return false;
}

static void world_send(void *arg)
{
	struct world *w = arg;
	size_t mail;

	if (!lives(w))
		return;
	assert_non_null(strstr(buf_cstr(&w->disk), "job requested\n"));
	if (w->orders > 0) { /* only when the one before gave no sign in all its time */
		assert_true(w->now_ms >= w->order_ms + TIMEOUT);
		assert_false(has_mail(w, &mail));
		assert_true(w->orders < 2);
	}
	w->order_ms = w->now_ms;
	w->is_sent = true;
	if (w->lot.arrives || record(w)->orders > 1) {
		assert_true(w->orders < 8);
		w->mail_ms[w->orders++] = w->now_ms + w->lot.build_ms;
	}
	(void)lives(w);
}

static void world_await(void *arg)
{
	struct world *w = arg;

	if (lives(w))
		w->is_awaiting = true;
}

static void world_unawait(void *arg)
{
	struct world *w = arg;

	if (!lives(w))
		return;
	w->is_awaiting = false;
	w->has_turn = false;
}

static void world_kept(void *arg)
{
	struct world *w = arg;
	size_t mail = 0;

	if (!lives(w))
		return;
	assert_non_null(strstr(buf_cstr(&w->disk), "job ready\n"));
	assert_true(has_mail(w, &mail));
	w->is_seen[mail] = true;
	(void)lives(w);
}

static void world_name(void *arg, char ret_name[JOB_NAME_SIZE])
{
	(void)arg;
	(void)snprintf(ret_name, JOB_NAME_SIZE, "file");
}

static void world_download(void *arg)
{
	struct world *w = arg;

	if (!lives(w))
		return;
	assert_non_null(strstr(buf_cstr(&w->disk), "job downloading\n"));
	assert_non_null(strstr(buf_cstr(&w->disk), "job-file file\n"));
	w->is_downloading = true;
}

static void world_decode(void *arg)
{
	struct world *w = arg;

	if (!lives(w))
		return;
	assert_non_null(strstr(buf_cstr(&w->disk), "job decoding\n"));
	assert_true(w->has_file);
	w->is_decoding = true;
}

static void world_stale(void *arg)
{
	(void)lives(arg);
}

static void world_finished(void *arg, enum job_end end)
{
	struct world *w = arg;

	if (!lives(w))
		return;
	assert_false(w->is_over);
	w->is_over = true;
	w->end = end;
}

static const struct job_port port = {
	.store = world_store,
	.order = world_order,
	.send = world_send,
	.await = world_await,
	.unawait = world_unawait,
	.kept = world_kept,
	.name = world_name,
	.download = world_download,
	.decode = world_decode,
	.stale = world_stale,
	.finished = world_finished,
};

static void event(struct world *w, enum job_event ev)
{
	job_event(w->job, ev, JOB_END_LATER, "", w->now_ms);
}

/* ---- the process ---- */

static struct job_record read_disk(const struct buf *disk)
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

static void start(struct world *w)
{
	const struct job_conf conf = {.port = &port,
	                              .arg = w,
	                              .by = JOB_BY_MAILBOX,
	                              .timeout_ms = (uint64_t)TIMEOUT,
	                              .give_up_ms = (uint64_t)GIVE_UP};
	struct job_record r = read_disk(&w->disk);

	job_free(w->job);
	w->is_dead = false;
	w->is_storing = w->has_turn = w->is_sent = w->is_awaiting = false;
	w->is_downloading = w->is_decoding = w->is_over = false;
	assert_int_equal(job_new(&conf, &r, &w->job), ERR_OK);
	job_begin(w->job, w->now_ms);
}

static void answer(struct world *w)
{
	const struct job_acceptance a = {.id = STR_LIT("7")};
	bool is_first = record(w)->orders == 1;

	w->is_sent = false;
	if (is_first && (!w->lot.arrives || !w->lot.is_answered)) {
		event(w, JOB_EV_UNSURE);
	} else {
		assert_int_equal(job_accepted(w->job, &a, w->now_ms), ERR_OK);
	}
}

static void tell(struct world *w)
{
	static const struct str links[] = {{"https://f.example/0", 19},
	                                   {"https://f.example/1", 19}};

	assert_int_equal(job_ready(w->job, links, w->lot.parts, false, w->now_ms), ERR_OK);
}

/** Which of the parts it is: those that were fetched are not stored. */
static size_t part_of(const struct world *w)
{
	const struct job_record *r = record(w);

	return (size_t)(r->links[r->part][18] - '0');
}

/** The rows and their place are committed at once. */
static void decode_slice(struct world *w)
{
	const struct job_record *r = record(w);
	struct job_place place = r->place;
	size_t part;

	if (place.rows == ROWS || r->state == JOB_DONE) {
		w->is_decoding = false;
		event(w, JOB_EV_DECODED);
		return;
	}
	part = part_of(w);
	for (size_t i = 0; i < SLICE; i++)
		w->delivered[part][place.rows + i]++;
	place.rows += SLICE;
	place.offset += 100;
	job_note_place(w->job, place);
	if (place.rows == ROWS && r->part + 1 >= r->link_count)
		job_note_last(w->job, w->now_ms);
	buf_reset(&w->disk);
	assert_int_equal(job_record_write(record(w), &w->disk), ERR_OK);
}

static void pass_time(struct world *w)
{
	int64_t until = record(w)->until_ms;
	int64_t next = until > 0 ? until : w->now_ms + MINUTE;

	for (size_t i = 0; i < w->orders && i < 8; i++) {
		if (!w->is_seen[i] && w->mail_ms[i] > w->now_ms && w->mail_ms[i] < next)
			next = w->mail_ms[i];
	}
	w->now_ms = next > w->now_ms ? next : w->now_ms;
	if (until > 0 && until <= w->now_ms)
		event(w, JOB_EV_TIME);
}

static void step(struct world *w)
{
	size_t mail;

	if (w->is_storing) {
		w->is_storing = false;
		copy(&w->disk, &w->pending);
		event(w, JOB_EV_STORED);
	} else if (w->has_turn) {
		w->has_turn = false;
		event(w, JOB_EV_TURN);
	} else if (w->is_sent) {
		answer(w);
	} else if (w->is_downloading) {
		w->is_downloading = false;
		w->has_file = true;
		event(w, JOB_EV_DOWNLOADED);
	} else if (w->is_decoding) {
		decode_slice(w);
	} else if (w->is_awaiting && has_mail(w, &mail)) {
		tell(w);
	} else {
		pass_time(w);
	}
}

/** @return whether a kill was due that did not come */
static bool run(const struct lot *lot, unsigned first, unsigned second)
{
	struct world w = {.lot = *lot, .now_ms = 1000000, .crash_at = {first, second}};
	bool is_spared;

	buf_init(&w.disk, JOB_RECORD_MAX);
	buf_init(&w.pending, JOB_RECORD_MAX);
	start(&w);
	for (int i = 0; !w.is_over || w.end != JOB_END_DONE; i++) {
		assert_true(i < STEPS_MAX);
		if (w.is_over || !lives(&w)) {
			start(&w); /* killed, or the next run */
		} else {
			step(&w);
		}
	}
	for (size_t part = 0; part < lot->parts; part++) {
		for (size_t row = 0; row < ROWS; row++)
			assert_int_equal(w.delivered[part][row], 1);
	}
	is_spared = w.moments < first || w.moments < second;
	job_free(w.job);
	buf_fini(&w.disk);
	buf_fini(&w.pending);
	return is_spared;
}

static void kill_everywhere(const struct lot *lot)
{
	unsigned first = 1;

	assert_false(run(lot, 0, 0));
	for (; !run(lot, first, 0); first++) {
		unsigned second = first + 1;

		while (!run(lot, first, second))
			second++;
		assert_true(second > first + 2);
	}
	assert_true(first > 20);
}

static void killed_anywhere_it_orders_once_and_loses_nothing(void **state)
{
	static const int64_t build[] = {1, MINUTE, 15 * MINUTE, 40 * MINUTE};

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		const struct lot lot = {.arrives = (i & 1U) != 0,
		                        .is_answered = (i & 2U) != 0,
		                        .stores_early = (i & 4U) != 0,
		                        .parts = 1 + ((i >> 3U) & 1U),
		                        .build_ms = build[i >> 4U]};

		kill_everywhere(&lot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_anywhere_it_orders_once_and_loses_nothing),
	};

	return cmocka_run_group_tests_name("job_crash", tests, NULL, NULL);
}

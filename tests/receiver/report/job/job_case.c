/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/job/job_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void note(struct job_case *s, const char *what)
{
	(void)buf_printf(&s->trace, "%s%s", s->trace.len > 0 ? " " : "", what);
}

static void fake_store(void *arg)
{
	struct job_case *s = arg;

	assert_false(s->is_storing);
	s->is_storing = true;
	note(s, "store:");
	(void)buf_append_str(&s->trace, str_from(job_state_str(job_record(s->job)->state)));
	buf_reset(&s->pending);
	assert_int_equal(job_record_write(job_record(s->job), &s->pending), ERR_OK);
}

static void fake_order(void *arg)
{
	note(arg, "order");
}

static void fake_send(void *arg)
{
	note(arg, "send");
}

static void fake_await(void *arg)
{
	note(arg, "await");
}

static void fake_unawait(void *arg)
{
	note(arg, "unawait");
}

static void fake_kept(void *arg)
{
	note(arg, "kept");
}

static void fake_name(void *arg, char ret_name[JOB_NAME_SIZE])
{
	struct job_case *s = arg;

	(void)snprintf(ret_name, JOB_NAME_SIZE, "f%u", ++s->names);
}

static void fake_download(void *arg)
{
	note(arg, "download");
}

static void fake_decode(void *arg)
{
	note(arg, "decode");
}

static void fake_stale(void *arg)
{
	note(arg, "stale");
}

static void fake_finished(void *arg, enum job_end end)
{
	static const char *const names[] = {"done",   "fallback", "refused",
	                                    "failed", "later",    "unauthorized"};
	struct job_case *s = arg;

	note(s, "finished:");
	(void)buf_append_str(&s->trace, str_from(names[end]));
	s->finished++;
	s->end = end;
}

static const struct job_port port = {
	.store = fake_store,
	.order = fake_order,
	.send = fake_send,
	.await = fake_await,
	.unawait = fake_unawait,
	.kept = fake_kept,
	.name = fake_name,
	.download = fake_download,
	.decode = fake_decode,
	.stale = fake_stale,
	.finished = fake_finished,
};

int job_case_set_up(void **state)
{
	struct job_case *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	buf_init(&s->trace, 4096);
	buf_init(&s->disk, JOB_RECORD_MAX);
	buf_init(&s->pending, JOB_RECORD_MAX);
	s->now_ms = CASE_NOW;
	s->conf = (struct job_conf){.port = &port,
	                            .arg = s,
	                            .by = JOB_BY_MAILBOX,
	                            .timeout_ms = CASE_TIMEOUT,
	                            .give_up_ms = CASE_GIVE_UP};
	*state = s;
	return 0;
}

int job_case_tear_down(void **state)
{
	struct job_case *s = *state;

	job_free(s->job);
	buf_fini(&s->trace);
	buf_fini(&s->disk);
	buf_fini(&s->pending);
	free(s);
	return 0;
}

struct job_record job_case_record(struct str text)
{
	struct job_record r = {.state = JOB_IDLE};
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

void job_case_begin(struct job_case *s, const char *stored)
{
	struct job_record r = job_case_record(str_from(stored));

	job_free(s->job);
	s->job = NULL;
	s->is_storing = false;
	buf_reset(&s->trace);
	assert_int_equal(job_new(&s->conf, &r, &s->job), ERR_OK);
	assert_int_equal(r.state, JOB_IDLE);
	assert_null(r.file);
	job_begin(s->job, s->now_ms);
}

void job_case_settle(struct job_case *s)
{
	while (s->is_storing) {
		s->is_storing = false;
		buf_reset(&s->disk);
		assert_int_equal(buf_append_str(&s->disk, buf_str(&s->pending)), ERR_OK);
		job_event(s->job, JOB_EV_STORED, JOB_END_DONE, "", s->now_ms);
	}
}

void job_case_stand(struct job_case *s, const char *stored)
{
	job_case_begin(s, stored);
	job_case_settle(s);
	buf_reset(&s->trace);
}

void job_case_event_with(struct job_case *s, enum job_event event, enum job_end end,
                         const char *text)
{
	job_event(s->job, event, end, text, s->now_ms);
	job_case_settle(s);
}

void job_case_event(struct job_case *s, enum job_event event)
{
	job_case_event_with(s, event, JOB_END_LATER, "");
}

void job_case_accept(struct job_case *s, const char *id)
{
	const struct job_acceptance a = {.id = str_from(id)};

	assert_int_equal(job_accepted(s->job, &a, s->now_ms), ERR_OK);
	job_case_settle(s);
}

void job_case_ready(struct job_case *s, const char *link, bool is_shared)
{
	const struct str text = str_from(link);

	assert_int_equal(job_ready(s->job, &text, 1, is_shared, s->now_ms), ERR_OK);
	job_case_settle(s);
}

enum err job_case_hand(struct job_case *s, const char *file)
{
	enum err err = job_hand(s->job, STR_LIT("https://f.example/handed"), str_from(file), 77,
	                        s->now_ms);

	job_case_settle(s);
	return err;
}

void job_case_saw(struct job_case *s, const char *trace)
{
	assert_string_equal(buf_cstr(&s->trace), trace);
	buf_reset(&s->trace);
}

enum job_state job_case_state(const struct job_case *s)
{
	return job_record(s->job)->state;
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/receiver/report/file/download_case.h"

#define MIB ((uint64_t)1 << 20)

static void what_is_no_address_is_said_at_once(void **state)
{
	static const char *const urls[] = {"",  "file:///etc/passwd", "http://",
	                                   "x", "http://u:p@h/file",  "http://127.0.0.1/a b"};
	struct download_case *c = *state;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		c->conf.url = str_from(urls[i]);
		assert_int_equal(download_new(c->loop, &c->conf, &c->ops, c, &c->d), ERR_INVAL);
		assert_null(c->d);
	}
	download_free(NULL);
}

static void a_place_that_takes_no_file_is_told(void **state)
{
	struct download_case *c = *state;

	(void)snprintf(c->path + strlen(c->path), 16, "/not/there");
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_string_equal(c->result.text,
	                    "the downloaded file cannot be opened: No such file or directory");
	assert_int_equal(c->server.vendor.connections, 0);
	c->conf.path = "/dev/full";
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_int_equal(c->server.vendor.connections, 0);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
	struct download_case *c = *state;
	char target[160];

	(void)snprintf(target, sizeof(target), "%s.target", c->path);
	assert_int_equal(symlink(target, c->path), 0);
	download_case_begin(c);
	download_case_wait(c, &c->dones, 1);
	assert_int_equal(c->result.end, DOWNLOAD_FAILED);
	assert_int_not_equal(access(target, F_OK), 0);
}

static void progress_is_told_now_and_then(void **state)
{
	struct download_case *c = *state;

	c->conf.max_bytes = 400 * MIB;
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .is_held = true});
	download_case_begin(c);
	download_case_wait(c, &c->progresses, 1);
	assert_int_equal(c->begins, 1);
	assert_int_equal(c->progress.bytes, 1);
	assert_int_equal(c->progress.size, 5000);
	download_case_turn(c, 200);
	assert_int_equal(c->progresses, 1); /* nothing new */
	c->server.vendor.gate = 1;
	download_case_wait(c, &c->dones, 1);
	assert_int_equal(c->result.end, DOWNLOAD_DONE);
	file_vendor_clear(&c->server);
	file_vendor_add(&c->server, (struct file_answer){.size = 300 * MIB, .is_chunked = true});

	uint64_t begin_ms = clock_mono_ms();

	download_case_expect(c, DOWNLOAD_DONE);
	assert_true(c->progresses <= (clock_mono_ms() - begin_ms) / 240 + 1);
}

static void the_time_is_that_of_all_tries(void **state)
{
	struct download_case *c = *state;
	uint64_t begin_ms = clock_mono_ms();

	c->conf.timeout_ms = 2500;
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 100});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .is_held = true});
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_in_range(clock_mono_ms() - begin_ms, 2400, 8000);
	assert_non_null(strstr(c->result.text, "not done within 2 s: "));
	assert_int_equal(c->result.bytes, 101);
	assert_string_equal(c->end_validator, FILE_ETAG);
}

/* A server that gives a byte each time is not left alone, and not asked without end. */
static void a_slow_server_is_gone_on_with_as_long_as_there_is_time(void **state)
{
	struct download_case *c = *state;

	c->conf.timeout_ms = 1600;
	c->conf.pause_ms = 400;
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 1});
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_in_range(c->result.bytes, 3, 12);
	assert_int_equal(c->result.bytes, c->server.given);
}

/* One that gives the same bytes each time is asked less and less. */
static void the_same_bytes_again_are_no_progress(void **state)
{
	struct download_case *c = *state;

	c->conf.timeout_ms = 1800;
	c->conf.pause_ms = 300;
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 100, .etag = ""});
	download_case_expect(c, DOWNLOAD_FAILED);
	assert_in_range(c->server.given, 2, 5);
}

static void who_frees_it_hears_nothing_more(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 2 * MIB, .is_chunked = true});
	for (unsigned turns = 0; turns < 40; turns++) {
		c->server.given = 0;
		c->server.vendor.gate = 0;
		download_case_begin(c);
		for (unsigned i = 0; i < turns && c->dones == 0; i++)
			loop_turn(c->loop, 1);
		if (turns > 25 && c->dones > 0)
			break;
		unsigned told = c->begins + c->progresses + c->dones;

		download_free(c->d);
		c->d = NULL;
		download_case_turn(c, 3);
		assert_int_equal(c->begins + c->progresses + c->dones, told);
	}
}

static void free_at_begin(void *arg, struct str validator, struct str media_type)
{
	struct download_case *c = arg;

	(void)validator;
	(void)media_type;
	c->begins++;
	download_free(c->d);
	c->d = NULL;
}

static void free_at_progress(void *arg, const struct download_progress *progress)
{
	struct download_case *c = arg;

	(void)progress;
	c->progresses++;
	download_free(c->d);
	c->d = NULL;
}

static void free_at_done(void *arg, const struct download_result *result)
{
	struct download_case *c = arg;

	(void)result;
	c->dones++;
	download_free(c->d);
	c->d = NULL;
}

static void it_may_be_freed_from_its_callbacks(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .is_held = true});
	c->ops.on_begin = free_at_begin;
	download_case_begin(c);
	download_case_wait(c, &c->begins, 1);
	c->ops.on_begin = NULL;
	c->ops.on_progress = free_at_progress;
	download_case_begin(c);
	download_case_wait(c, &c->progresses, 1);
	download_case_turn(c, 5);
	assert_int_equal(c->dones, 0);
	c->ops.on_progress = NULL;
	c->ops.on_done = free_at_done;
	c->server.vendor.gate = 1;
	download_case_begin(c);
	download_case_wait(c, &c->dones, 1);
	download_case_turn(c, 5);
	assert_int_equal(c->dones, 1);
}

/* What the log has of a link is its host. */
static void the_log_has_no_link(void **state)
{
	struct download_case *c = *state;
	char text[4096], name[160];
	size_t len;
	FILE *f;
	int kept;

	(void)snprintf(name, sizeof(name), "%s.log", c->path);
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 100});
	file_vendor_add(&c->server, (struct file_answer){.status = 500, .body = "/file?sig=1"});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000});
	(void)fflush(stderr);
	kept = dup(STDERR_FILENO);
	f = fopen(name, "w+");
	assert_non_null(f);
	assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);
	download_case_expect(c, DOWNLOAD_DONE);
	(void)fflush(stderr);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	rewind(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	(void)fclose(f);
	assert_non_null(
		strstr(text, "ev=download.interrupted account=acme host=127.0.0.1 bytes=100 "));
	assert_non_null(strstr(text, "answered 500"));
	assert_null(strstr(text, "/file"));
	assert_null(strstr(text, "s3cret"));
	assert_null(strstr(text, DOWNLOAD_SECRET));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, download_case_set_up, download_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_no_address_is_said_at_once),
		TEST(a_place_that_takes_no_file_is_told),
		TEST(a_link_in_its_place_is_not_followed),
		TEST(progress_is_told_now_and_then),
		TEST(the_time_is_that_of_all_tries),
		TEST(a_slow_server_is_gone_on_with_as_long_as_there_is_time),
		TEST(the_same_bytes_again_are_no_progress),
		TEST(who_frees_it_hears_nothing_more),
		TEST(it_may_be_freed_from_its_callbacks),
		TEST(the_log_has_no_link),
	};

	return cmocka_run_group_tests_name("download", tests, NULL, NULL);
}

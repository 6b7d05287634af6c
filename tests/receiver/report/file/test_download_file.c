/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "receiver/report/file/download_file.h"
#include "tests/store/place.h"

#define MIB         ((uint64_t)1 << 20)
#define DEADLINE_MS 20000

/* A disk that does what the test says. */
static struct {
	int write_error; /* of the next write */
	size_t write_most;
	_Atomic int sync_error;
	atomic_uint syncs;    /* begun */
	atomic_bool is_stuck; /* they do not end */
} disk;

ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	if (disk.write_error != 0) {
		errno = disk.write_error;
		disk.write_error = 0;
		return -1;
	}
	if (disk.write_most > 0 && len > disk.write_most)
		len = disk.write_most;
	return __real_pwrite(fd, bytes, len, at);
}

static int sync_it(void)
{
	disk.syncs++;
	while (disk.is_stuck)
		(void)poll(NULL, 0, 1);
	errno = disk.sync_error;
	return disk.sync_error != 0 ? -1 : 0;
}

int __wrap_fsync(int fd)
{
	assert(fd >= 0);
	return sync_it();
}

int __wrap_fdatasync(int fd)
{
	assert(fd >= 0);
	return sync_it();
}

struct file_case {
	struct loop *loop;
	struct worker *worker;
	struct download_file *f;
	char path[128];
	unsigned synced;
	enum err err;
	bool was_last;
};

static void on_synced(void *arg, enum err err, bool is_last)
{
	struct file_case *c = arg;

	c->synced++;
	c->err = err;
	c->was_last = is_last;
}

static void open_file(struct file_case *c)
{
	char error[DOWNLOAD_ERROR_SIZE] = "";

	if (download_file_open(c->path, c->worker, on_synced, c, &c->f, error) != ERR_OK)
		fail_msg("%s", error);
}

static int set_up(void **state)
{
	struct file_case *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	memset(&disk, 0, sizeof(disk));
	assert_int_equal(loop_new(&c->loop), ERR_OK);
	assert_int_equal(worker_new(c->loop, 1, &c->worker), ERR_OK);
	(void)snprintf(c->path, sizeof(c->path), "%s", place_fresh());
	open_file(c);
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct file_case *c = *state;

	disk.is_stuck = false;
	download_file_free(c->f);
	worker_free(c->worker);
	loop_free(c->loop);
	place_remove();
	free(c);
	return 0;
}

static void wait_synced(struct file_case *c, unsigned number)
{
	uint64_t end = clock_mono_ms() + DEADLINE_MS;

	while (c->synced < number && clock_mono_ms() < end)
		loop_turn(c->loop, 5);
	assert_int_equal(c->synced, number);
}

static void wait_begun(unsigned syncs)
{
	uint64_t end = clock_mono_ms() + DEADLINE_MS;

	while (disk.syncs < syncs && clock_mono_ms() < end)
		(void)poll(NULL, 0, 1);
	assert_int_equal(disk.syncs, syncs);
}

static enum err write_text(struct file_case *c, const char *text)
{
	return download_file_write(c->f, str_from(text));
}

static void expect_content(struct file_case *c, const char *text)
{
	char bytes[64] = "";
	FILE *f = fopen(c->path, "r");

	assert_non_null(f);
	bytes[fread(bytes, 1, sizeof(bytes) - 1, f)] = '\0';
	assert_int_equal(fclose(f), 0);
	assert_string_equal(bytes, text);
	assert_int_equal(download_file_bytes(c->f), strlen(text));
}

static void bytes_follow_what_is_there(void **state)
{
	struct file_case *c = *state;
	char first[8] = "";

	assert_int_equal(write_text(c, "hello"), ERR_OK);
	disk.write_most = 2; /* short writes are gone on with */
	assert_int_equal(write_text(c, ", world"), ERR_OK);
	disk.write_error = EINTR;
	assert_int_equal(write_text(c, "!"), ERR_OK);
	expect_content(c, "hello, world!");
	assert_int_equal(download_file_peek(c->f, first, 5), 5);
	assert_string_equal(first, "hello");
	download_file_free(c->f);
	open_file(c);
	disk.write_most = 0;
	assert_int_equal(write_text(c, "?"), ERR_OK);
	expect_content(c, "hello, world!?");
	assert_int_equal(download_file_empty(c->f), ERR_OK);
	expect_content(c, "");
	assert_int_equal(download_file_peek(c->f, first, 5), 0);
	assert_int_equal(write_text(c, "new"), ERR_OK);
	expect_content(c, "new");
}

static void a_disk_that_refuses_is_told_by_its_kind(void **state)
{
	static const struct {
		int errnum;
		enum err err;
		const char *text;
	} cases[] = {
		{ENOSPC, ERR_LIMIT,
	         "the downloaded file cannot be written: No space left on device"},
		{EDQUOT, ERR_LIMIT, "the downloaded file cannot be written: Disk quota exceeded"},
		{EFBIG, ERR_LIMIT, "the downloaded file cannot be written: File too large"},
		{EIO, ERR_IO, "the downloaded file cannot be written: Input/output error"},
	};
	struct file_case *c = *state;

	assert_int_equal(write_text(c, "kept"), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		disk.write_error = cases[i].errnum;
		assert_int_equal(write_text(c, "lost"), cases[i].err);
		assert_string_equal(download_file_error(c->f), cases[i].text);
		expect_content(c, "kept");
	}
}

static void only_a_plain_file_is_opened(void **state)
{
	struct file_case *c = *state;
	char error[DOWNLOAD_ERROR_SIZE], path[160];
	struct download_file *f = NULL;

	assert_int_equal(download_file_open("/dev/null", c->worker, on_synced, c, &f, error),
	                 ERR_IO);
	assert_int_equal(download_file_open(place_folder(), c->worker, on_synced, c, &f, error),
	                 ERR_IO);
	(void)snprintf(path, sizeof(path), "%s.pipe", c->path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(download_file_open(path, c->worker, on_synced, c, &f, error), ERR_IO);
	(void)snprintf(path, sizeof(path), "%s.link", c->path);
	assert_int_equal(symlink(c->path, path), 0);
	assert_int_equal(download_file_open(path, c->worker, on_synced, c, &f, error), ERR_IO);
	assert_null(f);
}

static void the_end_syncs_file_and_folder_and_the_loop_turns_meanwhile(void **state)
{
	struct file_case *c = *state;
	uint64_t begin_ms;

	assert_int_equal(write_text(c, "hello"), ERR_OK);
	disk.is_stuck = true;
	begin_ms = clock_mono_ms();
	assert_int_equal(download_file_finish(c->f), ERR_OK);
	wait_begun(1);
	loop_turn(c->loop, 0);
	assert_true(clock_mono_ms() - begin_ms < DEADLINE_MS);
	assert_int_equal(c->synced, 0);
	assert_int_equal(download_file_finish(c->f), ERR_AGAIN);
	disk.is_stuck = false;
	wait_synced(c, 1);
	assert_int_equal(c->err, ERR_OK);
	assert_true(c->was_last);
	assert_int_equal(disk.syncs, 2);
}

static void a_sync_that_fails_is_told(void **state)
{
	struct file_case *c = *state;

	disk.sync_error = EIO;
	assert_int_equal(write_text(c, "lost"), ERR_OK);
	assert_int_equal(download_file_finish(c->f), ERR_OK);
	wait_synced(c, 1);
	expect_content(c, ""); /* nobody knows what of it is there */
	assert_int_equal(c->err, ERR_IO);
	assert_string_equal(download_file_error(c->f),
	                    "the downloaded file cannot be synced: Input/output error");
	disk.sync_error = ENOSPC;
	assert_int_equal(download_file_finish(c->f), ERR_OK);
	wait_synced(c, 2);
	assert_int_equal(c->err, ERR_LIMIT);
}

static void write_mib(struct file_case *c, unsigned count)
{
	char *bytes = calloc(1, MIB);

	assert_non_null(bytes);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(download_file_write(c->f, (struct str){bytes, MIB}), ERR_OK);
		download_file_keep_up(c->f);
	}
	free(bytes);
}

static void what_is_written_gets_to_the_disk_meanwhile(void **state)
{
	struct file_case *c = *state;

	write_mib(c, 31);
	loop_turn(c->loop, 0);
	assert_int_equal(disk.syncs, 0);
	write_mib(c, 1);
	wait_synced(c, 1);
	assert_false(c->was_last);
	write_mib(c, 31);
	assert_int_equal(disk.syncs, 1);
	write_mib(c, 1);
	wait_synced(c, 2);
}

static void a_slow_disk_falls_behind(void **state)
{
	struct file_case *c = *state;

	disk.is_stuck = true;
	write_mib(c, 127);
	assert_false(download_file_is_behind(c->f));
	write_mib(c, 1);
	assert_true(download_file_is_behind(c->f));
	assert_int_equal(disk.syncs, 1);
	disk.is_stuck = false;
	wait_synced(c, 1);
	assert_false(download_file_is_behind(c->f));
}

/* What the sync that ends late was for is not what is there now. */
static void an_emptied_file_is_not_synced(void **state)
{
	struct file_case *c = *state;

	disk.is_stuck = true;
	write_mib(c, 32);
	assert_int_equal(download_file_empty(c->f), ERR_OK);
	write_mib(c, 32);
	disk.is_stuck = false;
	wait_synced(c, 1);
	download_file_keep_up(c->f);
	wait_synced(c, 2);
}

static void a_worker_with_no_place_is_asked_again(void **state)
{
	struct file_case *c = *state;
	struct file_case other = *c;

	/* One that runs, and one that waits: that is all the worker takes. */
	disk.is_stuck = true;
	assert_int_equal(download_file_finish(c->f), ERR_OK);
	wait_begun(1);
	(void)snprintf(other.path, sizeof(other.path), "%s", place_fresh());
	open_file(&other);
	assert_int_equal(download_file_finish(other.f), ERR_OK);
	download_file_free(other.f); /* ends by itself */
	open_file(&other);
	assert_int_equal(download_file_finish(other.f), ERR_AGAIN);
	disk.is_stuck = false;
	wait_synced(c, 1);
	while (disk.syncs < 4)
		loop_turn(c->loop, 5);
	assert_int_equal(download_file_finish(other.f), ERR_OK);
	wait_synced(&other, 1);
	download_file_free(other.f);
}

static void who_frees_it_waits_for_no_sync(void **state)
{
	struct file_case *c = *state;

	disk.is_stuck = true;
	assert_int_equal(download_file_finish(c->f), ERR_OK);
	wait_begun(1);
	download_file_free(c->f);
	c->f = NULL;
	disk.is_stuck = false;
	for (int i = 0; i < 20; i++)
		loop_turn(c->loop, 2);
	assert_int_equal(c->synced, 0);
	open_file(c);
	disk.is_stuck = true;
	assert_int_equal(download_file_finish(c->f), ERR_OK);
	wait_begun(3);
	download_file_free(c->f); /* and with a worker that goes */
	c->f = NULL;
	disk.is_stuck = false;
	worker_free(c->worker);
	c->worker = NULL;
	assert_int_equal(c->synced, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_follow_what_is_there),
		TEST(a_disk_that_refuses_is_told_by_its_kind),
		TEST(only_a_plain_file_is_opened),
		TEST(the_end_syncs_file_and_folder_and_the_loop_turns_meanwhile),
		TEST(a_sync_that_fails_is_told),
		TEST(what_is_written_gets_to_the_disk_meanwhile),
		TEST(a_slow_disk_falls_behind),
		TEST(an_emptied_file_is_not_synced),
		TEST(a_worker_with_no_place_is_asked_again),
		TEST(who_frees_it_waits_for_no_sync),
	};

	return cmocka_run_group_tests_name("download_file", tests, NULL, NULL);
}

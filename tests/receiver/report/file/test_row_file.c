/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "receiver/report/file/download.h"
#include "receiver/report/file/download_space.h"
#include "receiver/report/file/row_file.h"
#include "tests/normalise/profile/profile_text.h"
#include "tests/store/place.h"

#define MANY 200000 /* more than the first table takes */

/* A disk that does what the test says. */
static struct {
	int write_error, read_error; /* of the next one, … */
	int reads_before;            /* … after so many that are well */
	size_t most;                 /* of one read or write; 0: all */
	uint64_t space;
} disk;

uint64_t download_space(int fd)
{
	assert_true(fd >= 0);
	return disk.space;
}

ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at);

static bool is_failing(int *error)
{
	if (*error == 0)
		return false;
	errno = *error;
	*error = 0;
	return true;
}

static size_t some(size_t len)
{
	return disk.most > 0 && len > disk.most ? disk.most : len;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return is_failing(&disk.write_error) ? -1 : __real_pwrite(fd, bytes, some(len), at);
}

ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at)
{
	if (disk.read_error != 0 && disk.reads_before-- == 0 && is_failing(&disk.read_error))
		return -1;
	return __real_pread(fd, bytes, some(len), at);
}

struct rows {
	char folder[128];
	struct row_file *f;
	struct ordinals_disk ops;
};

static int setup(void **state)
{
	static struct rows r;

	memset(&disk, 0, sizeof(disk));
	disk.space = UINT64_MAX;
	(void)snprintf(r.folder, sizeof(r.folder), "%s.rows", place_fresh());
	assert_int_equal(row_file_new(r.folder, NULL, &r.f), ERR_OK);
	r.ops = row_file_disk(r.f);
	*state = &r;
	return 0;
}

static int teardown(void **state)
{
	struct rows *r = *state;

	row_file_free(r->f);
	row_file_free(NULL);
	(void)rmdir(r->folder); /* which is empty */
	return 0;
}

static struct ordinals_row row_of(uint32_t n)
{
	struct ordinals_row row = {.next = n + 1, .page = n, .here = 7, .claim = n % 3};

	memcpy(row.id, &n, sizeof(n));
	return row;
}

/** Spread as a hash is. */
static uint64_t hash_of(uint32_t n)
{
	uint64_t h = (uint64_t)n * 0x9e3779b97f4a7c15u;

	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	return h ^ h >> 32;
}

static enum err keep(struct rows *r, uint64_t hash, uint32_t n)
{
	const struct ordinals_row row = row_of(n);

	return r->ops.keep(r->ops.arg, hash, &row);
}

static enum err find(struct rows *r, uint64_t hash, uint32_t n, struct ordinals_row *ret_row)
{
	const struct ordinals_row row = row_of(n);

	return r->ops.find(r->ops.arg, hash, row.id, ret_row);
}

static void assert_found(struct rows *r, uint64_t hash, uint32_t n)
{
	const struct ordinals_row want = row_of(n);
	struct ordinals_row got;

	assert_int_equal(find(r, hash, n, &got), ERR_OK);
	assert_memory_equal(&got, &want, sizeof(got));
}

static size_t count_names(const char *folder)
{
	struct dirent **entries = NULL;
	const int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return count < 0 ? SIZE_MAX : (size_t)count - 2; /* without . and .. */
}

/* ---- that work ---- */

static void rows_are_found_as_they_were_kept(void **state)
{
	struct rows *r = *state;
	struct ordinals_row row;

	assert_int_equal(find(r, hash_of(0), 0, &row), ERR_NOENT);
	for (uint32_t n = 0; n < MANY; n++)
		assert_int_equal(keep(r, hash_of(n), n), ERR_OK);
	for (uint32_t n = 0; n < MANY; n += 7)
		assert_found(r, hash_of(n), n);
	for (uint32_t n = MANY; n < MANY + 1000; n++)
		assert_int_equal(find(r, hash_of(n), n, &row), ERR_NOENT);
}

/* The first ones are in a table that takes no more. */
static void a_row_that_is_kept_again_takes_its_own_place(void **state)
{
	struct rows *r = *state;

	for (uint32_t n = 0; n < MANY; n++)
		assert_int_equal(keep(r, hash_of(n), n), ERR_OK);
	for (uint32_t n = 0; n < MANY; n += 1009) {
		struct ordinals_row row = row_of(n), got;

		row.next = 1000000 + n;
		assert_int_equal(r->ops.keep(r->ops.arg, hash_of(n), &row), ERR_OK);
		assert_int_equal(find(r, hash_of(n), n, &got), ERR_OK);
		assert_int_equal(got.next, 1000000 + n);
	}
	assert_found(r, hash_of(1), 1);
}

/* The last page of a table is followed by its first one. */
static void rows_of_one_hash_do_not_displace_each_other(void **state)
{
	static const uint64_t hashes[] = {0, UINT64_MAX, 127, 2047u * 128};
	struct rows *r = *state;

	for (uint32_t n = 0; n < 2000; n++)
		assert_int_equal(keep(r, hashes[n % 4], n), ERR_OK);
	for (uint32_t n = 0; n < 2000; n++)
		assert_found(r, hashes[n % 4], n);
}

#define PAGE(n) ((uint64_t)(n) << 7)

/* Behind the end of the file, and where it has a hole. */
static void a_page_that_was_never_written_is_empty(void **state)
{
	static const uint64_t hashes[] = {PAGE(5) + 3, PAGE(2000) + 3, PAGE(700) + 3};
	struct rows *r = *state;

	for (uint32_t n = 0; n < 3; n++)
		assert_int_equal(keep(r, hashes[n], n), ERR_OK);
	for (uint32_t n = 0; n < 3; n++)
		assert_found(r, hashes[n], n);
}

static void a_page_of_which_a_part_was_read_is_not_believed(void **state)
{
	struct rows *r = *state;
	struct ordinals_row row;

	assert_int_equal(keep(r, PAGE(20), 2), ERR_OK);
	assert_int_equal(keep(r, 0, 1), ERR_OK);
	disk.most = 2048;
	disk.reads_before = 1;
	disk.read_error = EIO;
	assert_int_equal(find(r, PAGE(20), 2, &row), ERR_IO);
	assert_found(r, 0, 1);
	assert_found(r, PAGE(20), 2);
}

static void reads_and_writes_may_come_in_parts(void **state)
{
	struct rows *r = *state;

	disk.most = 13;
	for (uint32_t n = 0; n < 300; n++) {
		disk.read_error = n % 3 == 0 ? EINTR : 0;
		disk.reads_before = n % 2;
		disk.write_error = n % 5 == 0 ? EINTR : 0;
		assert_int_equal(keep(r, hash_of(n), n), ERR_OK);
	}
	for (uint32_t n = 0; n < 300; n++)
		assert_found(r, hash_of(n), n);
}

static void what_is_forgotten_is_gone(void **state)
{
	struct rows *r = *state;
	struct ordinals_row row;

	r->ops.forget(r->ops.arg);
	assert_int_equal(keep(r, 5, 5), ERR_OK);
	r->ops.forget(r->ops.arg);
	assert_int_equal(find(r, 5, 5, &row), ERR_NOENT);
	assert_int_equal(keep(r, 6, 6), ERR_OK);
	assert_found(r, 6, 6);
	assert_int_equal(find(r, 5, 5, &row), ERR_NOENT);
}

static void the_file_has_no_name_and_the_folder_is_ours(void **state)
{
	struct rows *r = *state;
	struct stat st;

	assert_int_equal(stat(r->folder, &st), -1);
	assert_int_equal(keep(r, 1, 1), ERR_OK);
	assert_int_equal(stat(r->folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(count_names(r->folder), 0);
}

/** One that finishes what it does, and drops what waits. */
static void a_worker_closes_it(void **state)
{
	const size_t before = count_names("/proc/self/fd");
	struct rows *r = *state;
	struct ordinals_row row = row_of(1);

	for (size_t waiting = 1; waiting < 5; waiting++) {
		struct loop *loop = NULL;
		struct worker *worker = NULL;
		struct row_file *f = NULL;
		struct ordinals_disk ops;

		assert_int_equal(loop_new(&loop), ERR_OK);
		assert_int_equal(worker_new(loop, waiting, &worker), ERR_OK);
		assert_int_equal(row_file_new(r->folder, worker, &f), ERR_OK);
		ops = row_file_disk(f);
		for (int i = 0; i < 8; i++) {
			ops.forget(ops.arg);
			assert_int_equal(ops.find(ops.arg, 1, row.id, &row), ERR_NOENT);
			assert_int_equal(ops.keep(ops.arg, 1, &row), ERR_OK);
		}
		row_file_free(f);
		worker_free(worker);
		loop_free(loop);
		assert_int_equal(count_names("/proc/self/fd"), before);
	}
}

/* ---- and a disk that does not ---- */

static void a_folder_that_cannot_be_is_an_error_with_its_reason(void **state)
{
	struct rows *r = *state;
	struct row_file *f = NULL;
	struct ordinals_row row = row_of(1);
	struct ordinals_disk ops;

	assert_string_equal(row_file_error(r->f), "");
	assert_int_equal(row_file_new("/dev/null/x", NULL, &f), ERR_OK);
	ops = row_file_disk(f);
	assert_int_equal(ops.keep(ops.arg, 1, &row), ERR_IO);
	assert_string_equal(
		row_file_error(f),
		"the rows that are counted cannot be kept in /dev/null/x: Not a directory");
	assert_int_equal(ops.find(ops.arg, 1, row.id, &row), ERR_NOENT);
	row_file_free(f);
}

static void a_full_disk_is_an_error_and_the_row_is_not_there(void **state)
{
	struct rows *r = *state;
	struct ordinals_row row;

	assert_int_equal(keep(r, 1, 1), ERR_OK);
	disk.write_error = ENOSPC;
	assert_int_equal(keep(r, 2, 2), ERR_IO);
	assert_non_null(strstr(row_file_error(r->f), ": No space left on device"));
	assert_int_equal(find(r, 2, 2, &row), ERR_NOENT);
	assert_found(r, 1, 1);
	disk.read_error = EIO;
	disk.reads_before = 0;
	assert_int_equal(find(r, PAGE(20), 2, &row), ERR_IO);
	assert_non_null(strstr(row_file_error(r->f), "cannot be read in "));
	assert_found(r, 1, 1);
}

static void the_journals_room_is_left_to_it(void **state)
{
	struct rows *r = *state;
	enum err err = ERR_OK;
	uint32_t n;

	disk.space = DOWNLOAD_SPARE_BYTES;
	for (n = 0; n < 10; n++)
		assert_int_equal(keep(r, hash_of(n), n), ERR_OK);
	disk.space--;
	for (; err == ERR_OK && n < 5000; n++)
		err = keep(r, hash_of(n), n);
	assert_int_equal(err, ERR_IO);
	assert_in_range(n, 11, 1100); /* soon, though not at once */
	assert_non_null(strstr(row_file_error(r->f), ": fewer than 256 MiB are free"));
}

static void a_largest_file_is_an_error(void **state)
{
	struct rows *r = *state;
	struct rlimit before, small;
	enum err err = ERR_OK;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = (rlim_t)4 << 20;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (uint32_t n = 0; n < 100 && err == ERR_OK; n++)
		err = keep(r, hash_of(n), n);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, ERR_IO);
	assert_non_null(strstr(row_file_error(r->f), ": File too large"));
}

/* ---- with what they are for ---- */

#define CLICKS PROFILE_WITH_MAP("    key: [/who]\n    status: {is: clicked}\n    ordinal: true\n")

/** Numbers of pages of rows, of which @p kinds are different, and which come in any order. */
static void count_all(const struct source *source, struct ordinals *o, unsigned kinds,
                      struct buf *all)
{
	unsigned random = 1;

	for (int page = 0; page < 40; page++) {
		struct payload payload = {.via = PAYLOAD_REPORT};
		struct buf body;

		buf_init(&body, 65536);
		for (int i = 0; i < 100; i++) {
			random = random * 1103515245u + 12345u;
			assert_int_equal(buf_printf(&body, "%s{\"who\":%u}", i > 0 ? "," : "[",
			                            (random >> 8) % kinds),
			                 ERR_OK);
		}
		assert_int_equal(buf_append_char(&body, ']'), ERR_OK);
		payload.body = buf_str(&body);
		assert_int_equal(ordinals_count(o, source, &payload, all), ERR_OK);
		assert_int_equal(buf_append_char(all, '\n'), ERR_OK);
		buf_fini(&body);
	}
}

static void the_numbers_are_those_of_a_bag_in_memory(void **state)
{
	static const unsigned kinds[] = {1, 2, 50, 3000, 1u << 24};
	static const size_t most[] = {0, 1, 40, 1000};
	struct rows *r = *state;
	struct profile *profile = profile_good(CLICKS);
	struct source *source = source_good(profile);

	for (size_t k = 0; k < 5; k++) {
		struct ordinals *o = NULL;
		struct buf want, got;

		buf_init(&want, 1 << 20);
		buf_init(&got, 1 << 20);
		assert_int_equal(ordinals_new(1 << 20, NULL, &o), ERR_OK);
		count_all(source, o, kinds[k], &want);
		ordinals_free(o);
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(ordinals_new(most[i], &r->ops, &o), ERR_OK);
			for (int again = 0; again < 2; again++) {
				buf_reset(&got);
				ordinals_reset(o);
				count_all(source, o, kinds[k], &got);
				assert_string_equal(buf_cstr(&got), buf_cstr(&want));
			}
			ordinals_free(o);
		}
		buf_fini(&want);
		buf_fini(&got);
	}
	source_unref(source);
	profile_free(profile);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_found_as_they_were_kept),
		TEST(a_row_that_is_kept_again_takes_its_own_place),
		TEST(rows_of_one_hash_do_not_displace_each_other),
		TEST(a_page_that_was_never_written_is_empty),
		TEST(a_page_of_which_a_part_was_read_is_not_believed),
		TEST(reads_and_writes_may_come_in_parts),
		TEST(what_is_forgotten_is_gone),
		TEST(the_file_has_no_name_and_the_folder_is_ours),
		TEST(a_worker_closes_it),
		TEST(a_folder_that_cannot_be_is_an_error_with_its_reason),
		TEST(a_full_disk_is_an_error_and_the_row_is_not_there),
		TEST(the_journals_room_is_left_to_it),
		TEST(a_largest_file_is_an_error),
		TEST(the_numbers_are_those_of_a_bag_in_memory),
	};
	int failed = cmocka_run_group_tests_name("row_file", tests, NULL, NULL);

	place_remove();
	return failed;
}

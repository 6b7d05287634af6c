/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "receiver/report/file/download_space.h"
#include "tests/store/place.h"

static void it_is_what_the_file_system_says(void **state)
{
	struct statvfs fs;
	uint64_t space, wanted;
	int fd;

	(void)state;
	fd = open(place_fresh(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	space = download_space(fd);
	assert_int_equal(fstatvfs(fd, &fs), 0);
	wanted = (uint64_t)fs.f_bavail * fs.f_frsize;
	/* others write meanwhile */
	assert_true(space > wanted / 2 && space / 2 < wanted);
	assert_int_equal(close(fd), 0);
	place_remove();
}

static void what_is_not_known_stands_in_nobodys_way(void **state)
{
	(void)state;
	assert_true(download_space(-1) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_the_file_system_says),
		cmocka_unit_test(what_is_not_known_stands_in_nobodys_way),
	};

	return cmocka_run_group_tests_name("download_space", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/app/notify.h"
#include "tests/folder.h"

/* "@" begins the name of an abstract one. @return its length */
static socklen_t address_of(const char *name, struct sockaddr_un *ret_address)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(name);

	assert_true(len <= sizeof(at.sun_path));
	memcpy(at.sun_path, name, len);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	*ret_address = at;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void connect_to(int fd, const char *name)
{
	struct sockaddr_un at;
	socklen_t len = address_of(name, &at);

	assert_int_equal(connect(fd, (const struct sockaddr *)&at, len), 0);
}

/* A service manager's socket. */
static int listen_at(const char *name)
{
	struct sockaddr_un at;
	socklen_t len = address_of(name, &at);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, len), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void assert_told(int fd, const char *text)
{
	char told[256];
	ssize_t len = recv(fd, told, sizeof(told), MSG_DONTWAIT);

	assert_int_equal(len, strlen(text));
	assert_memory_equal(told, text, strlen(text));
}

static void assert_nothing_told(int fd)
{
	char told[1];

	assert_int_equal(recv(fd, told, sizeof(told), MSG_DONTWAIT), -1);
}

static void it_is_one_datagram_to_a_path(void **state)
{
	struct folder folder;
	const char *path;
	int fd;

	(void)state;
	folder_open(&folder);
	path = folder_name(&folder, "notify");
	fd = listen_at(path);
	notify("READY=1\nSTATUS=receiving");
	notify("WATCHDOG=1");
	assert_told(fd, "READY=1\nSTATUS=receiving");
	assert_told(fd, "WATCHDOG=1");
	assert_nothing_told(fd);
	(void)close(fd);
	notify("WATCHDOG=1"); /* nobody listens any more */
	folder_close(&folder);
}

static void it_is_one_datagram_to_an_abstract_name(void **state)
{
	char name[64];
	int fd;

	(void)state;
	(void)snprintf(name, sizeof(name), "@campaign2mqtt-test-%ld", (long)getpid());
	fd = listen_at(name);
	notify("READY=1");
	assert_told(fd, "READY=1");
	(void)close(fd);
}

/* The manager does not read any more: the loop must not wait for it for ever. */
static void a_full_queue_does_not_hold_us_up(void **state)
{
	char name[64];
	size_t count = 0;
	int fd, from;

	(void)state;
	(void)snprintf(name, sizeof(name), "@campaign2mqtt-full-%ld", (long)getpid());
	fd = listen_at(name);
	from = socket(AF_UNIX, SOCK_DGRAM, 0);
	connect_to(from, name);
	while (send(from, "X=1", 3, MSG_DONTWAIT) == 3)
		assert_true(++count < 1000000);
	(void)alarm(30); /* ends the test where it waits */
	notify("WATCHDOG=1");
	(void)alarm(0);
	while (count-- > 0)
		assert_told(fd, "X=1");
	assert_nothing_told(fd);
	(void)close(from);
	(void)close(fd);
}

static void without_an_address_that_can_be_nobody_is_told(void **state)
{
	struct sockaddr_un at;
	char name[sizeof(at.sun_path) + 1];
	int fd = listen_at("@campaign2mqtt-nobody");

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';

	const char *const names[] = {"", "@", "/", "campaign2mqtt-nobody", "vsock:2:1234", name};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
		notify("READY=1");
	}
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	notify("READY=1");
	assert_nothing_told(fd);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_one_datagram_to_a_path),
		cmocka_unit_test(it_is_one_datagram_to_an_abstract_name),
		cmocka_unit_test(a_full_queue_does_not_hold_us_up),
		cmocka_unit_test(without_an_address_that_can_be_nobody_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

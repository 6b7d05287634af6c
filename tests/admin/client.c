/* SPDX-License-Identifier: MIT */
#include "tests/admin/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"

int client_connect(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

void client_write(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

bool client_read(struct loop *loop, int fd, const char *until, char *ret_text, size_t size)
{
	uint64_t deadline = clock_mono_ms() + 10000;
	size_t len = 0;

	ret_text[0] = '\0';
	while (clock_mono_ms() < deadline) {
		loop_turn(loop, 5);
		ssize_t n = read(fd, ret_text + len, size - 1 - len);

		if (n > 0) {
			len += (size_t)n;
			ret_text[len] = '\0';
		}
		if (until != NULL ? strstr(ret_text, until) != NULL : n == 0)
			return true;
	}
	return false;
}

/* SPDX-License-Identifier: MIT */
/*
 * The protocol is one datagram, and promised to stay (sd_notify(3), "Notes"). libsystemd with the
 * four libraries that it brings cost 0.8 MiB of resident memory: docs/decisions/0015-memory.md.
 */
#include "cmd/app/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

void notify(const char *text)
{
	/* A manager that is busy with starting everything is given a moment: without READY=1 it
	 * would stop us again. */
	const struct timeval patience = {.tv_sec = 1};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET"); /* NOLINT(concurrency-mt-unsafe): nobody sets */
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	/* "@" is an abstract one: its first byte is a zero, and its end is not marked by one. */
	if (len < 2 || len >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, len);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&to,
	             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	(void)close(fd);
}

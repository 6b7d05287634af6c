/* SPDX-License-Identifier: MIT */
#include "tests/publish/mqtt/broker.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"

#define START_TIMEOUT_MS 10000

extern char **environ;

static int tcp_socket(uint16_t port, struct sockaddr_in *ret_address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0);
	*ret_address = (struct sockaddr_in){.sin_family = AF_INET,
	                                    .sin_port = htons(port),
	                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return fd;
}

uint16_t broker_free_port(void)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int fd = tcp_socket(0, &a);

	assert(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	assert(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	assert(close(fd) == 0);
	return ntohs(a.sin_port);
}

void broker_init(struct broker *b, const char *lines)
{
	FILE *f;

	*b = (struct broker){.port = broker_free_port()};
	(void)snprintf(b->folder, sizeof(b->folder), "/tmp/campaign2mqtt-broker-XXXXXX");
	assert(mkdtemp(b->folder) != NULL);
	(void)snprintf(b->conf, sizeof(b->conf), "%s/mosquitto.conf", b->folder);
	f = fopen(b->conf, "w");
	assert(f != NULL);
	assert(fprintf(f, "listener %u 127.0.0.1\npersistence false\nuser root\n%s\n", b->port,
	               lines) > 0);
	assert(fclose(f) == 0);
}

static pid_t spawn(const char *const argv[])
{
	posix_spawn_file_actions_t quiet;
	char *args[16] = {NULL};
	pid_t pid;

	assert(posix_spawn_file_actions_init(&quiet) == 0);
	assert(posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0) == 0);
	assert(posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0) == 0);
	for (size_t i = 0; argv[i] != NULL; i++) {
		args[i] = strdup(argv[i]);
		assert(args[i] != NULL);
	}
	assert(args[0] != NULL);
	assert(posix_spawnp(&pid, args[0], &quiet, NULL, args, environ) == 0);
	for (size_t i = 0; args[i] != NULL; i++)
		free(args[i]);
	(void)posix_spawn_file_actions_destroy(&quiet);
	return pid;
}

bool broker_run(const char *const argv[])
{
	int status = -1;

	return waitpid(spawn(argv), &status, 0) > 0 && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

/* A test that fails jumps out of its function: what it started ends with the process. */
static pid_t running;

static void kill_running(void)
{
	if (running > 0)
		(void)kill(running, SIGKILL);
}

void broker_start(struct broker *b)
{
	const char *const argv[] = {"/usr/sbin/mosquitto", "-c", b->conf, NULL};
	uint64_t deadline = clock_mono_ms() + START_TIMEOUT_MS;
	struct sockaddr_in a;
	bool is_up = false;

	kill_running();
	if (running == 0)
		assert(atexit(kill_running) == 0);
	b->pid = spawn(argv);
	running = b->pid;
	while (!is_up) {
		int fd = tcp_socket(b->port, &a);

		is_up = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
		(void)close(fd);
		assert(clock_mono_ms() < deadline);
		(void)poll(NULL, 0, 5);
	}
}

void broker_kill(struct broker *b)
{
	if (b->pid > 0) {
		assert(kill(b->pid, SIGKILL) == 0);
		assert(waitpid(b->pid, NULL, 0) == b->pid);
		running = -1;
	}
	b->pid = 0;
}

void broker_fini(struct broker *b)
{
	DIR *dir = opendir(b->folder);
	struct dirent *entry;

	broker_kill(b);
	assert(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	(void)closedir(dir);
	(void)rmdir(b->folder);
}

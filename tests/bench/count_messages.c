/* SPDX-License-Identifier: MIT */
/*
 * count_messages PORT TOPIC FILE - a QoS 1 subscriber that only counts.
 *
 * FILE holds the count as a native 64-bit number; it is mapped, so that counting costs no system
 * call and the load that is measured keeps the processor. SIGTERM ends it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mosquitto.h>

static volatile sig_atomic_t stop;

static void on_term(int signo)
{
	(void)signo;
	stop = 1;
}

static void counter_on_connect(struct mosquitto *m, void *topic, int rc)
{
	if (rc == 0)
		(void)mosquitto_subscribe(m, NULL, topic, 1);
}

static volatile int64_t *count;

static void counter_on_message(struct mosquitto *m, void *topic,
                               const struct mosquitto_message *message)
{
	(void)m;
	(void)topic;
	(void)message;
	(*count)++;
}

static int map_count(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(int64_t)) == 0)
		at = mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		(void)close(fd);
	if (at == MAP_FAILED)
		return -1;
	count = at;
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction on = {.sa_handler = on_term};
	struct mosquitto *m = NULL;
	int rc = 1;

	if (argc != 4 || map_count(argv[3]) != 0) {
		(void)fprintf(stderr, "usage: count_messages PORT TOPIC FILE\n");
		return 64;
	}
	(void)sigaction(SIGTERM, &on, NULL);
	(void)mosquitto_lib_init();
	m = mosquitto_new(NULL, true, argv[2]);
	if (m == NULL)
		goto out;
	mosquitto_connect_callback_set(m, counter_on_connect);
	mosquitto_message_callback_set(m, counter_on_message);
	if (mosquitto_connect(m, "127.0.0.1", (int)strtol(argv[1], NULL, 10), 60) != 0)
		goto out;
	while (stop == 0) {
		if (mosquitto_loop(m, 100, 1) != 0)
			(void)mosquitto_reconnect(m);
	}
	rc = 0;
out:
	if (m != NULL)
		mosquitto_destroy(m);
	(void)mosquitto_lib_cleanup();
	return rc;
}

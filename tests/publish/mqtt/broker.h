/* SPDX-License-Identifier: MIT */
/** broker - a real mosquitto for one test: own port, own folder, ended by its process id. */
#ifndef TESTS_PUBLISH_MQTT_BROKER_H
#define TESTS_PUBLISH_MQTT_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct broker {
	pid_t pid; /* 0 while it does not run */
	uint16_t port;
	char folder[64];
	char conf[96];
};

/** A port of 127.0.0.1 that was free a moment ago. */
uint16_t broker_free_port(void);

/** Write its configuration: @p lines are added to a listener on @c port of 127.0.0.1. */
void broker_init(struct broker *b, const char *lines);
/** Start and wait until it takes connections. */
void broker_start(struct broker *b);
/** Kill it at once. */
void broker_kill(struct broker *b);
/** Kill it and remove its folder. */
void broker_fini(struct broker *b);

/** Run a program to its end. @return whether it said 0 */
bool broker_run(const char *const argv[]);

#endif /* TESTS_PUBLISH_MQTT_BROKER_H */

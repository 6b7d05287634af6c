/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/password.h"
#include "cmd/base/command.h"

static const struct command *const commands[] = {
	&cmd_run,           &cmd_check,       &cmd_map,      &cmd_fetch,     &cmd_import,
	&cmd_tail,          &cmd_status,      &cmd_register, &cmd_authorize, &cmd_vendors,
	&cmd_hash_password, &cmd_healthcheck, &cmd_version,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_overview(FILE *out)
{
	(void)fputs(
		"campaign2mqtt - campaign events of SMS and e-mail vendors, published on MQTT\n\n",
		out);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		(void)fprintf(out, "  campaign2mqtt %-14s %s\n", commands[i]->name,
		              commands[i]->summary);
	}
	(void)fputs(
		"\n\"campaign2mqtt COMMAND -h\" explains a command.\n"
		"The configuration is FILE of -c, $CAMPAIGN2MQTT_CONFIG, ./campaign2mqtt.yaml or\n"
		"/etc/campaign2mqtt/campaign2mqtt.yaml: the first that is there.\n",
		out);
}

static void print_help(const struct command *c)
{
	(void)printf("usage: campaign2mqtt %s%s%s\n\n%s.\n%s%s", c->name,
	             c->usage[0] != '\0' ? " " : "", c->usage, c->summary,
	             c->options[0] != '\0' ? "\n" : "", c->options);
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return false;
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static enum exit_code obey(int argc, char **argv)
{
	if (argc < 2) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_overview(stdout);
		return EXIT_OK;
	}

	const struct command *command =
		find(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);

	if (command == NULL) {
		return complain(EXIT_USAGE,
		                "there is no command \"%s\"; \"campaign2mqtt -h\" lists them",
		                argv[1]);
	}
	if (asks_for_help(argc - 1, argv + 1)) {
		print_help(command);
		return EXIT_OK;
	}
	if (auth_init() != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "the system gives no random numbers");
	return command->run(argc - 1, argv + 1);
}

/* What is opened next must not get the number of a stream that the caller has closed: what is
 * printed would go there. Reading and writing such a stream still fails. */
static void hold_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

int main(int argc, char **argv)
{
	hold_streams();
	return (int)flush_output(obey(argc, argv));
}

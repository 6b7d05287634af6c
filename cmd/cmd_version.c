/* SPDX-License-Identifier: MIT */
#include "cmd/base/command.h"

static enum exit_code run(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return complain_usage(&cmd_version);
	(void)printf("campaign2mqtt %s\n", CAMPAIGN2MQTT_VERSION);
	return EXIT_OK;
}

const struct command cmd_version = {"version", "", "print the version", "", run};

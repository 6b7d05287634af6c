/* SPDX-License-Identifier: MIT */
#include "cmd/app/app.h"
#include "cmd/base/command.h"

static enum exit_code run(int argc, char **argv)
{
	struct conf *conf = NULL;
	enum exit_code code = load_conf_of_options(&cmd_run, argc, argv, &conf);

	return code == EXIT_OK ? app_run(conf) : code;
}

const struct command cmd_run = {
	"run", "[-c FILE]", "run the daemon in the foreground",
	"  -c FILE   configuration\n"
	"SIGTERM and SIGINT stop it in order; SIGHUP loads the configuration again.\n",
	run};

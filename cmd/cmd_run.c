/* SPDX-License-Identifier: MIT */
#include "cmd/app/app.h"
#include "cmd/base/options.h"

static enum exit_code run(int argc, char **argv)
{
	const char *file = NULL;
	struct conf *conf = NULL;
	enum exit_code code = options_read(&cmd_run, argc, argv, NULL, 0, 0, &file);

	if (code == EXIT_OK)
		code = load_conf_warning(file, &conf);
	return code == EXIT_OK ? app_run(conf) : code;
}

const struct command cmd_run = {
	"run", "[-c FILE]", "run the daemon in the foreground",
	"  -c FILE   configuration\n"
	"SIGTERM and SIGINT stop it in order; SIGHUP loads the configuration again.\n",
	run};

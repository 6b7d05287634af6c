/* SPDX-License-Identifier: MIT */
#include <getopt.h>

#include "cmd/app.h"
#include "cmd/command.h"

static enum exit_code run(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	                                        {NULL, 0, NULL, 0}};
	const char *file = NULL;
	int opt;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while ((opt = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (opt != 'c')
			return EXIT_USAGE;
		file = optarg;
	}
	if (optind != argc)
		return complain_usage(&cmd_run);

	struct conf *conf = NULL;
	enum exit_code code = load_conf(file, &conf);

	return code == EXIT_OK ? app_run(conf) : code;
}

const struct command cmd_run = {
	"run", "[-c FILE]", "run the daemon in the foreground",
	"  -c FILE   configuration\n"
	"SIGTERM and SIGINT stop it in order; SIGHUP loads the configuration again.\n",
	run};

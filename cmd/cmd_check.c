/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdbool.h>

#include "cmd/base/command.h"

#define PRINT_MAX_BYTES ((size_t)16 * 1024 * 1024)

static enum exit_code print_conf(const struct conf *conf)
{
	struct buf b;
	enum exit_code code = EXIT_OK;

	buf_init(&b, PRINT_MAX_BYTES);
	if (conf_print(conf, &b) != ERR_OK) {
		code = complain(EXIT_UNAVAILABLE, "out of memory");
	} else if (fputs(buf_cstr(&b), stdout) == EOF) {
		code = complain(EXIT_INPUT_OUTPUT, "cannot write to standard output");
	}
	buf_fini(&b);
	return code;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void say_ok(const struct conf *conf)
{
	size_t hooks = 0, reports = 0;

	for (size_t i = 0; i < conf->account_count; i++) {
		hooks += conf->accounts[i].webhook_count;
		reports += conf->accounts[i].report_count;
	}
	(void)printf("%s: ok, %zu account%s, %zu webhook%s, %zu report%s\n", conf->file,
	             conf->account_count, plural(conf->account_count), hooks, plural(hooks),
	             reports, plural(reports));
}

static enum exit_code run(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	                                        {"print", no_argument, NULL, 'p'},
	                                        {NULL, 0, NULL, 0}};
	const char *file = NULL;
	bool print = false;
	int opt;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while ((opt = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (opt == 'c') {
			file = optarg;
		} else if (opt == 'p') {
			print = true;
		} else {
			return EXIT_USAGE;
		}
	}
	if (optind != argc)
		return complain_usage(&cmd_check);

	struct conf *conf = NULL;
	enum exit_code code = load_conf(file, &conf);

	if (code != EXIT_OK)
		return code;
	if (print) {
		code = print_conf(conf);
	} else {
		say_ok(conf);
	}
	conf_free(conf);
	return code;
}

const struct command cmd_check = {
	"check", "[-c FILE] [--print]",
	"check configuration and profiles; exits with 78 when something is wrong",
	"  -c FILE   configuration to check\n"
	"  --print   print the effective configuration as YAML, secrets as ***\n",
	run};

/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "cmd/base/options.h"

#define PRINT_MAX_BYTES ((size_t)16 * 1024 * 1024)

static enum exit_code print_conf(const struct conf *conf)
{
	struct buf b;
	enum exit_code code = EXIT_OK;

	buf_init(&b, PRINT_MAX_BYTES);
	if (conf_print(conf, &b) != ERR_OK) {
		code = complain(EXIT_UNAVAILABLE, "out of memory");
	} else {
		(void)fputs(buf_cstr(&b), stdout);
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
	const char *file = NULL;
	bool print = false;
	const struct command_option options[] = {{"print", NULL, &print}};
	enum exit_code code = options_read(&cmd_check, argc, argv, options, 1, 0, &file);
	struct conf *conf = NULL;

	if (code == EXIT_OK)
		code = load_conf_warning(file, &conf);
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

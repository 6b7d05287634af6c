/* SPDX-License-Identifier: MIT */
#include "cmd/api/daemon.h"
#include "cmd/base/options.h"

#define ANSWER_MAX ((size_t)16 * 1024)
#define STATUS_OK  200L

static enum exit_code run(int argc, char **argv)
{
	struct err_detail detail = {.line = 0};
	const char *file = NULL;
	struct conf *conf = NULL;
	enum exit_code code = options_read(&cmd_healthcheck, argc, argv, NULL, 0, 0, &file);
	struct buf answer;
	long status = 0;

	if (code == EXIT_OK)
		code = load_conf(file, &conf);
	if (code != EXIT_OK)
		return code;
	buf_init(&answer, ANSWER_MAX);
	if (daemon_get(conf->admin.address, "/readyz", &answer, &status, &detail) != ERR_OK) {
		code = complain_detail(EXIT_UNAVAILABLE, &detail);
	} else {
		(void)fputs(buf_cstr(&answer), stdout);
		code = status == STATUS_OK ? EXIT_OK : EXIT_UNAVAILABLE;
	}
	buf_fini(&answer);
	conf_free(conf);
	return code;
}

const struct command cmd_healthcheck = {
	"healthcheck", "[-c FILE]",
	"ask the running daemon whether it can take payloads; exits with 69 when not",
	"  -c FILE   configuration that names the admin listener\n"
	"Prints the answer of /readyz; made for containers.\n",
	run};

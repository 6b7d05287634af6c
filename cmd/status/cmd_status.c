/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <unistd.h>

#include "cmd/api/daemon.h"
#include "cmd/base/options.h"
#include "cmd/base/terminal.h"
#include "cmd/status/status_text.h"
#include "core/clock.h"

#define ANSWER_MAX ((size_t)32 * 1024 * 1024)
#define STATUS_OK  200L

struct options {
	const char *conf_file;
	bool is_json;
};

static enum exit_code print(const struct options *o, const struct buf *answer)
{
	json_t *document = json_loadb(buf_cstr(answer), answer->len, JSON_ALLOW_NUL, NULL);
	const struct terminal terminal = terminal_of(STDOUT_FILENO);
	enum exit_code code = EXIT_OK;

	if (json_object_get(document, "instance") == NULL) {
		code = complain(EXIT_UNAVAILABLE,
		                "what answers on admin.address is not this program's daemon");
	} else if (o->is_json) {
		(void)printf("%s\n", buf_cstr(answer));
	} else if (status_text_print(document, clock_now_ms(), &terminal, stdout) != ERR_OK) {
		code = complain(EXIT_UNAVAILABLE, "out of memory");
	}
	json_decref(document);
	return code;
}

static enum exit_code ask(const struct options *o, const struct conf *conf)
{
	struct err_detail detail = {.line = 0};
	struct buf answer;
	long status = 0;
	enum exit_code code;

	buf_init(&answer, ANSWER_MAX);
	if (daemon_get(conf->admin.address, "/api/v1/status", &answer, &status, &detail) !=
	    ERR_OK) {
		code = complain_detail(EXIT_UNAVAILABLE, &detail);
	} else if (status != STATUS_OK) {
		code = complain(EXIT_UNAVAILABLE,
		                "%s answers %ld: is it this program's daemon, of this version?",
		                conf->admin.address, status);
	} else {
		code = print(o, &answer);
	}
	buf_fini(&answer);
	return code;
}

static enum exit_code run(int argc, char **argv)
{
	struct options o = {.conf_file = NULL};
	const struct command_option options[] = {{"json", NULL, &o.is_json}};
	struct conf *conf = NULL;
	enum exit_code code = options_read(&cmd_status, argc, argv, options, 1, 0, &o.conf_file);

	if (code == EXIT_OK)
		code = load_conf(o.conf_file, &conf);
	if (code == EXIT_OK)
		code = ask(&o, conf);
	conf_free(conf);
	return code;
}

const struct command cmd_status = {
	"status", "[-c FILE] [--json]",
	"accounts, reports, journal and broker of the running daemon",
	"  -c FILE   configuration that names the admin listener\n"
	"  --json    the document as the daemon gives it (docs/operations.md), in one line\n"
	"Exits with 69 when no daemon runs.\n",
	run};

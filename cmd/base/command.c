/* SPDX-License-Identifier: MIT */
#include "cmd/base/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

enum exit_code complain(enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	(void)fputs("campaign2mqtt: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return code;
}

enum exit_code complain_detail(enum exit_code code, const struct err_detail *detail)
{
	char text[1024];

	err_detail_format(detail, text, sizeof(text));
	return complain(code, "%s", text);
}

enum exit_code exit_code_from_err(enum err err)
{
	switch (err) {
	case ERR_OK:
		return EXIT_OK;
	case ERR_INVAL:
	case ERR_PARSE:
	case ERR_LIMIT:
	case ERR_NOENT:
		return EXIT_CONFIGURATION;
	case ERR_AUTH:
		return EXIT_NO_PERMISSION;
	case ERR_EXISTS:
	case ERR_AGAIN:
	case ERR_CANCELED:
		return EXIT_UNAVAILABLE;
	case ERR_IO:
		return EXIT_INPUT_OUTPUT;
	case ERR_NOMEM:
		return EXIT_UNAVAILABLE;
	}
	return EXIT_BUG;
}

static void on_conf_warning(void *arg, const struct err_detail *detail)
{
	char text[1024];

	(void)arg;
	err_detail_format(detail, text, sizeof(text));
	(void)fprintf(stderr, "campaign2mqtt: warning: %s\n", text);
}

enum exit_code load_conf(const char *given, struct conf **ret_conf)
{
	struct err_detail detail = {.line = 0};
	enum err err = conf_load(conf_find(given), on_conf_warning, NULL, ret_conf, &detail);

	if (err == ERR_OK)
		return EXIT_OK;
	if (detail.text[0] == '\0')
		err_detail_set(&detail, "%s", err_str(err));
	return complain_detail(exit_code_from_err(err), &detail);
}

enum exit_code complain_usage(const struct command *command)
{
	return complain(EXIT_USAGE,
	                "usage: campaign2mqtt %s %s (\"campaign2mqtt %s -h\" explains it)",
	                command->name, command->usage, command->name);
}

enum exit_code load_conf_of_options(const struct command *command, int argc, char **argv,
                                    struct conf **ret_conf)
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
	return optind == argc ? load_conf(file, ret_conf) : complain_usage(command);
}

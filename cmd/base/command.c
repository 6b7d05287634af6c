/* SPDX-License-Identifier: MIT */
#include "cmd/base/command.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/base/options.h"
#include "cmd/base/terminal.h"

#define COMPLAINT_SIZE 8192

enum exit_code complain(enum exit_code code, const char *fmt, ...)
{
	char text[COMPLAINT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	terminal_clean(text);
	(void)fprintf(stderr, "campaign2mqtt: %s\n", text);
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

void warn(const char *fmt, ...)
{
	char text[COMPLAINT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)complain(EXIT_OK, "warning: %s", text);
}

static void on_conf_warning(void *arg, const struct err_detail *detail)
{
	char text[1024];

	(void)arg;
	err_detail_format(detail, text, sizeof(text));
	warn("%s", text);
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
	const char *file = NULL;
	enum exit_code code = options_read(command, argc, argv, NULL, 0, 0, &file);

	return code == EXIT_OK ? load_conf(file, ret_conf) : code;
}

enum exit_code complain_output(void)
{
	char reason[128] = "";

	if (errno == 0 || strerror_r(errno, reason, sizeof(reason)) != 0)
		reason[0] = '\0';
	return complain(EXIT_INPUT_OUTPUT, "cannot write to standard output%s%s",
	                reason[0] != '\0' ? ": " : "", reason);
}

enum exit_code flush_output(enum exit_code code)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return code;
	return code == EXIT_OK ? complain_output() : code;
}

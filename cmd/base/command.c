/* SPDX-License-Identifier: MIT */
#include "cmd/base/command.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

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

static enum exit_code load(const char *given, conf_warn_fn on_warning, struct conf **ret_conf)
{
	const char *file = conf_find(given);
	struct err_detail detail = {.line = 0};
	enum err err = conf_load(file, on_warning, NULL, ret_conf, &detail);

	if (err == ERR_OK)
		return EXIT_OK;
	if (detail.text[0] == '\0')
		err_detail_set(&detail, "%s", err_str(err));
	if (given == NULL && err == ERR_NOENT && detail.line == 0) {
		return complain(exit_code_from_err(err),
		                "%s: %s; name the configuration with -c FILE", file, detail.text);
	}
	return complain_detail(exit_code_from_err(err), &detail);
}

enum exit_code load_conf(const char *given, struct conf **ret_conf)
{
	return load(given, NULL, ret_conf);
}

enum exit_code load_conf_warning(const char *given, struct conf **ret_conf)
{
	return load(given, on_conf_warning, ret_conf);
}

enum exit_code complain_usage(const struct command *command)
{
	return complain(
		EXIT_USAGE, "usage: campaign2mqtt %s%s%s (\"campaign2mqtt %s -h\" explains it)",
		command->name, command->usage[0] != '\0' ? " " : "", command->usage, command->name);
}

static enum exit_code complain_errno(enum exit_code code, const char *what)
{
	int number = errno;
	char reason[128] = "";

	if (number == 0 || strerror_r(number, reason, sizeof(reason)) != 0)
		reason[0] = '\0';
	return complain(code, "%s%s%s", what, reason[0] != '\0' ? ": " : "", reason);
}

enum exit_code complain_file(enum exit_code code, const char *path)
{
	char what[COMPLAINT_SIZE / 2];
	int number = errno;

	(void)snprintf(what, sizeof(what), "%s: cannot be read", path);
	errno = number;
	return complain_errno(code, what);
}

enum exit_code complain_output(void)
{
	return complain_errno(EXIT_INPUT_OUTPUT, "cannot write to standard output");
}

enum exit_code flush_output(enum exit_code code)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return code;
	return code == EXIT_OK ? complain_output() : code;
}

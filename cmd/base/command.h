/* SPDX-License-Identifier: MIT */
/**
 * command - what every command of the command line is made of.
 *
 * A command is one file cmd_NAME.c with one function; main.c lists them.
 */
#ifndef CMD_BASE_COMMAND_H
#define CMD_BASE_COMMAND_H

#include <stdio.h>

#include "conf/conf.h"
#include "core/err.h"

/** Exit codes: those of sysexits(3) that the commands use. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_USAGE = 64,
	EXIT_BAD_INPUT = 65,
	EXIT_UNAVAILABLE = 69,
	EXIT_BUG = 70,
	EXIT_INPUT_OUTPUT = 74,
	EXIT_NO_PERMISSION = 77,
	EXIT_CONFIGURATION = 78,
};

struct command {
	const char *name;
	const char *usage;   /* what follows the name in the synopsis */
	const char *summary; /* one line */
	const char *options; /* the lines of `-h`, or "" */
	enum exit_code (*run)(int argc, char **argv);
};

extern const struct command cmd_authorize, cmd_check, cmd_fetch, cmd_hash_password, cmd_healthcheck,
	cmd_import, cmd_map, cmd_register, cmd_run, cmd_status, cmd_tail, cmd_vendors, cmd_version;

/**
 * Say on stderr, in one line, what is wrong and what to do. Control characters become '?'.
 *
 * @return @p code, so that a command can say `return complain(EXIT_USAGE, …)`
 */
enum exit_code complain(enum exit_code code, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** complain() with the place and text of @p detail. */
enum exit_code complain_detail(enum exit_code code, const struct err_detail *detail);

/** The same for what is no failure: "warning: …". */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/** "PATH: cannot be read: …": why, as errno says. */
enum exit_code complain_file(enum exit_code code, const char *path);

/** Standard output takes no more: why, as errno says. @return EXIT_INPUT_OUTPUT */
enum exit_code complain_output(void);

/**
 * Write what is still in the buffer of standard output, at the end of every command.
 *
 * @param code  of the command: when it failed it has said why
 * @return @p code; instead of EXIT_OK also EXIT_INPUT_OUTPUT, after complaining, when not all of
 * the output could be written
 */
enum exit_code flush_output(enum exit_code code) MUST_CHECK;

/** The exit code that an error of conf_load() and of opening things means. */
enum exit_code exit_code_from_err(enum err err);

/**
 * Load the configuration from where conf_find() says, complaining on failure. Without its warnings:
 * they are for who checks or runs it, and would hide what other commands say.
 *
 * @param given     argument of -c, or NULL
 * @param ret_conf  free with conf_free(); untouched on failure
 * @return EXIT_OK or what the command exits with
 */
enum exit_code load_conf(const char *given, struct conf **ret_conf) MUST_CHECK;

/** load_conf() with the warnings, for who is to look after it. */
enum exit_code load_conf_warning(const char *given, struct conf **ret_conf) MUST_CHECK;

/** Say how the command is used: operands are missing, or too many. @return EXIT_USAGE */
enum exit_code complain_usage(const struct command *command);

#endif /* CMD_BASE_COMMAND_H */

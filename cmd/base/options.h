/* SPDX-License-Identifier: MIT */
/**
 * options - the command line of a command: `-c FILE`, long options and operands, in any order.
 *
 * What is wrong with it is said on stderr, in one line.
 */
#ifndef CMD_BASE_OPTIONS_H
#define CMD_BASE_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "cmd/base/command.h"

/**
 * getopt_long() for @p command.
 *
 * @param options  with {"config", required_argument, NULL, 'c'} for a command that takes -c
 * @return the @c val of an option (its argument in optarg); -1 at the first operand (optind);
 *         '?' after complaining: the command exits with EXIT_USAGE
 */
int options_next(const struct command *command, int argc, char **argv,
                 const struct option *options);

/** An option without more to it than that it is given. One of both is set. */
struct command_option {
	const char *name;      /* without "--" */
	const char **ret_text; /* it takes an argument: borrowed from argv; untouched without it */
	bool *ret_is_given;    /* it takes none; untouched without it */
};

/**
 * Read all of a command line of `[-c FILE]`, such options, and so many operands.
 *
 * @param options        at most OPTIONS_MOST; NULL when @p count is 0
 * @param operand_count  how many there have to be; they begin at argv[optind]
 * @param ret_conf_file  of -c; untouched without it
 * @return EXIT_OK, or EXIT_USAGE after complaining
 */
enum exit_code options_read(const struct command *command, int argc, char **argv,
                            const struct command_option *options, int count, int operand_count,
                            const char **ret_conf_file) MUST_CHECK;
#define OPTIONS_MOST 8

#endif /* CMD_BASE_OPTIONS_H */

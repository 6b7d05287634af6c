/* SPDX-License-Identifier: MIT */
#include "cmd/base/options.h"

#include <assert.h>
#include <string.h>

#define FIRST_VAL 256 /* past all letters */

static bool has_letter(const struct option *options, int letter)
{
	for (; options->name != NULL; options++) {
		if (options->val == letter)
			return true;
	}
	return false;
}

/* getopt_long() names a letter that it does not know, and no word. */
static void complain_of(const struct command *command, int opt, const char *word)
{
	const char letter[] = {'-', (char)optopt, '\0'};
	const char *what = "there is no option \"";
	const char *problem = "\"";

	if (opt == ':') {
		what = "option \"";
		problem = "\" needs an argument";
	} else if (optopt != 0 && strchr(word, '=') != NULL) {
		what = "\"";
		problem = "\": that option takes no argument";
	} else if (optopt != 0) {
		word = letter;
	}
	(void)complain(EXIT_USAGE, "%s: %s%s%s; \"campaign2mqtt %s -h\" explains it", command->name,
	               what, word, problem, command->name);
}

int options_next(const struct command *command, int argc, char **argv, const struct option *options)
{
	const char *letters = has_letter(options, 'c') ? ":c:" : ":";
	int opt;

	opterr = 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	opt = getopt_long(argc, argv, letters, options, NULL);
	if (opt != '?' && opt != ':')
		return opt;
	complain_of(command, opt, argv[optind - 1]);
	return '?';
}

static void take(const struct command_option *option)
{
	if (option->ret_text != NULL) {
		*option->ret_text = optarg;
	} else {
		*option->ret_is_given = true;
	}
}

enum exit_code options_read(const struct command *command, int argc, char **argv,
                            const struct command_option *options, int count, int operand_count,
                            const char **ret_conf_file)
{
	struct option longs[OPTIONS_MOST + 2] = {{"config", required_argument, NULL, 'c'}};
	int opt;

	assert(count <= OPTIONS_MOST);
	for (int i = 0; i < count; i++) {
		longs[i + 1] = (struct option){options[i].name,
		                               options[i].ret_text != NULL ? required_argument
		                                                           : no_argument,
		                               NULL, FIRST_VAL + i};
	}
	while ((opt = options_next(command, argc, argv, longs)) != -1) {
		if (opt == '?')
			return EXIT_USAGE;
		if (opt == 'c') {
			*ret_conf_file = optarg;
		} else {
			take(&options[opt - FIRST_VAL]);
		}
	}
	return argc - optind == operand_count ? EXIT_OK : complain_usage(command);
}

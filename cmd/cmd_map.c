/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "cmd/api/event_lines.h"
#include "cmd/api/query.h"
#include "cmd/base/options.h"
#include "cmd/base/time_text.h"
#include "cmd/map_file.h"
#include "core/clock.h"

#define TOPIC_PREFIX "campaigns/v1"

static const struct option long_options[] = {
	{"vendor", required_argument, NULL, 'v'},
	{"source", required_argument, NULL, 's'},
	{"account", required_argument, NULL, 'a'},
	{"set", required_argument, NULL, 'e'},
	{"media-type", required_argument, NULL, 'm'},
	{"received", required_argument, NULL, 'r'},
	{NULL, 0, NULL, 0},
};

static enum exit_code set_received(struct map_options *o, const char *text)
{
	if (time_text_parse(str_from(text), &o->received_ms) == ERR_OK)
		return EXIT_OK;
	return complain(EXIT_USAGE,
	                "--received takes a time such as 2024-09-03T09:02:09Z, not \"%s\"", text);
}

static enum exit_code set_option(struct map_options *o, int opt, const char *value)
{
	switch (opt) {
	case 'v':
		o->vendor = value;
		return EXIT_OK;
	case 's':
		o->source = value;
		return EXIT_OK;
	case 'a':
		o->account = value;
		return EXIT_OK;
	case 'm':
		o->media_type = value;
		return EXIT_OK;
	case 'e':
		return query_append_set(&o->sets, value);
	case 'r':
		return set_received(o, value);
	default:
		return EXIT_USAGE; /* options_next() has said what is wrong */
	}
}

static enum exit_code read_options(int argc, char **argv, struct map_options *o)
{
	int opt;

	o->received_ms = clock_now_ms();
	while ((opt = options_next(&cmd_map, argc, argv, long_options)) != -1) {
		enum exit_code code = set_option(o, opt, optarg);

		if (code != EXIT_OK)
			return code;
	}
	if (o->vendor == NULL || argc - optind > 1)
		return complain_usage(&cmd_map);
	if (optind < argc && strcmp(argv[optind], "-") != 0)
		o->file = argv[optind];
	if (o->account == NULL)
		o->account = o->vendor;
	return EXIT_OK;
}

static bool print_line(void *arg, struct str line)
{
	enum exit_code *code = arg;

	if (fwrite(line.ptr, 1, line.len, stdout) == line.len && putchar('\n') != EOF)
		return true;
	*code = complain_output();
	return false;
}

static void print_bad(void *arg, const char *text)
{
	enum exit_code *code = arg;

	*code = complain(EXIT_BAD_INPUT, "%s", text);
}

static enum exit_code map_payload(const struct source *source, const struct payload *payload)
{
	static const struct event_lines_ops ops = {print_line, print_bad};
	enum exit_code code = EXIT_OK;

	if (event_lines(source, payload, TOPIC_PREFIX, &ops, &code) == ERR_NOMEM)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	return code;
}

static enum exit_code map_input(const struct map_options *o)
{
	struct err_detail detail = {.line = 0};
	struct profile_set *set = NULL;
	const struct profile *profile;
	enum exit_code code;

	if (profile_set_new(&set, &detail) != ERR_OK) {
		code = complain_detail(EXIT_BUG, &detail);
		goto out;
	}
	profile = profile_set_get(set, str_from(o->vendor));
	if (profile == NULL) {
		code = complain(EXIT_USAGE,
		                "there is no vendor \"%s\"; \"campaign2mqtt vendors\" lists them",
		                o->vendor);
	} else if (o->source == NULL && !map_has_csv(profile)) {
		code = complain_usage(&cmd_map);
	} else {
		code = map_file(o, profile, map_payload);
	}
out:
	profile_set_free(set);
	return code;
}

static enum exit_code run(int argc, char **argv)
{
	struct map_options o = {.vendor = NULL};

	buf_init(&o.sets, 65536);
	enum exit_code code = read_options(argc, argv, &o);

	if (code == EXIT_OK)
		code = map_input(&o);
	buf_fini(&o.sets);
	return code;
}

const struct command cmd_map = {
	"map",
	"--vendor V [--source S] [--account A] [--set campaign=ID]... [--media-type T] [--received "
	"TIME] [FILE]",
	"decode and map FILE or standard input offline; one line of JSON per event",
	"  --vendor V       profile, as \"campaign2mqtt vendors\" lists them\n"
	"  --source S       webhook or report of that vendor (default: the CSV report that has "
	"the\n"
	"                   input's header)\n"
	"  --account A      account name in topic and event (default: the vendor's name)\n"
	"  --set NAME=TEXT  a loop value of the report's request, such as campaign=ID\n"
	"  --media-type T   Content-Type of the input (default: told by its first byte)\n"
	"  --received TIME  time of receipt, RFC 3339 (default: now)\n"
	"CSV files and streams may have any size, other input up to 64 MiB.\n"
	"Exits with 65 when a record could not be read; the others are printed all the same.\n",
	run};

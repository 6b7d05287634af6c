/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/event_lines.h"
#include "cmd/query.h"
#include "cmd/time_text.h"
#include "core/clock.h"
#include "normalise/report_spec.h"

#define INPUT_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define TOPIC_PREFIX    "campaigns/v1"
#define INSTANCE        "map"

struct map_options {
	const char *vendor;
	const char *source;
	const char *account;
	const char *file; /* NULL: standard input */
	const char *media_type;
	int64_t received_ms;
	struct buf sets; /* of every --set, urlencoded */
};

static const struct option long_options[] = {
	{"vendor", required_argument, NULL, 'v'},
	{"source", required_argument, NULL, 's'},
	{"account", required_argument, NULL, 'a'},
	{"set", required_argument, NULL, 'e'},
	{"media-type", required_argument, NULL, 'm'},
	{"received", required_argument, NULL, 'r'},
	{NULL, 0, NULL, 0},
};

static enum exit_code add_set(struct map_options *o, const char *text)
{
	struct str name;
	struct str value;

	if (!str_cut(str_from(text), '=', &name, &value) || name.len == 0)
		return complain(EXIT_USAGE, "--set takes NAME=VALUE, not \"%s\"", text);
	query_append(&o->sets, name, value);
	return EXIT_OK;
}

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
		return add_set(o, value);
	case 'r':
		return set_received(o, value);
	default:
		return EXIT_USAGE; /* getopt_long() has said what is wrong */
	}
}

static enum exit_code read_options(int argc, char **argv, struct map_options *o)
{
	int opt;

	o->received_ms = clock_now_ms();
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		enum exit_code code = set_option(o, opt, optarg);

		if (code != EXIT_OK)
			return code;
	}
	if (o->vendor == NULL || o->source == NULL || argc - optind > 1)
		return complain_usage(&cmd_map);
	if (optind < argc && strcmp(argv[optind], "-") != 0)
		o->file = argv[optind];
	if (o->account == NULL)
		o->account = o->vendor;
	return EXIT_OK;
}

static enum exit_code read_all(FILE *in, const char *name, struct buf *ret_body)
{
	char piece[8192];
	size_t len;

	while ((len = fread(piece, 1, sizeof(piece), in)) > 0) {
		if (buf_append(ret_body, piece, len) != ERR_OK)
			return complain(EXIT_BAD_INPUT, "the input is larger than 64 MiB");
	}
	if (ferror(in) != 0)
		return complain(EXIT_INPUT_OUTPUT, "%s: cannot be read", name);
	return EXIT_OK;
}

static enum exit_code read_body(const char *file, struct buf *ret_body)
{
	if (file == NULL)
		return read_all(stdin, "standard input", ret_body);

	FILE *in = fopen(file, "rb");
	enum exit_code code;

	if (in == NULL) {
		return complain(errno == EACCES ? EXIT_NO_PERMISSION : EXIT_INPUT_OUTPUT,
		                "%s: cannot be opened", file);
	}
	code = read_all(in, file, ret_body);
	(void)fclose(in);
	return code;
}

static bool print_line(void *arg, struct str line)
{
	enum exit_code *code = arg;

	if (fwrite(line.ptr, 1, line.len, stdout) == line.len && putchar('\n') != EOF)
		return true;
	*code = complain(EXIT_INPUT_OUTPUT, "cannot write to standard output");
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

/** @param ret_is_report  whether it is a report, else a webhook */
static enum exit_code find_source(const struct map_options *o, const struct profile_set *set,
                                  struct source **ret_source, bool *ret_is_report)
{
	struct err_detail detail = {.line = 0};
	const struct profile *profile = profile_set_get(set, str_from(o->vendor));

	if (profile == NULL) {
		return complain(EXIT_USAGE,
		                "there is no vendor \"%s\"; \"campaign2mqtt vendors\" lists them",
		                o->vendor);
	}

	const struct profile_source *spec = profile_source(profile, str_from(o->source));

	if (spec == NULL) {
		return complain(EXIT_USAGE,
		                "%s has no source \"%s\"; \"campaign2mqtt vendors %s\" lists them",
		                o->vendor, o->source, o->vendor);
	}
	if (source_new(INSTANCE, o->account, profile, spec, NULL, 0, NULL, ret_source, &detail) !=
	    ERR_OK)
		return complain_detail(EXIT_CONFIGURATION, &detail);
	*ret_is_report = profile_report(profile, str_from(o->source)) != NULL;
	return EXIT_OK;
}

static enum exit_code map_input(const struct map_options *o)
{
	struct err_detail detail = {.line = 0};
	struct profile_set *set = NULL;
	struct source *source = NULL;
	struct buf body;
	bool is_report = false;
	enum exit_code code;

	buf_init(&body, INPUT_MAX_BYTES);
	if (profile_set_new(&set, &detail) != ERR_OK) {
		code = complain_detail(EXIT_BUG, &detail);
		goto out;
	}
	code = find_source(o, set, &source, &is_report);
	if (code != EXIT_OK)
		goto out;
	code = read_body(o->file, &body);
	if (code != EXIT_OK)
		goto out;

	struct payload payload = {
		.received_ms = o->received_ms,
		.via = is_report ? PAYLOAD_REPORT : PAYLOAD_WEBHOOK,
		.account = str_from(o->account),
		.source = str_from(o->source),
		.method = is_report ? STR_EMPTY : STR_LIT("POST"),
		.verified = is_report ? STR_LIT("report") : STR_LIT("none"),
		.media_type = str_from(o->media_type),
		.vars = buf_str(&o->sets),
		.body = buf_str(&body),
	};

	code = map_payload(source, &payload);
out:
	source_unref(source);
	profile_set_free(set);
	buf_fini(&body);
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
	if (fflush(stdout) != 0 && code == EXIT_OK)
		code = complain(EXIT_INPUT_OUTPUT, "cannot write to standard output");
	return code;
}

const struct command cmd_map = {
	"map",
	"--vendor V --source S [--account A] [--set campaign=ID]... [--media-type T] [--received "
	"TIME] [FILE]",
	"decode and map FILE or standard input offline; one line of JSON per event",
	"  --vendor V       profile, as \"campaign2mqtt vendors\" lists them\n"
	"  --source S       webhook or report of that vendor\n"
	"  --account A      account name in topic and event (default: the vendor's name)\n"
	"  --set NAME=TEXT  a loop value of the report's request, such as campaign=ID\n"
	"  --media-type T   Content-Type of the input (default: told by its first byte)\n"
	"  --received TIME  time of receipt, RFC 3339 (default: now)\n"
	"Exits with 65 when a record could not be read; the others are printed all the same.\n",
	run};

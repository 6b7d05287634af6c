/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/app_import.h"
#include "cmd/fetch_find.h"
#include "cmd/import_daemon.h"
#include "cmd/import_head.h"
#include "cmd/query.h"

#define SETS_MAX_BYTES ((size_t)64 * 1024)
#define AUTO           "auto"

struct options {
	const char *conf_file;
	const char *account, *report, *file;
	struct buf sets; /* urlencoded */
};

/* What a run works with. */
struct import {
	const struct options *o;
	struct conf *conf; /* owned */
	struct import_target target;
	struct import_file *file; /* owned */
	struct import_print print;
	char *report; /* owned: its name, also when the configuration is gone */
};

/* ---- options ---- */

static enum exit_code add_set(struct options *o, const char *text)
{
	struct str name;
	struct str value;

	if (!str_cut(str_from(text), '=', &name, &value) || name.len == 0)
		return complain(EXIT_USAGE, "--set takes NAME=VALUE, not \"%s\"", text);
	query_append(&o->sets, name, value);
	return buf_err(&o->sets) == ERR_OK ? EXIT_OK : complain(EXIT_USAGE, "too many values");
}

static enum exit_code read_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	                                        {"set", required_argument, NULL, 's'},
	                                        {NULL, 0, NULL, 0}};
	enum exit_code code = EXIT_OK;
	int opt;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while (code == EXIT_OK && (opt = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (opt == 'c') {
			o->conf_file = optarg;
		} else if (opt == 's') {
			code = add_set(o, optarg);
		} else {
			return EXIT_USAGE; /* getopt_long() has said what is wrong */
		}
	}
	if (code != EXIT_OK)
		return code;
	if (argc - optind != 3)
		return complain_usage(&cmd_import);
	o->account = argv[optind];
	o->report = argv[optind + 1];
	o->file = argv[optind + 2];
	if (str_has_prefix(str_from(o->file), STR_LIT("http://")) ||
	    str_has_prefix(str_from(o->file), STR_LIT("https://")))
		return complain(EXIT_USAGE, "a link is not imported: download it first");
	return EXIT_OK;
}

/* ---- whose report it is ---- */

static enum exit_code take_report(struct import *i, const struct conf_account *account,
                                  const char *name)
{
	struct err_detail detail = {.line = 0};
	enum err err = import_target_find(i->conf, account, str_from(name), &i->target, &detail);

	if (err != ERR_OK)
		return complain_detail(EXIT_CONFIGURATION, &detail);
	err = import_target_check_sets(&i->target, buf_str(&i->o->sets), &detail);
	return err == ERR_OK ? EXIT_OK : complain_detail(EXIT_USAGE, &detail);
}

static enum exit_code find_by_header(struct import *i, const struct conf_account *account)
{
	const struct profile_report *report = NULL;
	enum exit_code code = import_head(i->o->file, account->profile, &report);

	if (code != EXIT_OK)
		return code;
	if (report == NULL) {
		return complain(EXIT_BAD_INPUT,
		                "%s: no report of %s has this header; name the report instead of "
		                "\"" AUTO "\"",
		                i->o->file, profile_name(account->profile));
	}
	(void)fprintf(stderr, "campaign2mqtt: note: %s is a %s\n", i->o->file, report->source.name);
	return take_report(i, account, report->source.name);
}

/* A header that is nobody's may lack columns: decoding says whether it will do. */
static enum exit_code check_header(struct import *i)
{
	const struct profile_report *report = NULL;
	enum exit_code code = EXIT_OK;

	if (i->target.report->source.decode.as != DECODE_CSV)
		return EXIT_OK;
	code = import_head(i->o->file, i->target.account->profile, &report);
	if (code != EXIT_OK || report == NULL || report == i->target.report)
		return code;
	return complain(EXIT_BAD_INPUT, "%s: this is a %s, not a %s", i->o->file,
	                report->source.name, i->target.report->source.name);
}

static enum exit_code find_target(struct import *i)
{
	struct err_detail detail = {.line = 0};
	const struct conf_account *account =
		import_account(i->conf, str_from(i->o->account), &detail);
	enum exit_code code;

	if (account == NULL)
		return complain_detail(EXIT_CONFIGURATION, &detail);
	if (strcmp(i->o->report, AUTO) == 0)
		return find_by_header(i, account);
	code = take_report(i, account, i->o->report);
	return code == EXIT_OK ? check_header(i) : code;
}

/* ---- the import ---- */

static enum exit_code import_alone(struct import *i)
{
	const struct app_import_conf import = {&i->target, i->file, &i->print};
	struct app_alone_left left = {.waiting = 0};
	struct conf *conf = i->conf;
	bool is_done = false;
	enum exit_code code;

	i->conf = NULL;
	code = app_import(conf, &import, &is_done, &left);
	import_print_clear(&i->print);
	if (code == EXIT_OK && !is_done) {
		code = complain(EXIT_UNAVAILABLE,
		                "stopped; the same command goes on, and nothing is doubled");
	}
	app_alone_note(&left, "import");
	return code;
}

static enum exit_code import_file(struct import *i)
{
	const struct import_daemon_conf daemon = {i->conf->admin.address, &i->target, i->file,
	                                          &i->print};
	bool runs = false;
	enum exit_code code = fetch_find_daemon(i->conf, &runs);

	if (code == EXIT_OK)
		code = import_file_begin(i->file, &i->target, buf_str(&i->o->sets));
	if (code == EXIT_OK)
		code = runs ? import_by_daemon(&daemon) : import_alone(i);
	return code;
}

static enum exit_code import(const struct options *o)
{
	struct import i = {.o = o};
	enum exit_code code = load_conf(o->conf_file, &i.conf);

	import_print_init(&i.print);
	if (code == EXIT_OK)
		code = import_file_open(o->file, import_print_bad, &i.print, &i.file);
	if (code == EXIT_OK)
		code = find_target(&i);
	if (code == EXIT_OK) {
		i.report = str_dup(str_from(i.target.report->source.name));
		code = i.report != NULL ? import_file(&i)
		                        : complain(EXIT_UNAVAILABLE, "out of memory");
	}
	if (code == EXIT_OK) {
		code = import_print_end(&i.print, o->account, i.report, import_file_count(i.file));
	}
	free(i.report);
	import_file_free(i.file);
	conf_free(i.conf);
	return code;
}

static enum exit_code run(int argc, char **argv)
{
	struct options o = {.conf_file = NULL};

	buf_init(&o.sets, SETS_MAX_BYTES);
	enum exit_code code = read_options(argc, argv, &o);

	if (code == EXIT_OK)
		code = import(&o);
	buf_fini(&o.sets);
	return code;
}

const struct command cmd_import = {
	"import", "[-c FILE] ACCOUNT REPORT [--set NAME=VALUE]... FILE",
	"publish a report that was downloaded by hand, through the daemon when it runs, else by "
	"itself",
	"  -c FILE           configuration\n"
	"  REPORT            any report of the account's vendor, also one that is not configured\n"
	"                    (\"campaign2mqtt vendors\" lists them); auto: told by the header of\n"
	"                    a CSV\n"
	"  --set NAME=VALUE  what the file does not say, such as campaign=ID\n"
	"  FILE              CSV or a JSON stream of any size, or a page of JSON\n"
	"On a terminal it shows how far it is. What was published before, also by the report's\n"
	"other forms, is not published again, so an import that was stopped can be run again.\n"
	"Exits with 0 when all is imported (a note says what still waits for the broker), 65 when\n"
	"the file is not of this report or some rows cannot be read (the others are imported), 69\n"
	"when journal or daemon are not available, 74 when the file cannot be read, 78 when there\n"
	"is no such account or report.\n",
	run};

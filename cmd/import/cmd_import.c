/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cmd/api/fetch_find.h"
#include "cmd/api/query.h"
#include "cmd/base/named_account.h"
#include "cmd/base/options.h"
#include "cmd/import/import_alone.h"
#include "cmd/import/import_daemon.h"
#include "cmd/import/import_link.h"

#define SETS_MAX_BYTES ((size_t)64 * 1024)
#define AUTO           "auto"

struct options {
	const char *conf_file;
	const char *account, *report;
	char *file;      /* owned; or a link */
	struct buf sets; /* urlencoded */
};

/* What a run works with. */
struct import {
	const struct options *o;
	struct conf *conf;                  /* owned */
	const struct conf_account *account; /* of it */
	struct import_target target;
	struct import_link *link; /* owned; NULL: a file */
	struct import_file *file; /* owned */
	const char *name;         /* of the file, in texts */
	struct import_print print;
	char *report; /* owned: its name, also when the configuration is gone */
};

/* ---- options ---- */

static enum exit_code read_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	                                        {"set", required_argument, NULL, 's'},
	                                        {NULL, 0, NULL, 0}};
	enum exit_code code = EXIT_OK;
	int opt;

	while (code == EXIT_OK && (opt = options_next(&cmd_import, argc, argv, options)) != -1) {
		if (opt == 'c') {
			o->conf_file = optarg;
		} else if (opt == 's') {
			code = query_append_set(&o->sets, optarg);
		} else {
			return EXIT_USAGE; /* options_next() has said what is wrong */
		}
	}
	if (code != EXIT_OK)
		return code;
	if (argc - optind != 3)
		return complain_usage(&cmd_import);
	o->account = argv[optind];
	o->report = argv[optind + 1];
	o->file = str_dup(str_from(argv[optind + 2]));
	if (o->file == NULL)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	if (import_link_is(o->file)) /* a secret, and everybody may list processes */
		memset(argv[optind + 2], '*', strlen(argv[optind + 2]));
	return EXIT_OK;
}

/* ---- whose report it is ---- */

static enum exit_code take_report(struct import *i, const char *name)
{
	struct err_detail detail = {.line = 0};
	enum err err = import_target_find(i->conf, i->account, str_from(name), &i->target, &detail);

	if (err != ERR_OK)
		return complain_detail(EXIT_CONFIGURATION, &detail);
	err = import_target_check_sets(&i->target, buf_str(&i->o->sets), &detail);
	return err == ERR_OK ? EXIT_OK : complain_detail(EXIT_USAGE, &detail);
}

/* What can be known before there is a file. */
static enum exit_code find_account(struct import *i)
{
	struct err_detail detail = {.line = 0};

	i->account = named_account(i->conf, str_from(i->o->account), &detail);
	if (i->account == NULL)
		return complain_detail(EXIT_CONFIGURATION, &detail);
	return strcmp(i->o->report, AUTO) == 0 ? EXIT_OK : take_report(i, i->o->report);
}

static enum exit_code find_by_header(struct import *i)
{
	const struct profile_report *report = NULL;
	enum exit_code code = import_file_report(i->file, i->account->profile, &report);

	if (code != EXIT_OK)
		return code;
	if (report == NULL) {
		return complain(EXIT_BAD_INPUT,
		                "%s: no report of %s has this header; name the report instead of "
		                "\"" AUTO "\"",
		                i->name, profile_name(i->account->profile));
	}
	(void)fprintf(stderr, "campaign2mqtt: note: %s is a %s\n", i->name, report->source.name);
	return take_report(i, report->source.name);
}

/* A header that is nobody's may lack columns: decoding says whether it will do. */
static enum exit_code check_header(struct import *i)
{
	const struct profile_report *report = NULL;
	enum exit_code code = EXIT_OK;

	if (i->target.report == NULL)
		return find_by_header(i);
	if (i->target.report->source.decode.as != DECODE_CSV)
		return EXIT_OK;
	code = import_file_report(i->file, i->account->profile, &report);
	if (code != EXIT_OK || report == NULL || report == i->target.report)
		return code;
	return complain(EXIT_BAD_INPUT, "%s: this is a %s, not a %s", i->name, report->source.name,
	                i->target.report->source.name);
}

/* ---- the file ---- */

static enum exit_code open_file(struct import *i)
{
	const struct import_link_conf link = {i->conf, i->account, i->target.report, i->o->file,
	                                      &i->print};
	struct import_file_conf file = {
		.path = i->o->file, .name = i->o->file, .profile = i->account->profile};

	if (import_link_is(i->o->file)) {
		enum exit_code code = import_link_get(&link, &i->link);

		if (code != EXIT_OK)
			return code;
		file.path = import_link_path(i->link);
		file.name = import_link_host(i->link);
		file.media_type = import_link_media_type(i->link);
	}
	i->name = file.name;
	return import_file_open(&file, import_print_bad, &i->print, &i->file);
}

/* ---- the import ---- */

static enum exit_code without_daemon(struct import *i)
{
	const struct import_alone_conf import = {&i->target, i->file, &i->print};
	struct app_alone_left left = {.waiting = 0};
	struct conf *conf = i->conf;
	bool is_done = false;
	enum exit_code code;

	i->conf = NULL;
	code = import_alone(conf, &import, &is_done, &left);
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
	const struct import_daemon_conf daemon = {i->conf->admin.address, &i->target,
	                                          buf_str(&i->o->sets), i->file, &i->print};
	bool runs = false;
	enum exit_code code = fetch_find_daemon(i->conf, &runs);

	if (code == EXIT_OK)
		code = import_file_begin(i->file, &i->target, buf_str(&i->o->sets));
	if (code == EXIT_OK)
		code = runs ? import_by_daemon(&daemon) : without_daemon(i);
	return code;
}

static enum exit_code import(const struct options *o)
{
	struct import i = {.o = o};
	enum exit_code code = load_conf(o->conf_file, &i.conf);

	import_print_init(&i.print);
	if (code == EXIT_OK)
		code = find_account(&i);
	if (code == EXIT_OK)
		code = open_file(&i);
	if (code == EXIT_OK)
		code = check_header(&i);
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
	import_link_free(i.link);
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
	free(o.file);
	return code;
}

const struct command cmd_import = {
	"import", "[-c FILE] ACCOUNT REPORT [--set NAME=VALUE]... FILE|URL",
	"publish a report that was downloaded by hand, or is behind a link, through the daemon "
	"when it "
	"runs, else by itself",
	"  -c FILE           configuration\n"
	"  REPORT            any report of the account's vendor, also one that is not configured\n"
	"                    (\"campaign2mqtt vendors\" lists them); auto: told by the header of\n"
	"                    a CSV\n"
	"  --set NAME=VALUE  what the file does not say, such as campaign=ID\n"
	"  FILE              CSV or a JSON stream of any size, or a page of JSON; also one of "
	"them\n"
	"                    packed as gzip or zip; -: standard input\n"
	"  URL               the link of a report mail: https, or http where the vendor's own\n"
	"                    address is. Any host; the account's credentials go to the vendor's\n"
	"                    only. It is downloaded to $TMPDIR, or /tmp, and never shown\n"
	"On a terminal it shows how far it is. What was published before, also by the report's\n"
	"other forms, is not published again, so an import that was stopped can be run again. An\n"
	"order of the report that waits for this file is done then.\n"
	"Exits with 0 when all is imported (a note says what still waits for the broker), 64 when\n"
	"the link is none that may be asked, 65 when the link has expired, the file is not of "
	"this\n"
	"report, or some rows cannot be read (the others are imported), 69 when journal, daemon "
	"or\n"
	"the link's host are not available, 74 when the file cannot be read, or written for want "
	"of\n"
	"room, 78 when there is no such account or report.\n",
	run};

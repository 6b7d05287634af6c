/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "cmd/api/daemon.h"
#include "cmd/api/fetch_find.h"
#include "cmd/api/fetch_order.h"
#include "cmd/api/query.h"
#include "cmd/base/options.h"
#include "cmd/base/stop_signal.h"
#include "cmd/fetch/fetch_alone.h"
#include "cmd/fetch/fetch_print.h"

#define QUERY_MAX_BYTES ((size_t)64 * 1024)

struct options {
	const char *conf_file;
	const char *account, *report;
	struct buf query;
	bool is_dry, has_stretch;
};

/* ---- options ---- */

static enum exit_code set_option(struct options *o, int opt, const char *value)
{
	switch (opt) {
	case 'c':
		o->conf_file = value;
		return EXIT_OK;
	case 's':
		query_append(&o->query, STR_LIT("set"), str_from(value));
		return EXIT_OK;
	case 'f':
		o->has_stretch = true;
		query_append(&o->query, STR_LIT("from"), str_from(value));
		return EXIT_OK;
	case 't':
		o->has_stretch = true;
		query_append(&o->query, STR_LIT("to"), str_from(value));
		return EXIT_OK;
	case 'd':
		o->is_dry = true;
		query_append(&o->query, STR_LIT("dry"), STR_LIT("1"));
		return EXIT_OK;
	default:
		return EXIT_USAGE; /* options_next() has said what is wrong */
	}
}

/* Checked here, so that a mistake is told before anybody is asked. */
static enum exit_code check_query(const struct options *o)
{
	struct err_detail detail = {.line = 0};
	struct fetch_order order;

	if (buf_err(&o->query) != ERR_OK)
		return complain(EXIT_USAGE, "too many values");
	if (fetch_order_read(buf_str(&o->query), &order, &detail) != ERR_OK)
		return complain(EXIT_USAGE, "--%s", detail.text);
	fetch_order_fini(&order);
	return EXIT_OK;
}

static enum exit_code read_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},
		{"from", required_argument, NULL, 'f'},   {"to", required_argument, NULL, 't'},
		{"dry-run", no_argument, NULL, 'd'},      {NULL, 0, NULL, 0}};
	int opt;

	while ((opt = options_next(&cmd_fetch, argc, argv, options)) != -1) {
		enum exit_code code = set_option(o, opt, optarg);

		if (code != EXIT_OK)
			return code;
	}
	if (argc - optind != 2)
		return complain_usage(&cmd_fetch);
	o->account = argv[optind];
	o->report = argv[optind + 1];
	query_append(&o->query, STR_LIT("account"), str_from(o->account));
	query_append(&o->query, STR_LIT("report"), str_from(o->report));
	return check_query(o);
}

/* ---- through the daemon ---- */

static enum exit_code fetch_by_daemon(const struct conf *conf, const struct options *o,
                                      struct fetch_print *print)
{
	const volatile sig_atomic_t *stop = stop_signal_catch();
	const struct daemon_lines lines = {fetch_print_line, print, stop};
	struct err_detail detail = {.line = 0};

	enum err err = daemon_post(conf->admin.address, "/api/v1/fetch", buf_str(&o->query), &lines,
	                           &detail);

	fetch_print_clear(print);
	if (*stop != 0 && !fetch_print_is_done(print)) {
		return complain(EXIT_UNAVAILABLE,
		                o->is_dry ? "stopped"
		                          : "stopped waiting; the daemon goes on with it");
	}
	if (err == ERR_INVAL)
		return complain_detail(EXIT_USAGE, &detail);
	if (err != ERR_OK && err != ERR_CANCELED && !fetch_print_is_done(print))
		return complain_detail(EXIT_UNAVAILABLE, &detail);
	if (err == ERR_OK && !fetch_print_is_done(print)) {
		return complain(EXIT_UNAVAILABLE,
		                "the daemon ended the answer early: it was stopped, or this "
		                "reader is too slow");
	}
	return fetch_print_end(print);
}

/* ---- without one ---- */

/** @param conf  taken over */
static enum exit_code without_daemon(struct conf *conf, const struct options *o,
                                     struct fetch_print *print)
{
	const struct fetch_alone_conf fetch = {
		.account = o->account,
		.query = buf_str(&o->query),
		.is_dry = o->is_dry,
		.on_line = fetch_print_line,
		.on_waiting = fetch_print_waiting,
		.arg = print,
	};
	struct app_alone_left left = {.waiting = 0};
	enum exit_code code = fetch_alone(conf, &fetch, &left);

	fetch_print_clear(print);
	if (code == EXIT_OK)
		code = fetch_print_end(print);
	app_alone_note(&left, "fetch");
	return code;
}

/* Each order is a real one, for the time that is due. */
static enum exit_code check_order(const struct conf *conf, const struct options *o)
{
	if ((!o->is_dry && !o->has_stretch) || !fetch_find_is_ordered(conf, o->account, o->report))
		return EXIT_OK;
	return complain(EXIT_USAGE, "%s %s is ordered from the vendor: %s", o->account, o->report,
	                o->is_dry ? "there is no --dry-run of it"
	                          : "it is for the time that is due, not --from and --to");
}

static enum exit_code fetch(const struct options *o)
{
	struct fetch_print *print = NULL;
	struct conf *conf = NULL;
	bool runs = false;
	enum exit_code code = load_conf(o->conf_file, &conf);

	if (code == EXIT_OK)
		code = fetch_find_report(conf, o->account, o->report);
	if (code == EXIT_OK)
		code = check_order(conf, o);
	if (code == EXIT_OK && fetch_print_new(o->account, o->report, o->is_dry, &print) != ERR_OK)
		code = complain(EXIT_UNAVAILABLE, "out of memory");
	if (code == EXIT_OK)
		code = fetch_find_daemon(conf, &runs);
	if (code == EXIT_OK && runs) {
		code = fetch_by_daemon(conf, o, print);
	} else if (code == EXIT_OK) {
		code = without_daemon(conf, o, print);
		conf = NULL;
	}
	fetch_print_free(print);
	conf_free(conf);
	return code;
}

static enum exit_code run(int argc, char **argv)
{
	struct options o = {.conf_file = NULL};

	buf_init(&o.query, QUERY_MAX_BYTES);
	enum exit_code code = read_options(argc, argv, &o);

	if (code == EXIT_OK)
		code = fetch(&o);
	buf_fini(&o.query);
	return code;
}

const struct command cmd_fetch = {
	"fetch",
	"[-c FILE] ACCOUNT REPORT [--set NAME=VALUE]... [--from TIME] [--to TIME] [--dry-run]",
	"run one report now, through the daemon when it runs, else by itself",
	"  -c FILE           configuration\n"
	"  --set NAME=VALUE  only this loop value, such as campaign=ID; several times for more\n"
	"  --from TIME       this stretch of time instead of what is due; the report's own\n"
	"  --to TIME         progress stays where it is. RFC 3339, or a date (midnight UTC)\n"
	"  --dry-run         print the events as lines of JSON on standard output, store and\n"
	"                    publish nothing; a counter's event is without its delta\n"
	"A report that is ordered is waited for, without --from, --to and --dry-run: an order "
	"that\n"
	"is under way is joined, and Ctrl-C leaves it to the daemon or the next fetch.\n"
	"On a terminal it shows how far it is. Exits with 0 when all is fetched (a note says what\n"
	"still waits for the broker), 65 when the vendor refuses the values, 69 when vendor or\n"
	"daemon are not available, 77 when the credentials are refused, 78 when there is no such\n"
	"account or report.\n",
	run};

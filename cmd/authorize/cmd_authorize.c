/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/password.h"
#include "cmd/api/authorize_lines.h"
#include "cmd/api/daemon.h"
#include "cmd/api/query.h"
#include "cmd/app/asking.h"
#include "cmd/authorize/authorize_print.h"
#include "cmd/authorize/pasted_code.h"
#include "cmd/base/named_account.h"
#include "cmd/base/options.h"

#define PASTED_BYTES    8192
#define QUERY_MAX_BYTES ((size_t)32 * 1024)

struct order {
	const char *conf_file, *account_name;
	const char *code;         /* NULL: not given; "-": from standard input */
	const char *redirect_uri; /* NULL: not given */
	bool does_print_url;
};

struct authorizing {
	const struct order *order;
	const struct conf *conf;
	const struct conf_account *account;
	struct asking asking; /* open while no daemon runs */
	struct authorize_print print;
};

static enum exit_code read_options(int argc, char **argv, struct order *order)
{
	const struct command_option options[] = {
		{"code", &order->code, NULL},
		{"redirect-uri", &order->redirect_uri, NULL},
		{"print-url", NULL, &order->does_print_url},
	};
	enum exit_code code =
		options_read(&cmd_authorize, argc, argv, options,
	                     sizeof(options) / sizeof(options[0]), 1, &order->conf_file);

	if (code != EXIT_OK)
		return code;
	order->account_name = argv[optind];
	if (order->code != NULL && order->does_print_url)
		return complain(EXIT_USAGE, "give --print-url first, and --code with its result");
	if ((order->code != NULL || order->does_print_url) != (order->redirect_uri != NULL)) {
		return complain(
			EXIT_USAGE,
			"--redirect-uri belongs to --print-url and --code: the address that "
			"is registered with the vendor's app");
	}
	return EXIT_OK;
}

static enum exit_code check_account(const struct conf_account *account)
{
	const struct auth_spec *auth = profile_auth(account->profile);

	if (auth != NULL && auth->kind == AUTH_OAUTH2 && auth->oauth2.is_refresh)
		return EXIT_OK;
	return complain(
		EXIT_USAGE,
		"account \"%s\" needs no authorisation: vendor \"%s\" takes the credentials in "
		"`vars`",
		account->name, profile_name(account->profile));
}

/* ---- through the daemon, or without one ---- */

static bool authorizing_on_line(void *arg, struct str line)
{
	struct authorizing *a = arg;

	authorize_print_line(&a->print, line);
	return true;
}

static void authorizing_on_end(void *arg, enum err err)
{
	struct authorizing *a = arg;

	(void)err; /* the last line says it */
	loop_stop(a->asking.loop);
}

static void append_query(const struct authorizing *a, const char *code, const char *state,
                         struct buf *query)
{
	query_append(query, STR_LIT("instance"), str_from(a->conf->instance));
	query_append(query, STR_LIT("account"), str_from(a->order->account_name));
	if (a->order->redirect_uri != NULL)
		query_append(query, STR_LIT("redirect_uri"), str_from(a->order->redirect_uri));
	if (code != NULL)
		query_append(query, STR_LIT("code"), str_from(code));
	if (state != NULL)
		query_append(query, STR_LIT("state"), str_from(state));
}

/* The daemon is not there: the store is ours. */
static enum exit_code ask_alone(struct authorizing *a, struct str query)
{
	static const struct authorize_lines_ops ops = {authorizing_on_line, authorizing_on_end};
	struct authorize_lines *lines = NULL;
	struct err_detail detail = {.line = 0};
	struct authorize_order order;
	enum exit_code code = EXIT_OK;
	enum err err;

	if (a->asking.client == NULL)
		code = asking_open(a->conf, a->account, &a->asking);
	if (code != EXIT_OK)
		return code;
	err = authorize_order_read(query, &order, &detail);
	if (err == ERR_OK) {
		err = authorize_lines_new(a->asking.loop, a->asking.client, &order, &ops, a, &lines,
		                          &detail);
	}
	authorize_order_fini(&order);
	if (err != ERR_OK) {
		return err == ERR_PARSE ? complain_detail(EXIT_USAGE, &detail)
		                        : complain(EXIT_UNAVAILABLE, "%s", err_str(err));
	}
	if (loop_run(a->asking.loop) != ERR_OK)
		code = complain(EXIT_BUG, "the event loop failed");
	authorize_lines_free(lines);
	return code;
}

static enum exit_code ask_somebody(struct authorizing *a, struct str query)
{
	const struct daemon_lines lines = {authorizing_on_line, a, NULL};
	struct err_detail detail = {.line = 0};
	enum err err = ERR_NOENT;

	if (a->asking.client == NULL) {
		err = daemon_post(a->conf->admin.address, "/api/v1/authorize", query, &lines,
		                  &detail);
	}
	if (err == ERR_NOENT)
		return ask_alone(a, query);
	if (err == ERR_INVAL)
		return complain_detail(EXIT_USAGE, &detail);
	if (err != ERR_OK)
		return complain_detail(EXIT_UNAVAILABLE, &detail);
	return EXIT_OK;
}

/* @param code, state  NULL: not given */
static enum exit_code ask(struct authorizing *a, const char *code, const char *state)
{
	enum exit_code exit_code;
	struct buf query;

	buf_init(&query, QUERY_MAX_BYTES);
	append_query(a, code, state, &query);
	exit_code = buf_err(&query) == ERR_OK ? ask_somebody(a, buf_str(&query))
	                                      : complain(EXIT_USAGE, "the code is too long");
	if (query.ptr != NULL)
		explicit_bzero(query.ptr, query.cap);
	buf_fini(&query);
	return exit_code == EXIT_OK ? authorize_print_end(&a->print, a->asking.client == NULL)
	                            : exit_code;
}

static enum exit_code exchange(struct authorizing *a, const char *code)
{
	return code[0] != '\0' ? ask(a, code, NULL) : complain(EXIT_BAD_INPUT, "there is no code");
}

/* A line of standard input: a code, or the address that the browser was led to. */
static enum exit_code take_pasted(struct authorizing *a, const char *state)
{
	char line[PASTED_BYTES];
	struct str code = STR_EMPTY;
	enum exit_code exit_code;

	if (fgets(line, sizeof(line), stdin) == NULL)
		return complain(EXIT_BAD_INPUT, "there is no code");
	if (pasted_code(line, state, &code) != ERR_OK) {
		exit_code =
			complain(EXIT_BAD_INPUT,
		                 "that address has no code, or belongs to another try; open the "
		                 "printed one again");
	} else {
		line[(size_t)(code.ptr - line) + code.len] = '\0';
		exit_code = exchange(a, code.ptr);
	}
	explicit_bzero(line, sizeof(line));
	return exit_code;
}

static enum exit_code print_url(struct authorizing *a)
{
	char state[PASSWORD_MADE_SIZE];
	enum exit_code code;

	password_make(state);
	code = ask(a, NULL, state);
	if (code != EXIT_OK || isatty(STDIN_FILENO) != 1)
		return code; /* --code takes it later */
	(void)fputs(
		"Open this address, allow it, and paste the code, or the address that the browser "
		"was led to: ",
		stderr);
	return take_pasted(a, state);
}

static enum exit_code obey_in(const struct order *order, const struct conf *conf)
{
	struct authorizing a = {.order = order, .conf = conf};
	struct err_detail detail = {.line = 0};
	enum exit_code code;

	a.account = named_account(conf, str_from(order->account_name), &detail);
	authorize_print_init(&a.print, order->account_name);
	code = a.account != NULL ? check_account(a.account) : complain_detail(EXIT_USAGE, &detail);
	if (code == EXIT_OK) {
		if (order->does_print_url) {
			code = print_url(&a);
		} else if (order->code != NULL && strcmp(order->code, "-") == 0) {
			code = take_pasted(&a, NULL);
		} else {
			code = order->code != NULL ? exchange(&a, order->code)
			                           : ask(&a, NULL, NULL);
		}
	}
	asking_close(&a.asking);
	return code;
}

static enum exit_code run(int argc, char **argv)
{
	struct order order = {.code = NULL};
	struct conf *conf = NULL;
	enum exit_code code = read_options(argc, argv, &order);

	if (code == EXIT_OK)
		code = load_conf(order.conf_file, &conf);
	if (code == EXIT_OK)
		code = obey_in(&order, conf);
	conf_free(conf);
	return code;
}

const struct command cmd_authorize = {
	"authorize",
	"[-c FILE] ACCOUNT [--print-url --redirect-uri URI | --code CODE --redirect-uri URI]",
	"let a person allow an account of a vendor with OAuth2",
	"  -c FILE             configuration with the account\n"
	"  --print-url         print the address to open in a browser; on a terminal the code that "
	"it\n"
	"                      leads to is asked for\n"
	"  --code CODE         exchange the code, - for a line of standard input\n"
	"  --redirect-uri URI  the one that is registered with the vendor's app\n"
	"Without options an address and a code to type there are shown (device flow), and waited "
	"for.\n"
	"Through the daemon when it runs, whose reports then go on at once; else into its store.\n",
	run};

/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/password.h"
#include "cmd/asking.h"
#include "cmd/pasted_code.h"
#include "receiver/report/oauth2.h"

#define MINUTE_MS    60000
#define PASTED_BYTES 8192

struct order {
	const char *conf_file, *account_name;
	const char *code;         /* NULL: not given; "-": from standard input */
	const char *redirect_uri; /* NULL: not given */
	bool does_print_url;
};

/* How it ended. */
struct authorizing {
	const struct order *order;
	struct asking asking;
	struct oauth2 *oauth2; /* borrowed from the client */
	enum err err;
	bool has_refresh;
	char text[400];
};

static enum exit_code read_options(int argc, char **argv, struct order *order)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	                                        {"code", required_argument, NULL, 'k'},
	                                        {"redirect-uri", required_argument, NULL, 'r'},
	                                        {"print-url", no_argument, NULL, 'p'},
	                                        {NULL, 0, NULL, 0}};
	int opt;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while ((opt = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (opt == 'c') {
			order->conf_file = optarg;
		} else if (opt == 'k') {
			order->code = optarg;
		} else if (opt == 'r') {
			order->redirect_uri = optarg;
		} else if (opt == 'p') {
			order->does_print_url = true;
		} else {
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1)
		return complain_usage(&cmd_authorize);
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

/* A vendor's text must not steer the reader's terminal. */
static void say_text(const char *before, struct str text, const char *after)
{
	(void)fputs(before, stderr);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		(void)fputc(c < 0x20 || c == 0x7f ? '?' : c, stderr);
	}
	(void)fputs(after, stderr);
}

static void authorizing_on_device(void *arg, const struct oauth2_device *device)
{
	(void)arg;
	say_text("Open ", device->verification_uri, "\n");
	say_text("and type ", device->user_code, "\n");
	if (device->verification_uri_complete.len > 0)
		say_text("or open ", device->verification_uri_complete, "\n");
	(void)fprintf(stderr, "within %" PRIu64 " minutes. Waiting …\n",
	              device->expires_ms / MINUTE_MS);
}

static void authorizing_on_done(void *arg, enum err err, bool has_refresh, const char *text)
{
	struct authorizing *a = arg;

	a->err = err;
	a->has_refresh = has_refresh;
	(void)snprintf(a->text, sizeof(a->text), "%s", text);
	loop_stop(a->asking.loop);
}

static const struct oauth2_person_ops person_ops = {authorizing_on_device, authorizing_on_done};

static enum exit_code say_end(const struct authorizing *a)
{
	const char *name = a->order->account_name;

	if (a->err != ERR_OK) {
		return complain(a->err == ERR_AGAIN ? EXIT_UNAVAILABLE : exit_code_from_err(a->err),
		                "account \"%s\" is not authorised: %s", name,
		                a->text[0] != '\0' ? a->text : err_str(a->err));
	}
	if (!a->has_refresh) {
		(void)fprintf(
			stderr,
			"campaign2mqtt: warning: the vendor gave no refresh token: it ends with "
			"the access token; the app and the scope must allow offline access\n");
	}
	(void)fprintf(stderr, "campaign2mqtt: account \"%s\" is authorised; start the daemon\n",
	              name);
	return EXIT_OK;
}

/* Run the loop until the person's part has ended. */
static enum exit_code follow(struct authorizing *a, enum err begun, const char *lacking)
{
	if (begun == ERR_NOENT)
		return complain(EXIT_USAGE, "%s", lacking);
	if (begun != ERR_OK) {
		return complain(begun == ERR_NOMEM ? EXIT_UNAVAILABLE : EXIT_CONFIGURATION,
		                "the request cannot be made from the profile and `vars` of the "
		                "account: %s",
		                err_str(begun));
	}
	if (loop_run(a->asking.loop) != ERR_OK)
		return complain(EXIT_BUG, "the event loop failed");
	return say_end(a);
}

static enum exit_code exchange(struct authorizing *a, struct str code)
{
	if (code.len == 0)
		return complain(EXIT_BAD_INPUT, "there is no code");
	return follow(
		a, oauth2_code(a->oauth2, code, str_from(a->order->redirect_uri), &person_ops, a),
		"the vendor has no token endpoint");
}

/* A line of standard input: a code, or the address that the browser was led to. */
static enum exit_code take_pasted(struct authorizing *a, const char *state)
{
	char line[PASTED_BYTES];
	struct str code = STR_EMPTY;
	enum exit_code code_end;

	if (fgets(line, sizeof(line), stdin) == NULL)
		return complain(EXIT_BAD_INPUT, "there is no code");
	if (pasted_code(line, state, &code) != ERR_OK) {
		code_end = complain(EXIT_BAD_INPUT,
		                    "that address has no code, or belongs to another try; open the "
		                    "printed one again");
	} else {
		code_end = exchange(a, code);
	}
	explicit_bzero(line, sizeof(line));
	return code_end;
}

static enum exit_code print_url(struct authorizing *a)
{
	char state[PASSWORD_MADE_SIZE];
	char *url = NULL;
	enum err err;

	password_make(state);
	err = oauth2_authorize_url(a->oauth2, str_from(a->order->redirect_uri), str_from(state),
	                           &url);
	if (err != ERR_OK) {
		return complain(err == ERR_NOMEM ? EXIT_UNAVAILABLE : EXIT_USAGE,
		                "the vendor has no address to authorise at: %s", err_str(err));
	}
	(void)puts(url);
	(void)fflush(stdout);
	free(url);
	if (isatty(STDIN_FILENO) != 1)
		return EXIT_OK; /* --code takes it later */
	(void)fputs(
		"Open this address, allow it, and paste the code, or the address that the browser "
		"was led to: ",
		stderr);
	return take_pasted(a, state);
}

static enum exit_code obey(struct authorizing *a)
{
	const struct order *order = a->order;

	a->oauth2 = vendor_client_oauth2(a->asking.client);
	if (order->does_print_url)
		return print_url(a);
	if (order->code != NULL && strcmp(order->code, "-") == 0)
		return take_pasted(a, NULL);
	if (order->code != NULL)
		return exchange(a, str_from(order->code));
	return follow(a, oauth2_device(a->oauth2, &person_ops, a),
	              "the vendor has no device flow; use --print-url and --code");
}

static enum exit_code obey_in(const struct order *order, const struct conf *conf)
{
	struct authorizing a = {.order = order};
	const struct conf_account *account = asking_find(conf, order->account_name);
	enum exit_code code = account != NULL ? check_account(account) : EXIT_USAGE;

	if (code == EXIT_OK)
		code = asking_open(conf, account, &a.asking);
	if (code == EXIT_OK)
		code = obey(&a);
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
	"The tokens go into the store, so the daemon must be stopped.\n",
	run};

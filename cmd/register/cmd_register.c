/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cmd/base/named_account.h"
#include "cmd/base/options.h"
#include "cmd/register/register_order.h"
#include "core/quantity.h"
#include "core/url.h"

#define KEEP_MS         3600000U
#define NAMES_MAX_BYTES 4096
#define KEEP_MAX_MS     (366ULL * 86400 * 1000)

static enum exit_code set_verb(struct register_order *order, enum register_verb verb,
                               const char *id)
{
	if (order->verb != REGISTER_CREATE) {
		return complain(EXIT_USAGE,
		                "only one of --list, --update, --rotate and --delete can be done");
	}
	if (id != NULL && id[0] == '\0')
		return complain(EXIT_USAGE, "the id is empty; \"register --list\" shows them");
	order->verb = verb;
	order->id = id;
	return EXIT_OK;
}

static enum exit_code set_keep(struct register_order *order, const char *text)
{
	if (quantity_read_duration(str_from(text), &order->keep_ms) == ERR_OK &&
	    order->keep_ms <= KEEP_MAX_MS)
		return EXIT_OK;
	return complain(EXIT_USAGE, "--keep: \"%s\" is no time such as 90m, 1h or 2d, at most 366d",
	                text);
}

static enum exit_code take_option(struct register_order *order, int opt)
{
	switch (opt) {
	case 'c':
		order->conf_file = optarg;
		return EXIT_OK;
	case 'u':
		order->url = optarg;
		return EXIT_OK;
	case 'l':
		return set_verb(order, REGISTER_LIST, NULL);
	case 'd':
		return set_verb(order, REGISTER_DELETE, optarg);
	case 'U':
		return set_verb(order, REGISTER_UPDATE, optarg);
	case 'r':
		return set_verb(order, REGISTER_ROTATE, optarg);
	case 'n':
		order->username = optarg;
		return EXIT_OK;
	case 'p':
		order->password_file = optarg;
		return EXIT_OK;
	case 'k':
		return set_keep(order, optarg);
	case 'w':
		order->does_write = true;
		return EXIT_OK;
	case 's':
		order->shows_password = true;
		return EXIT_OK;
	default:
		return EXIT_USAGE;
	}
}

static enum exit_code check_url(const struct register_order *order)
{
	char path[512];
	struct url_parts parts;
	struct str url = str_from(order->url), rest;

	if (url_split(url, &parts) != ERR_OK) {
		return complain(EXIT_USAGE,
		                "--url: \"%s\" is no address such as "
		                "https://hooks.example.net/hooks/%s/%s",
		                order->url, order->account_name, order->webhook_name);
	}
	if (str_has_prefix(url, STR_LIT("http:"))) {
		warn("over http the vendor sends the password where others can read it; use https");
	}
	(void)snprintf(path, sizeof(path), "/hooks/%s/%s", order->account_name,
	               order->webhook_name);
	rest = parts.path;
	if (rest.len < strlen(path) ||
	    strncmp(rest.ptr + rest.len - strlen(path), path, strlen(path)) != 0) {
		warn("the path of --url is not %s; something in front of the daemon has to lead it "
		     "there",
		     path);
	}
	return EXIT_OK;
}

static enum exit_code read_options(int argc, char **argv, struct register_order *order)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"url", required_argument, NULL, 'u'},
		{"list", no_argument, NULL, 'l'},
		{"delete", required_argument, NULL, 'd'},
		{"update", required_argument, NULL, 'U'},
		{"rotate", required_argument, NULL, 'r'},
		{"username", required_argument, NULL, 'n'},
		{"password-file", required_argument, NULL, 'p'},
		{"keep", required_argument, NULL, 'k'},
		{"write", no_argument, NULL, 'w'},
		{"print-password", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	enum exit_code code = EXIT_OK;
	int opt;

	while (code == EXIT_OK && (opt = options_next(&cmd_register, argc, argv, options)) != -1)
		code = take_option(order, opt);
	if (code != EXIT_OK)
		return code;
	if (argc - optind != 2)
		return complain_usage(&cmd_register);
	order->account_name = argv[optind];
	order->webhook_name = argv[optind + 1];
	if (order->verb == REGISTER_CREATE && order->url == NULL) {
		return complain(EXIT_USAGE,
		                "--url is missing: the address at which the vendor reaches the "
		                "webhook, such as https://hooks.example.net/hooks/%s/%s",
		                order->account_name, order->webhook_name);
	}
	return order->url != NULL ? check_url(order) : EXIT_OK;
}

/* ---- what is there ---- */

static void complain_webhook(const struct conf_account *account, const char *name)
{
	struct buf names;

	buf_init(&names, NAMES_MAX_BYTES);
	for (size_t i = 0; i < account->webhook_count; i++)
		names_append(&names, account->webhooks[i].name);
	(void)complain(EXIT_USAGE, "account \"%s\" has no webhook \"%s\" configured; it has: %s",
	               account->name, name, names.len > 0 ? buf_cstr(&names) : "none");
	buf_fini(&names);
}

static bool find_webhook(struct registering *r)
{
	const char *name = r->order->webhook_name;

	assert(name != NULL); /* read_options() wants it */
	for (size_t i = 0; i < r->account->webhook_count && r->hook == NULL; i++) {
		if (strcmp(r->account->webhooks[i].name, name) == 0) {
			r->hook = &r->account->webhooks[i];
			r->webhook_number = i;
		}
	}
	if (r->hook == NULL) {
		complain_webhook(r->account, name);
		return false;
	}
	r->spec = profile_register(r->account->profile, str_from(name));
	if (r->spec == NULL) {
		(void)complain(
			EXIT_USAGE,
			"webhook \"%s\" of vendor \"%s\" cannot be registered from here: tell "
			"the vendor yourself",
			name, profile_name(r->account->profile));
	}
	return r->spec != NULL;
}

/* Whether the vendor knows what is asked for, and the webhook can have credentials. */
static enum exit_code check_verb(const struct registering *r)
{
	static const char *const words[] = {"be registered", "be listed", "be updated",
	                                    "be updated", "be deleted"};
	enum register_verb verb = r->order->verb;
	const bool can[] = {true, r->spec->has_list, r->spec->has_update, r->spec->has_update,
	                    r->spec->has_remove};

	if (!can[verb]) {
		return complain(EXIT_USAGE, "with vendor \"%s\" webhook \"%s\" cannot %s from here",
		                profile_name(r->account->profile), r->hook->name, words[verb]);
	}
	if (r->hook->auth_none && verb != REGISTER_LIST && verb != REGISTER_DELETE) {
		return complain(
			EXIT_CONFIGURATION,
			"%s:%u: this webhook is open (\"auth: none\"); write \"auth: {basic: "
			"[]}\" there first, so that the vendor can have a password",
			r->conf->file, r->hook->line);
	}
	return EXIT_OK;
}

static enum exit_code obey_in(const struct register_order *order, const struct conf *conf)
{
	struct registering r = {.order = order, .conf = conf};
	struct err_detail detail = {.line = 0};
	enum exit_code code;

	r.account = named_account(conf, str_from(order->account_name), &detail);
	if (r.account == NULL)
		return complain_detail(EXIT_USAGE, &detail);
	r.account_number = (size_t)(r.account - conf->accounts);
	if (!find_webhook(&r))
		return EXIT_USAGE;
	code = check_verb(&r);
	if (code == EXIT_OK)
		code = asking_open(conf, r.account, &r.asking);
	if (code == EXIT_OK)
		code = register_obey(&r);
	asking_close(&r.asking);
	explicit_bzero(r.password, sizeof(r.password));
	return code;
}

static enum exit_code run(int argc, char **argv)
{
	struct register_order order = {.keep_ms = KEEP_MS};
	struct conf *conf = NULL;
	enum exit_code code = read_options(argc, argv, &order);

	if (code == EXIT_OK)
		code = load_conf(order.conf_file, &conf);
	if (code == EXIT_OK)
		code = obey_in(&order, conf);
	conf_free(conf);
	return code;
}

const struct command cmd_register = {
	"register",
	"[-c FILE] ACCOUNT WEBHOOK --url URL [--list | --update ID | --rotate ID | --delete ID]",
	"tell a vendor of a webhook, with credentials of its own",
	"  -c FILE               configuration with the account\n"
	"  --url URL             address at which the vendor reaches the webhook\n"
	"  --list                show what the vendor has: id, status, events, address\n"
	"  --update ID           give that one new credentials, and the address of --url\n"
	"  --rotate ID           the same, and the pairs that are there end after --keep\n"
	"  --keep DURATION       how long they still open the webhook; 1h\n"
	"  --delete ID           the vendor forgets that one\n"
	"  --username NAME       for the vendor; ACCOUNT-WEBHOOK\n"
	"  --password-file FILE  its password, - for standard input; otherwise a random one\n"
	"  --write               put the hash into the configuration file itself\n"
	"  --print-password      show the password, which nothing else ever does\n"
	"The vendor gets the password, the configuration its hash, and the configuration first: "
	"the\n"
	"lines to add are printed, or with --write put in. The vendor is told when the daemon was\n"
	"reloaded, so that no call is refused. With --write that is waited for, a minute at most; "
	"on a\n"
	"terminal you are asked; in a pipe it goes on at once.\n"
	"--rotate ends every pair of the webhook that has no end yet, also those that another "
	"vendor's\n"
	"account or registration uses.\n",
	run};

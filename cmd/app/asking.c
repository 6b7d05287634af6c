/* SPDX-License-Identifier: MIT */
#include "cmd/app/asking.h"

#include "cmd/app/app_state.h"
#include "core/log.h"

#define CONNECTIONS 4

static enum exit_code open_store(const struct conf *conf, struct asking *a)
{
	const struct store_conf store_conf = {
		.path = conf->store.path,
		.max_bytes = conf->store.max_bytes,
		.keep_settled_ms = conf->store.keep_settled_ms,
		.dedupe_for_ms = conf->store.dedupe_for_ms,
	};
	struct err_detail detail = {.line = 0};
	enum err err = store_open(a->loop, &store_conf, &a->store, &detail);

	if (err == ERR_OK)
		return EXIT_OK;
	if (err == ERR_EXISTS) {
		return complain(EXIT_UNAVAILABLE,
		                "the tokens of this account are in %s, which the daemon has open; "
		                "stop the daemon, and try again",
		                conf->store.path);
	}
	if (detail.text[0] == '\0')
		err_detail_set(&detail, "%s: %s", conf->store.path, err_str(err));
	return complain_detail(err == ERR_PARSE ? EXIT_INPUT_OUTPUT : exit_code_from_err(err),
	                       &detail);
}

enum exit_code asking_open(const struct conf *conf, const struct conf_account *account,
                           struct asking *ret_asking)
{
	static const struct http_client_conf http_conf = {
		.user_agent = "campaign2mqtt/" CAMPAIGN2MQTT_VERSION,
		.connections = CONNECTIONS,
	};
	const struct auth_spec *auth = profile_auth(account->profile);
	struct vendor_client_conf client_conf;
	enum exit_code code = EXIT_OK;
	struct asking *a = ret_asking;

	*a = (struct asking){.loop = NULL};
	/* What goes wrong is said by the command, once. */
	log_init(LOG_LVL_ERROR, conf->log.format);
	if (account->base == NULL) {
		return complain(
			EXIT_CONFIGURATION,
			"account \"%s\" lacks variables of its vendor's address; \"campaign2mqtt "
			"vendors %s\" lists them",
			account->name, profile_name(account->profile));
	}
	if (loop_new(&a->loop) != ERR_OK ||
	    http_client_new(a->loop, &http_conf, &a->http) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory");
	if (auth != NULL && auth->kind == AUTH_OAUTH2)
		code = open_store(conf, a);
	if (code != EXIT_OK)
		return code;
	client_conf = app_vendor_conf(account);
	if (vendor_client_new(a->loop, a->http, a->store, &client_conf, &a->client) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: out of memory");
	return EXIT_OK;
}

void asking_close(struct asking *a)
{
	store_close(a->store); /* what waits for it ends here */
	vendor_client_free(a->client);
	http_client_free(a->http);
	loop_free(a->loop);
	*a = (struct asking){.loop = NULL};
}

enum exit_code asking_exit_code(enum vendor_end end)
{
	switch (end) {
	case VENDOR_OK:
		return EXIT_OK;
	case VENDOR_REFUSED:
		return EXIT_BAD_INPUT;
	case VENDOR_UNAUTHORIZED:
		return EXIT_NO_PERMISSION;
	case VENDOR_FAILED:
	case VENDOR_LATER:
		return EXIT_UNAVAILABLE;
	}
	return EXIT_BUG;
}

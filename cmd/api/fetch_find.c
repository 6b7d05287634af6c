/* SPDX-License-Identifier: MIT */
#include "cmd/api/fetch_find.h"

#include <string.h>

#include <jansson.h>

#include "cmd/api/daemon.h"
#include "cmd/base/named_account.h"
#include "core/buf.h"

#define STATUS_MAX_BYTES ((size_t)32 * 1024 * 1024)
#define NAMES_MAX_BYTES  4096

static enum exit_code complain_account(const struct conf *conf, const char *account)
{
	struct buf names;
	enum exit_code code;

	buf_init(&names, NAMES_MAX_BYTES);
	for (size_t i = 0; i < conf->account_count; i++) {
		if (conf->accounts[i].report_count > 0)
			names_append(&names, conf->accounts[i].name);
	}
	code = complain(EXIT_CONFIGURATION,
	                "no account \"%s\" with reports is configured; there are: %s", account,
	                names.len > 0 ? buf_cstr(&names) : "none");
	buf_fini(&names);
	return code;
}

static enum exit_code complain_report(const struct conf_account *account, const char *report)
{
	struct buf names;
	enum exit_code code;

	buf_init(&names, NAMES_MAX_BYTES);
	for (size_t i = 0; i < account->report_count; i++)
		names_append(&names, account->reports[i].name);
	code = complain(EXIT_CONFIGURATION,
	                "account %s has no report \"%s\" configured; it has: %s", account->name,
	                report, buf_cstr(&names));
	buf_fini(&names);
	return code;
}

enum exit_code fetch_find_report(const struct conf *conf, const char *account_name,
                                 const char *report)
{
	for (size_t a = 0; a < conf->account_count; a++) {
		const struct conf_account *account = &conf->accounts[a];

		if (account->report_count == 0 || strcmp(account->name, account_name) != 0)
			continue;
		for (size_t i = 0; i < account->report_count; i++) {
			if (strcmp(account->reports[i].name, report) == 0)
				return EXIT_OK;
		}
		return complain_report(account, report);
	}
	return complain_account(conf, account_name);
}

bool fetch_find_is_ordered(const struct conf *conf, const char *account_name, const char *report)
{
	const struct source *source =
		source_table_find(conf->sources, str_from(account_name), str_from(report));
	const struct profile_report *spec =
		source != NULL ? profile_report(source_profile(source), str_from(report)) : NULL;

	return spec != NULL && spec->job != NULL;
}

enum exit_code fetch_find_daemon(const struct conf *conf, bool *ret_runs)
{
	struct err_detail detail = {.line = 0};
	const char *instance;
	struct buf answer;
	long status = 0;
	enum exit_code code = EXIT_OK;

	buf_init(&answer, STATUS_MAX_BYTES);
	enum err err = daemon_get(conf->admin.address, "/api/v1/status", &answer, &status, &detail);
	json_t *document = err == ERR_OK
	                           ? json_loadb(buf_cstr(&answer), answer.len, JSON_ALLOW_NUL, NULL)
	                           : NULL;

	instance = json_string_value(json_object_get(document, "instance"));
	*ret_runs = err == ERR_OK;
	if (err != ERR_OK && err != ERR_NOENT) {
		code = complain_detail(EXIT_UNAVAILABLE, &detail);
	} else if (err == ERR_OK && instance == NULL) {
		code = complain(EXIT_UNAVAILABLE,
		                "another program answers on admin.address %s; stop it or take "
		                "another address",
		                conf->admin.address);
	} else if (err == ERR_OK && strcmp(instance, conf->instance) != 0) {
		code = complain(EXIT_UNAVAILABLE,
		                "the daemon on admin.address %s is \"%s\", not \"%s\" of this "
		                "configuration; give each its own address",
		                conf->admin.address, instance, conf->instance);
	}
	json_decref(document);
	buf_fini(&answer);
	return code;
}

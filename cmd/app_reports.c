/* SPDX-License-Identifier: MIT */
/* What receiver/report takes from a configuration. */
#include <stdlib.h>
#include <string.h>

#include "cmd/app_state.h"

static struct report_loop loop_of(const struct conf_loop *loop)
{
	return (struct report_loop){
		.name = loop->name,
		.kind = loop->kind,
		.values = loop->values,
		.value_count = loop->value_count,
		.list = loop->list,
		.seen_ms = loop->seen_ms,
	};
}

static struct report_plan plan_of(const struct conf_report *report, struct report_loop *loops)
{
	for (size_t i = 0; i < report->loop_count; i++)
		loops[i] = loop_of(&report->loops[i]);
	return (struct report_plan){
		.source = report->source,
		.spec = report->spec,
		.every_ms = report->every_ms,
		.loops = loops,
		.loop_count = report->loop_count,
		.tz = report->tz,
		.start_ms = report->start_ms,
	};
}

struct vendor_client_conf app_vendor_conf(const struct conf_account *account)
{
	return (struct vendor_client_conf){
		.account = account->name,
		.profile = account->profile,
		.vars = account->vars,
		.var_count = account->var_count,
		.base = str_from(account->base),
		.rates = account->rates,
		.rate_count = account->rate_count,
	};
}

/* Everything of a configuration's reports, in three lists. */
struct plans {
	struct report_account *accounts;
	struct report_plan *plans;
	struct report_loop *loops;
	size_t account_count, plan_count, loop_count;
};

static enum err plans_new(const struct conf *conf, struct plans *plans)
{
	size_t reports = 0, loops = 0;

	for (size_t a = 0; a < conf->account_count; a++) {
		const struct conf_account *account = &conf->accounts[a];

		reports += account->report_count;
		for (size_t i = 0; i < account->report_count; i++)
			loops += account->reports[i].loop_count;
	}
	plans->accounts = calloc(conf->account_count + 1, sizeof(*plans->accounts));
	plans->plans = calloc(reports + 1, sizeof(*plans->plans));
	plans->loops = calloc(loops + 1, sizeof(*plans->loops));
	return plans->accounts != NULL && plans->plans != NULL && plans->loops != NULL ? ERR_OK
	                                                                               : ERR_NOMEM;
}

static void add_account(struct plans *plans, const struct conf_account *account)
{
	struct report_account *to = &plans->accounts[plans->account_count++];

	to->client = app_vendor_conf(account);
	to->plans = plans->plans + plans->plan_count;
	to->plan_count = account->report_count;
	for (size_t i = 0; i < account->report_count; i++) {
		const struct conf_report *report = &account->reports[i];

		plans->plans[plans->plan_count++] =
			plan_of(report, plans->loops + plans->loop_count);
		plans->loop_count += report->loop_count;
	}
}

enum err app_set_reports(struct app *app, const struct conf *conf, const char *account)
{
	struct plans plans = {.account_count = 0};
	enum err err = plans_new(conf, &plans);

	for (size_t a = 0; a < conf->account_count && err == ERR_OK; a++) {
		if (conf->accounts[a].report_count > 0 &&
		    (account == NULL || strcmp(conf->accounts[a].name, account) == 0))
			add_account(&plans, &conf->accounts[a]);
	}
	if (err == ERR_OK)
		err = reports_set(app->reports, plans.accounts, plans.account_count);
	free(plans.accounts);
	free(plans.plans);
	free(plans.loops);
	return err;
}

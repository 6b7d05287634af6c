/* SPDX-License-Identifier: MIT */
/* What receiver/report takes from a configuration. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/app/app_state.h"

static_assert(CONF_FROM_MAX <= COMPLETION_FROM_MAX, "a mailbox searches for so many");

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

struct vendor_client_conf app_vendor_conf(const struct conf_account *account)
{
	return (struct vendor_client_conf){
		.account = account->name,
		.profile = account->profile,
		.vars = account->vars,
		.var_count = account->var_count,
		.base = str_from(account->base),
		.ca = account->ca_pem,
		.rates = account->rates,
		.rate_count = account->rate_count,
	};
}

/* Everything of a configuration's reports, in lists that are as long as they have to be. */
struct plans {
	struct report_account *accounts;
	struct report_plan *plans;
	struct report_loop *loops;
	struct mailbox_conf *mailboxes; /* one for each report that comes by mail */
	struct str *texts;              /* their senders and hosts */
	size_t account_count, plan_count, loop_count, mailbox_count, text_count;
};

static void count_report(struct plans *most, const struct conf_report *report)
{
	most->plan_count++;
	most->loop_count += report->loop_count;
	if (report->mailbox == NULL)
		return;
	most->mailbox_count++;
	most->text_count += report->mailbox->from_count + report->mailbox->host_count;
}

static enum err plans_new(const struct conf *conf, struct plans *plans)
{
	struct plans most = {.account_count = conf->account_count};

	for (size_t a = 0; a < conf->account_count; a++) {
		for (size_t i = 0; i < conf->accounts[a].report_count; i++)
			count_report(&most, &conf->accounts[a].reports[i]);
	}
	plans->accounts = calloc(most.account_count + 1, sizeof(*plans->accounts));
	plans->plans = calloc(most.plan_count + 1, sizeof(*plans->plans));
	plans->loops = calloc(most.loop_count + 1, sizeof(*plans->loops));
	plans->mailboxes = calloc(most.mailbox_count + 1, sizeof(*plans->mailboxes));
	plans->texts = calloc(most.text_count + 1, sizeof(*plans->texts));
	return plans->accounts != NULL && plans->plans != NULL && plans->loops != NULL &&
	                       plans->mailboxes != NULL && plans->texts != NULL
	               ? ERR_OK
	               : ERR_NOMEM;
}

static void plans_free(struct plans *plans)
{
	free(plans->accounts);
	free(plans->plans);
	free(plans->loops);
	free(plans->mailboxes);
	free(plans->texts);
}

static const struct report_loop *add_loops(struct plans *plans, const struct conf_report *report)
{
	struct report_loop *loops = plans->loops + plans->loop_count;

	for (size_t i = 0; i < report->loop_count; i++)
		loops[i] = loop_of(&report->loops[i]);
	plans->loop_count += report->loop_count;
	return loops;
}

static const struct str *add_texts(struct plans *plans, const char *const *texts, size_t count)
{
	struct str *list = plans->texts + plans->text_count;

	for (size_t i = 0; i < count; i++)
		list[i] = str_from(texts[i]);
	plans->text_count += count;
	return list;
}

static void add_mailbox(struct plans *plans, struct report_plan *plan,
                        const struct conf_mailbox *box)
{
	struct mailbox_conf *to = &plans->mailboxes[plans->mailbox_count++];

	*to = (struct mailbox_conf){
		.url = box->url,
		.folder = box->folder,
		.username = box->username,
		.password = box->password,
		.ca = box->ca,
		.wants_starttls = box->starttls,
		.from = add_texts(plans, box->from, box->from_count),
		.from_count = box->from_count,
		.poll_ms = box->poll_ms,
	};
	plan->mailbox = to;
	plan->hosts = add_texts(plans, box->hosts, box->host_count);
	plan->host_count = box->host_count;
}

static void add_plan(struct plans *plans, const struct conf_report *report)
{
	struct report_plan *plan = &plans->plans[plans->plan_count++];

	*plan = (struct report_plan){
		.source = report->source,
		.spec = report->spec,
		.every_ms = report->every_ms,
		.loops = add_loops(plans, report),
		.loop_count = report->loop_count,
		.tz = report->tz,
		.start_ms = report->start_ms,
		.timeout_ms = report->timeout_ms,
		.fallback = report->fallback,
	};
	if (report->mailbox != NULL)
		add_mailbox(plans, plan, report->mailbox);
}

static void add_account(struct plans *plans, const struct conf_account *account)
{
	struct report_account *to = &plans->accounts[plans->account_count++];

	to->client = app_vendor_conf(account);
	to->plans = plans->plans + plans->plan_count;
	to->plan_count = account->report_count;
	for (size_t i = 0; i < account->report_count; i++)
		add_plan(plans, &account->reports[i]);
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
	plans_free(&plans);
	return err;
}

/* SPDX-License-Identifier: MIT */
#include "conf/account_parts.h"

#define EXAMPLE                                                                            \
	"mailbox: {url: \"imaps://imap.example.net/INBOX\", username: reports, password: " \
	"\"${file:secrets/imap}\"}"

static const char *how_it_comes(enum ready_kind by)
{
	return by == READY_HANDOFF ? "is brought by a person" : "is asked for at the vendor";
}

/* Words that mean nothing here would be believed to mean something. */
static enum err check_unordered(struct conf_load *load, const struct yaml_node *node,
                                const struct conf_report *report)
{
	const struct yaml_node *mailbox = yaml_get(node, "mailbox");
	const struct yaml_node *timeout = yaml_get(node, "timeout");
	const struct job_spec *job = report->spec->job;

	if (mailbox != NULL && (job == NULL || job->by != READY_MAILBOX)) {
		return yaml_fail_key(
			mailbox, load->detail,
			"report \"%s\" does not come by mail, it %s; remove \"mailbox\"",
			report->name, how_it_comes(job != NULL ? job->by : READY_POLL));
	}
	if (timeout != NULL && job == NULL) {
		return yaml_fail_key(timeout, load->detail,
		                     "report \"%s\" is answered at once, nothing is waited for; "
		                     "remove \"timeout\"",
		                     report->name);
	}
	return ERR_OK;
}

static enum err find_mailbox(struct conf_load *load, const struct yaml_node *node,
                             const struct conf_account *account, struct conf_report *report)
{
	enum err err;

	if (report->spec->job->by != READY_MAILBOX)
		return ERR_OK;
	err = conf_parse_mailbox(load, yaml_get(node, "mailbox"), &report->mailbox);
	if (err != ERR_OK || report->mailbox != NULL)
		return err;
	report->mailbox = account->mailbox;
	if (report->mailbox != NULL)
		return ERR_OK;
	return yaml_fail(
		node, load->detail,
		"report \"%s\" comes by mail and needs \"mailbox\", in the account for all "
		"such reports or here for this one; for example: " EXAMPLE,
		report->name);
}

static enum err need_vars(struct conf_load *load, const struct yaml_node *node,
                          const struct conf_account *account, const struct job_spec *job)
{
	const struct request_spec *const requests[] = {&job->create, &job->poll.request,
	                                               &job->download, &job->remove};
	const size_t count = sizeof(requests) / sizeof(requests[0]);
	const struct yaml_node *account_node = node->parent->parent;
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		err = conf_need_vars(load, account_node, account, requests[i]->base);
		if (err == ERR_OK)
			err = conf_need_vars(load, account_node, account, requests[i]->path);
	}
	return err;
}

enum err conf_parse_job(struct conf_load *load, const struct yaml_node *node,
                        const struct conf_account *account, struct conf_report *report)
{
	const struct job_spec *job = report->spec->job;
	enum err err = check_unordered(load, node, report);

	if (err != ERR_OK || job == NULL)
		return err;
	err = find_mailbox(load, node, account, report);
	return err == ERR_OK ? need_vars(load, node, account, job) : err;
}

enum err conf_find_fallback(struct conf_load *load, const struct yaml_node *node,
                            const struct conf_account *account, struct conf_report *report)
{
	const struct profile_report *fallback =
		report->spec->job != NULL ? report->spec->job->fallback : NULL;
	enum err err;

	if (fallback == NULL)
		return ERR_OK;
	err = conf_need_vars(load, node->parent->parent, account, fallback->request.path);
	if (err != ERR_OK)
		return err;
	report->fallback = source_table_find(load->full->conf.sources, str_from(account->name),
	                                     str_from(fallback->source.name));
	if (report->fallback != NULL)
		return ERR_OK;
	/* What keeps a source from being made: conf/importable.c. */
	return yaml_fail(node, load->detail,
	                 "report \"%s\", which takes the place of \"%s\" when that does not come, "
	                 "needs variables of the profile that are not given",
	                 fallback->source.name, report->name);
}

void conf_warn_idle_mailbox(const struct conf_load *load, const struct yaml_node *account_node,
                            const struct conf_account *account)
{
	if (account->mailbox == NULL)
		return;
	for (size_t i = 0; i < account->report_count; i++) {
		if (account->reports[i].mailbox == account->mailbox)
			return;
	}
	conf_warn(load, yaml_get(account_node, "mailbox"),
	          "no report of this account needs its mailbox, so nothing is read there");
}

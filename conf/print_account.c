/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "conf/print_parts.h"

static bool is_secret_var(const struct conf_account *account, const char *name)
{
	for (size_t i = 0; i < profile_var_count(account->profile); i++) {
		const struct profile_var *var = profile_var_at(account->profile, i);

		if (strcmp(var->name, name) == 0)
			return var->secret;
	}
	return false;
}

static void print_vars(struct buf *b, const struct conf_account *account,
                       const struct yaml_node *vars)
{
	if (account->var_count > 0)
		(void)buf_append_str(b, STR_LIT("    vars:\n"));
	for (size_t i = 0; i < account->var_count; i++) {
		const struct source_var *var = &account->vars[i];
		const struct yaml_node *node = yaml_get(vars, var->name);

		(void)buf_append_str(b, STR_LIT("      "));
		conf_print_key(b, str_from(var->name));
		(void)buf_append_str(b, STR_LIT(": "));
		if (is_secret_var(account, var->name) ||
		    (node != NULL && node->mark == ORIGIN_FILE)) {
			(void)buf_append_str(b, STR_LIT(CONF_MASK));
		} else {
			conf_print_text(b, str_from(var->value));
		}
		(void)buf_append_char(b, '\n');
	}
}

static void print_webhook(struct buf *b, const struct conf_webhook *hook,
                          const struct yaml_node *node)
{
	const struct yaml_node *basic = yaml_get(yaml_get(node, "auth"), "basic");
	const struct yaml_node *pair = basic != NULL ? basic->first : NULL;

	(void)buf_append_str(b, STR_LIT("      - webhook: "));
	conf_print_text(b, str_from(hook->name));
	(void)buf_append_str(b, hook->auth_none ? STR_LIT("\n        auth: none\n")
	                                        : STR_LIT("\n        auth:\n          basic:"));
	if (!hook->auth_none)
		(void)buf_append_str(b, hook->basic_count > 0 ? STR_LIT("\n") : STR_LIT(" []\n"));
	for (size_t i = 0; i < hook->basic_count && pair != NULL; i++, pair = pair->next) {
		conf_print_section(b, "accounts[].webhooks[].auth.basic[]", pair, &hook->basic[i],
		                   "            - ", "              ");
	}
	conf_print_tree(b, yaml_get(node, "decode"), 8);
	conf_print_tree(b, yaml_get(node, "map"), 8);
}

/* @param node  NULL or null: there is none */
static void print_mailbox(struct buf *b, const struct conf_mailbox *box,
                          const struct yaml_node *node, unsigned indent)
{
	char before[32];

	if (node == NULL || yaml_is_null(node))
		return;
	(void)snprintf(before, sizeof(before), "%*s", (int)indent + 2, "");
	(void)buf_printf(b, "%*smailbox:\n", (int)indent, "");
	conf_print_tree(b, yaml_get(node, "url"), indent + 2);
	conf_print_section(b, "accounts[].mailbox", node, box, before, before);
	conf_print_tree(b, yaml_get(node, "from"), indent + 2);
	conf_print_tree(b, yaml_get(node, "hosts"), indent + 2);
}

static void print_report(struct buf *b, const struct conf_report *report,
                         const struct yaml_node *node)
{
	(void)buf_append_str(b, STR_LIT("      - report: "));
	conf_print_text(b, str_from(report->name));
	(void)buf_append_char(b, '\n');
	conf_print_section(b, "accounts[].reports[]", node, report, "        ", "        ");
	conf_print_tree(b, yaml_get(node, "each"), 8);
	print_mailbox(b, report->mailbox, yaml_get(node, "mailbox"), 8);
	conf_print_tree(b, yaml_get(node, "decode"), 8);
	conf_print_tree(b, yaml_get(node, "map"), 8);
}

static void print_reports(struct buf *b, const struct conf_account *account,
                          const struct yaml_node *node)
{
	const struct yaml_node *reports = yaml_get(node, "reports");
	const struct yaml_node *report = account->report_count > 0 ? reports->first : NULL;

	if (report != NULL)
		(void)buf_append_str(b, STR_LIT("    reports:\n"));
	for (size_t i = 0; report != NULL; i++, report = report->next)
		print_report(b, &account->reports[i], report);
}

void conf_print_accounts(struct buf *b, const struct conf *conf, const struct yaml_node *root)
{
	const struct yaml_node *accounts = yaml_get(root, "accounts");
	const struct yaml_node *node = conf->account_count > 0 ? accounts->first : NULL;

	if (node != NULL)
		(void)buf_append_str(b, STR_LIT("accounts:\n"));
	for (size_t i = 0; node != NULL; i++, node = node->next) {
		const struct conf_account *account = &conf->accounts[i];
		const struct yaml_node *hooks = yaml_get(node, "webhooks");
		const struct yaml_node *hook = hooks != NULL ? hooks->first : NULL;

		conf_print_section(b, "accounts[]", node, account, "  - ", "    ");
		(void)buf_append_str(b, STR_LIT("    vendor: "));
		conf_print_text(b, str_from(profile_name(account->profile)));
		(void)buf_append_char(b, '\n');
		print_vars(b, account, yaml_get(node, "vars"));
		if (hook != NULL)
			(void)buf_append_str(b, STR_LIT("    webhooks:\n"));
		for (size_t j = 0; hook != NULL; j++, hook = hook->next)
			print_webhook(b, &account->webhooks[j], hook);
		print_mailbox(b, account->mailbox, yaml_get(node, "mailbox"), 4);
		print_reports(b, account, node);
		conf_print_tree(b, yaml_get(node, "limits"), 4);
	}
}

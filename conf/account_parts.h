/* SPDX-License-Identifier: MIT */
/**
 * account_parts - what account.c, webhook.c and report.c share. Private to conf/.
 */
#ifndef CONF_ACCOUNT_PARTS_H
#define CONF_ACCOUNT_PARTS_H

#include "conf/load.h"

/** The list of an account's webhooks; NULL for none (webhook.c). */
enum err conf_parse_webhooks(struct conf_load *load, const struct yaml_node *node,
                             struct conf_account *account) MUST_CHECK;

/** The list of an account's reports, its base and its own limits (report.c). */
enum err conf_parse_reports(struct conf_load *load, const struct yaml_node *account_node,
                            struct conf_account *account) MUST_CHECK;

/**
 * source_new() with the file's own `decode` and `map`, put into the table of the configuration;
 * complaints stand at the variable, the profile, or at @p node (webhook.c).
 *
 * @param node  item of `webhooks` or `reports`; its first key is its name
 * @param kind  "webhook", "report"
 */
enum err conf_make_source(struct conf_load *load, const struct yaml_node *node, const char *kind,
                          const struct conf_account *account, const struct profile_source *spec,
                          struct source **ret_source) MUST_CHECK;

/**
 * A source for each report of the vendor that the account does not list: files of it can be
 * imported (importable.c). After conf_parse_reports().
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err conf_add_importable(struct conf_load *load, const struct conf_account *account) MUST_CHECK;

/** The loops of a report: the file's `each`, else the profile's (report_each.c). */
enum err conf_parse_each(struct conf_load *load, const struct yaml_node *node,
                         const struct conf_account *account, struct conf_report *report) MUST_CHECK;

/** A NUL-terminated copy in the configuration's memory. @return ERR_OK, ERR_NOMEM */
enum err conf_keep_text(struct conf_load *load, struct str text, const char **ret_text) MUST_CHECK;

/** Value of a variable of the account; NULL when it is not given and has no default. */
const char *conf_var(const struct conf_account *account, struct str name);

#endif /* CONF_ACCOUNT_PARTS_H */

/* SPDX-License-Identifier: MIT */
/**
 * account_parts - what the files that read accounts share. Private to conf/.
 */
#ifndef CONF_ACCOUNT_PARTS_H
#define CONF_ACCOUNT_PARTS_H

#include "conf/load.h"

/** The list of an account's webhooks; NULL for none (webhook.c). */
enum err conf_parse_webhooks(struct conf_load *load, const struct yaml_node *node,
                             struct conf_account *account) MUST_CHECK;

/** The list of an account's reports, its base and mailbox, and what of its vendor can
 * be imported (report.c). */
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

/** The file's own `decode` and `map`, only where the profile takes or needs them (webhook.c). */
enum err conf_check_overrides(struct conf_load *load, const struct yaml_node *node,
                              const char *kind, const struct profile_source *spec) MUST_CHECK;

/**
 * A source for each report of the vendor that the account does not list: files of it can be
 * imported (importable.c).
 * After the reports that it lists.
 *
 * @return ERR_OK, ERR_NOMEM
 */
enum err conf_add_importable(struct conf_load *load, const struct conf_account *account) MUST_CHECK;

/** The loops of a report: the file's `each`, else the profile's (report_each.c). */
enum err conf_parse_each(struct conf_load *load, const struct yaml_node *node,
                         const struct conf_account *account, struct conf_report *report) MUST_CHECK;

/** The text of a template: each variable of the profile in it has a value (report.c). */
enum err conf_need_vars(struct conf_load *load, const struct yaml_node *account_node,
                        const struct conf_account *account, struct str text) MUST_CHECK;

/**
 * A `mailbox` (mailbox.c).
 *
 * @param node  NULL or null: there is none
 * @param ret_box  NULL when there is none
 */
enum err conf_parse_mailbox(struct conf_load *load, const struct yaml_node *node,
                            const struct conf_mailbox **ret_box) MUST_CHECK;

/** What belongs to a report that is ordered: `timeout`, `mailbox` (report_job.c). */
enum err conf_parse_job(struct conf_load *load, const struct yaml_node *node,
                        const struct conf_account *account, struct conf_report *report) MUST_CHECK;

/** The source of its fallback; after conf_add_importable() (report_job.c). */
enum err conf_find_fallback(struct conf_load *load, const struct yaml_node *node,
                            const struct conf_account *account,
                            struct conf_report *report) MUST_CHECK;

/** A mailbox of the account that none of its reports uses (report_job.c). */
void conf_warn_idle_mailbox(const struct conf_load *load, const struct yaml_node *account_node,
                            const struct conf_account *account);

/**
 * A `ca`: the PEM file is readable, and holds whole certificates (authorities.c).
 *
 * @param ret_pem  its content, in the configuration's memory; may be NULL
 */
enum err conf_read_authorities(struct conf_load *load, const struct yaml_node *node,
                               const char *path, const char **ret_pem) MUST_CHECK;

/** A NUL-terminated copy in the configuration's memory. @return ERR_OK, ERR_NOMEM */
enum err conf_keep_text(struct conf_load *load, struct str text, const char **ret_text) MUST_CHECK;

/** Value of a variable of the account; NULL when it is not given and has no default. */
const char *conf_var(const struct conf_account *account, struct str name);

#endif /* CONF_ACCOUNT_PARTS_H */

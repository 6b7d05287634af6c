/* SPDX-License-Identifier: MIT */
#include "conf/account_parts.h"

/* What a file may bring need not be asked for, so it has a source without being listed. */
static enum err add_source(struct conf_load *load, const struct conf_account *account,
                           const struct profile_source *spec)
{
	struct conf *conf = &load->full->conf;
	struct err_detail detail = {.line = 0};
	struct source *source = NULL;
	enum err err;

	if (source_table_find(conf->sources, str_from(account->name), str_from(spec->name)) != NULL)
		return ERR_OK;
	err = source_new(conf->instance, account->name, account->profile, spec, account->vars,
	                 account->var_count, NULL, &source, &detail);
	/* A variable that only this report needs may be missing: then it cannot be imported. */
	if (err == ERR_PARSE)
		return ERR_OK;
	if (err == ERR_OK)
		err = source_table_add(conf->sources, source);
	source_unref(source);
	return err;
}

enum err conf_add_importable(struct conf_load *load, const struct conf_account *account)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < profile_report_count(account->profile) && err == ERR_OK; i++)
		err = add_source(load, account, &profile_report_at(account->profile, i)->source);
	return err;
}

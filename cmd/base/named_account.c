/* SPDX-License-Identifier: MIT */
#include "cmd/base/named_account.h"

#define NAMES_MAX_BYTES 4096

void names_append(struct buf *names, const char *name)
{
	(void)buf_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
}

const struct conf_account *named_account(const struct conf *conf, struct str name,
                                         struct err_detail *reterr_detail)
{
	struct buf names;

	for (size_t i = 0; i < conf->account_count; i++) {
		if (str_eq(str_from(conf->accounts[i].name), name))
			return &conf->accounts[i];
	}
	buf_init(&names, NAMES_MAX_BYTES);
	for (size_t i = 0; i < conf->account_count; i++)
		names_append(&names, conf->accounts[i].name);
	err_detail_set(reterr_detail, "no account \"%.*s\" is configured; there are: %s",
	               STR_FMT(name), names.len > 0 ? buf_cstr(&names) : "none");
	buf_fini(&names);
	return NULL;
}

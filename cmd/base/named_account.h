/* SPDX-License-Identifier: MIT */
/** named_account - an account that a person names. */
#ifndef CMD_BASE_NAMED_ACCOUNT_H
#define CMD_BASE_NAMED_ACCOUNT_H

#include "conf/conf.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/** @return borrowed from @p conf; NULL when there is none: the detail says which there are */
const struct conf_account *named_account(const struct conf *conf, struct str name,
                                         struct err_detail *reterr_detail);

/** One more of a list for a complaint: with ", " before it where it is not the first. */
void names_append(struct buf *names, const char *name);

#endif /* CMD_BASE_NAMED_ACCOUNT_H */

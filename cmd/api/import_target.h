/* SPDX-License-Identifier: MIT */
/** import_target - whose report a file is: what command and daemon both check. */
#ifndef CMD_API_IMPORT_TARGET_H
#define CMD_API_IMPORT_TARGET_H

#include "conf/conf.h"
#include "core/payload.h"

struct import_target {
	const struct conf_account *account;  /* borrowed */
	const struct profile_report *report; /* borrowed */
	struct source *source;               /* borrowed from the configuration */
};

/** @return ERR_OK, ERR_NOENT the account has no such report: the detail says what there is */
enum err import_target_find(const struct conf *conf, const struct conf_account *account,
                            struct str report, struct import_target *ret_target,
                            struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Whether loop values are those of the report's requests: each once, no others.
 *
 * @param sets  urlencoded
 * @return ERR_OK, ERR_PARSE (detail), ERR_NOMEM
 */
enum err import_target_check_sets(const struct import_target *target, struct str sets,
                                  struct err_detail *reterr_detail) MUST_CHECK;

/** A payload of this report; its texts are borrowed. */
struct payload import_target_payload(const struct import_target *target, struct str vars,
                                     struct str body);

#endif /* CMD_API_IMPORT_TARGET_H */

/* SPDX-License-Identifier: MIT */
/** fetch_order - what a query of fetch_lines asks for. */
#ifndef CMD_API_FETCH_ORDER_H
#define CMD_API_FETCH_ORDER_H

#include "core/err.h"
#include "receiver/report/reports.h"

#define FETCH_VALUES_MAX 256

/** A plain value; its texts are owned. */
struct fetch_order {
	char *account, *report;
	struct report_value values[FETCH_VALUES_MAX]; /* borrowed from texts */
	char *texts[2 * FETCH_VALUES_MAX];
	size_t value_count;
	int64_t from_ms, to_ms;
	bool is_dry;
};

/** @return ERR_OK (free with fetch_order_fini()), ERR_PARSE (detail), ERR_NOMEM */
enum err fetch_order_read(struct str query, struct fetch_order *ret_order,
                          struct err_detail *reterr_detail) MUST_CHECK;

void fetch_order_fini(struct fetch_order *o);

#endif /* CMD_API_FETCH_ORDER_H */

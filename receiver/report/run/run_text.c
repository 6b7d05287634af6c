/* SPDX-License-Identifier: MIT */
#include "receiver/report/run/run_text.h"

#include "core/percent.h"

void run_text_values(const struct report_value *values, size_t count, struct buf *b)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			(void)buf_append_char(b, '&');
		percent_encode(str_from(values[i].name), b);
		(void)buf_append_char(b, '=');
		percent_encode(str_from(values[i].value), b);
	}
}

enum err report_run_key(struct str account, struct str report, const struct report_value *values,
                        size_t count, struct buf *b)
{
	(void)buf_append_str(b, STR_LIT("report/"));
	(void)buf_append_str(b, account);
	(void)buf_append_char(b, '/');
	(void)buf_append_str(b, report);
	(void)buf_append_char(b, '/');
	run_text_values(values, count, b);
	return buf_err(b);
}

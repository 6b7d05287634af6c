/* SPDX-License-Identifier: MIT */
#include "cmd/base/time_text.h"

#include "normalise/value/timestamp.h"

#define DATE_LEN (sizeof("2024-09-03") - 1)

static enum err parse_as(const char *format_text, const struct timestamp_zone *zone,
                         struct str text, int64_t *ret_ms)
{
	struct timestamp_format *format = NULL;
	enum err err = timestamp_format_new(str_from(format_text), &format, NULL);

	if (err == ERR_OK)
		err = timestamp_parse(format, zone, text, ret_ms);
	timestamp_format_free(format);
	return err;
}

enum err time_text_parse(struct str text, int64_t *ret_ms)
{
	struct timestamp_zone *utc = NULL;
	enum err err;

	if (text.len != DATE_LEN)
		return parse_as("rfc3339", NULL, text, ret_ms);
	err = timestamp_zone_new("UTC", &utc);
	if (err == ERR_OK)
		err = parse_as("%Y-%m-%d", utc, text, ret_ms);
	timestamp_zone_free(utc);
	return err;
}

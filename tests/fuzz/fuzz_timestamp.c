/* SPDX-License-Identifier: MIT */
/* A format, a line feed, a time. What is read must print within the years of the contract. */
#include <assert.h>
#include <string.h>

#include "normalise/value/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size); /* NOLINT */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) /* NOLINT */
{
	struct timestamp_format *format = NULL;
	struct timestamp_zone *zone = NULL;
	struct str head = STR_EMPTY, tail = STR_EMPTY;
	struct err_detail detail;
	char out[TIMESTAMP_TEXT_SIZE];
	int64_t ms = 0;

	(void)str_cut((struct str){(const char *)bytes, size}, '\n', &head, &tail);
	if (timestamp_format_new(head, &format, &detail) != ERR_OK)
		return 0;
	assert(timestamp_zone_new("Europe/London", &zone) == ERR_OK);
	if (timestamp_parse(format, zone, tail, &ms) == ERR_OK) {
		timestamp_print(ms, out);
		assert(strcmp(out, "1970") >= 0 && strcmp(out, "2200") < 0);
	}
	timestamp_zone_free(zone);
	timestamp_format_free(format);
	return 0;
}

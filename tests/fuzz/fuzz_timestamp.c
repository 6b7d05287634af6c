/* SPDX-License-Identifier: MIT */
/* First byte: which format; then a time. What is read must print within the years of the contract.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "normalise/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* "0" to "5" choose one of these; any other byte: what follows up to a line feed is the format. */
static const char *const formats[] = {"rfc3339",  "rfc2822",           "epoch_s",
                                      "epoch_ms", "%Y-%m-%d %H:%M:%S", "%y%m%d%H%M"};

static struct str choose(struct str *text)
{
	size_t which = text->len > 0 ? (size_t)(unsigned char)text->ptr[0] - '0' : 0;
	struct str head = STR_EMPTY;

	if (which >= sizeof(formats) / sizeof(formats[0])) {
		(void)str_cut(*text, '\n', &head, text);
		return head;
	}
	*text = (struct str){text->ptr + 1, text->len > 0 ? text->len - 1 : 0};
	return str_from(formats[which]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = {(const char *)bytes, size};
	struct str format_text = size > 0 ? choose(&text) : STR_EMPTY;
	struct timestamp_format *format = NULL;
	struct timestamp_zone *zone = NULL;
	struct err_detail detail;
	char out[TIMESTAMP_TEXT_SIZE];
	int64_t ms = 0;

	if (timestamp_format_new(format_text, &format, &detail) != ERR_OK)
		return 0;
	if (timestamp_zone_new("Europe/London", &zone) != ERR_OK)
		abort();
	if (timestamp_parse(format, zone, text, &ms) == ERR_OK) {
		timestamp_print(ms, out);
		assert(strcmp(out, "1970") >= 0 && strcmp(out, "2200") < 0);
	}
	timestamp_zone_free(zone);
	timestamp_format_free(format);
	return 0;
}

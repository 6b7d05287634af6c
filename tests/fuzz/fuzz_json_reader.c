/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "normalise/value/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = {(const char *)bytes, size};
	struct json_cursor c = json_cursor(text);
	struct arena a;
	struct value *v;

	arena_init(&a, (size_t)64 << 20);
	enum err err = json_read(&c, &a, &v, NULL);

	if ((err == ERR_OK || err == ERR_LIMIT) && json_skip_blanks(&c))
		err = ERR_PARSE;
	if (err != json_check(text, NULL))
		abort();
	arena_fini(&a);
	return 0;
}

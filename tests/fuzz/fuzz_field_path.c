/* SPDX-License-Identifier: MIT */
#include "normalise/value/field_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct value leaf = {.kind = VALUE_TRUE};
	struct value list = {.kind = VALUE_ARRAY, .count = 1, .first = &leaf, .last = &leaf};
	struct err_detail detail;
	struct field_path *path = NULL;

	if (field_path_new((struct str){(const char *)bytes, size}, true, &path, &detail) == ERR_OK)
		(void)field_path_get(path, &list);
	field_path_free(path);
	return 0;
}

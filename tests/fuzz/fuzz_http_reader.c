/* SPDX-License-Identifier: MIT */
#include "tests/core/http/http_split.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The first byte says how the rest is split; the outcome must be that of the whole. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len > 0)
		http_split_check((struct str){(const char *)bytes + 1, len - 1},
		                 bytes[0] % 16U + 1);
	return 0;
}

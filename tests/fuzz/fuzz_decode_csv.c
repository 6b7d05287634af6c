/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/decode_any.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	decode_any(DECODE_CSV, bytes, size);
	return 0;
}

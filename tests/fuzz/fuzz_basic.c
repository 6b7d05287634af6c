/* SPDX-License-Identifier: MIT */
/* Whatever a client sends as Authorization: no crash, and views that lie in the buffer. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/basic.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct basic b;

	if (basic_parse((struct str){(const char *)bytes, len}, &b) == ERR_OK) {
		assert(b.username.len + b.password.len < BASIC_BYTES_MAX);
		assert(b.password.ptr == b.bytes + b.username.len + 1);
		basic_wipe(&b);
	}
	return 0;
}

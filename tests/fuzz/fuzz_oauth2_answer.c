/* SPDX-License-Identifier: MIT */
/* Whatever a token endpoint answers: no access outside of it, and no token that breaks a header. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "receiver/report/vendor/oauth2_answer.h"
#include "receiver/report/vendor/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const unsigned statuses[] = {200, 400, 429};
	const struct str body = {(const char *)bytes, size};
	struct oauth2_answer answer;
	struct arena arena;

	arena_init(&arena, (size_t)4 * OAUTH2_TEXT_MAX);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		const struct http_answer http = {.status = statuses[i], .retry_after_s = -1};

		arena_reset(&arena);
		oauth2_answer_read(HTTP_END_OK, &http, body, "", &arena, &answer);
		assert(strlen(answer.text) < sizeof(answer.text));
		if (answer.outcome == OAUTH2_GRANTED)
			assert(wire_is_header_value(answer.grant.access));
	}
	arena_fini(&arena);
	return 0;
}

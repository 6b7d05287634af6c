/* SPDX-License-Identifier: MIT */
#include "receiver/report/run/run_claims.h"

#include <inttypes.h>

#include "core/ascii.h"

void run_claims_write(const struct ordinals_claims *claims, struct buf *b)
{
	for (size_t i = 0; i < claims->count; i++) {
		const struct ordinals_claim *claim = &claims->list[i];

		if (i > 0)
			(void)buf_append_char(b, ',');
		for (size_t k = 0; k < sizeof(claim->id); k++)
			(void)buf_printf(b, "%02x", claim->id[k]);
		(void)buf_printf(b, ":%" PRIu32, claim->count);
	}
}

static enum err read_id(struct str digits, uint8_t *ret_id)
{
	if (digits.len != (size_t)EVENT_ID_BYTES * 2)
		return ERR_PARSE;
	for (size_t i = 0; i < EVENT_ID_BYTES; i++) {
		const int high = ascii_hex_value(digits.ptr[2 * i]);
		const int low = ascii_hex_value(digits.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_PARSE;
		ret_id[i] = (uint8_t)(high * 16 + low);
	}
	return ERR_OK;
}

/** "ID:COUNT" */
static enum err read_claim(struct str text, struct ordinals_claim *ret_claim)
{
	struct str digits;
	struct str number;
	uint64_t count;

	if (!str_cut(text, ':', &digits, &number) || read_id(digits, ret_claim->id) != ERR_OK ||
	    str_to_u64(number, &count) != ERR_OK || count > UINT32_MAX)
		return ERR_PARSE;
	ret_claim->count = (uint32_t)count;
	return ERR_OK;
}

enum err run_claims_read(struct str text, struct ordinals_claims *ret_claims)
{
	struct ordinals_claims claims = {.count = 0};
	struct str claim;
	bool is_last;

	do {
		is_last = !str_cut(text, ',', &claim, &text);
		if (claims.count == ORDINALS_CLAIMS_MAX ||
		    read_claim(claim, &claims.list[claims.count]) != ERR_OK)
			return ERR_PARSE;
		claims.count++;
	} while (!is_last);
	*ret_claims = claims;
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "core/imap/imap_response.h"

#include "core/ascii.h"

static struct str cut_word(struct str *rest)
{
	struct str word;

	(void)str_cut(*rest, ' ', &word, rest);
	return word;
}

static enum imap_status status_of(struct str word)
{
	if (str_ieq(word, STR_LIT("OK")) || str_ieq(word, STR_LIT("PREAUTH")))
		return IMAP_STATUS_OK;
	if (str_ieq(word, STR_LIT("NO")))
		return IMAP_STATUS_NO;
	if (str_ieq(word, STR_LIT("BAD")))
		return IMAP_STATUS_BAD;
	return IMAP_STATUS_NONE;
}

static void read_code(struct imap_response *r)
{
	struct str code, rest;

	if (r->rest.len == 0 || r->rest.ptr[0] != '[')
		return;
	if (!str_cut((struct str){r->rest.ptr + 1, r->rest.len - 1}, ']', &code, &rest))
		return;
	r->code = code;
	r->rest = str_trim(rest);
}

static bool is_number(struct str word)
{
	uint64_t number;

	return str_to_u64(word, &number) == ERR_OK;
}

static void read_untagged(struct str rest, struct imap_response *r)
{
	struct str word = cut_word(&rest);

	if (is_number(word) && rest.len > 0) {
		if (str_ieq(cut_word(&rest), STR_LIT("FETCH")))
			r->kind = IMAP_FETCH;
	} else if (str_ieq(word, STR_LIT("SEARCH"))) {
		r->kind = IMAP_SEARCH;
	} else if (str_ieq(word, STR_LIT("BYE"))) {
		r->kind = IMAP_BYE;
	} else {
		r->status = status_of(word);
		r->kind = r->status != IMAP_STATUS_NONE ? IMAP_STATUS : IMAP_OTHER;
	}
	r->rest = rest;
	if (r->kind == IMAP_STATUS)
		read_code(r);
}

enum err imap_response_read(struct str bytes, struct imap_response *ret_response)
{
	struct imap_response r = {.kind = IMAP_OTHER};
	struct str rest = bytes;
	struct str tag = cut_word(&rest);

	if (tag.len == 0 || rest.len == 0 || str_eq(tag, STR_LIT("+")))
		return ERR_PARSE; /* nothing of ours is to be continued */
	if (str_eq(tag, STR_LIT("*"))) {
		read_untagged(rest, &r);
		*ret_response = r;
		return ERR_OK;
	}
	r.kind = IMAP_DONE;
	r.tag = tag;
	r.status = status_of(cut_word(&rest));
	if (r.status == IMAP_STATUS_NONE)
		return ERR_PARSE;
	r.rest = rest;
	read_code(&r);
	*ret_response = r;
	return ERR_OK;
}

static enum err read_u32(struct str text, uint32_t *ret_number)
{
	uint64_t number;

	if (str_to_u64(text, &number) != ERR_OK || number > UINT32_MAX)
		return ERR_PARSE;
	*ret_number = (uint32_t)number;
	return ERR_OK;
}

uint32_t imap_code_number(struct str code, struct str word)
{
	uint32_t number;

	if (!str_ieq(cut_word(&code), word) || read_u32(code, &number) != ERR_OK)
		return 0;
	return number;
}

enum err imap_search_next(struct str *rest, uint32_t *ret_uid)
{
	struct str word = STR_EMPTY;

	while (word.len == 0 && rest->len > 0)
		word = cut_word(rest);
	if (word.len == 0)
		return ERR_NOENT;
	return read_u32(word, ret_uid) == ERR_OK && *ret_uid > 0 ? ERR_OK : ERR_PARSE;
}

/* SPDX-License-Identifier: MIT */
/**
 * imap_response - what a whole response of an IMAP server says (RFC 3501, 7). Pure.
 */
#ifndef CORE_IMAP_IMAP_RESPONSE_H
#define CORE_IMAP_IMAP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

enum imap_kind {
	IMAP_OTHER,  /* untagged, and of no interest */
	IMAP_DONE,   /* tagged: the end of a command */
	IMAP_STATUS, /* untagged OK, NO, BAD, PREAUTH */
	IMAP_BYE,
	IMAP_SEARCH,
	IMAP_FETCH,
};

enum imap_status {
	IMAP_STATUS_NONE,
	IMAP_STATUS_OK,
	IMAP_STATUS_NO,
	IMAP_STATUS_BAD,
};

/** Slices of the response. */
struct imap_response {
	enum imap_kind kind;
	struct str tag; /* of IMAP_DONE */
	enum imap_status status;
	struct str code; /* "UIDVALIDITY 5" of "[UIDVALIDITY 5]"; empty: none */
	struct str rest; /* text for people, or what follows the word */
};

/** A mail as FETCH tells it. */
struct imap_mail {
	uint32_t uid;        /* 0: not said */
	int64_t received_ms; /* INTERNALDATE; INT64_MIN: not said */
	uint64_t size;       /* RFC822.SIZE */
	bool has_body;
	struct str body; /* of the one section that was asked for */
};

/** @return ERR_OK, ERR_PARSE */
enum err imap_response_read(struct str bytes, struct imap_response *ret_response) MUST_CHECK;

/** The number of a code such as "UIDVALIDITY 5"; 0: it is another one. */
uint32_t imap_code_number(struct str code, struct str word);

/**
 * Next number of a SEARCH.
 *
 * @param rest  of the response; what was read is cut off its front
 * @return ERR_OK, ERR_NOENT no more, ERR_PARSE
 */
enum err imap_search_next(struct str *rest, uint32_t *ret_uid) MUST_CHECK;

/**
 * Read a FETCH.
 *
 * @param rest     of the response; a quoted body keeps its escapes (none of a mail is quoted by
 *                 the servers of today)
 * @return ERR_OK, ERR_PARSE
 */
enum err imap_mail_read(struct str rest, struct imap_mail *ret_mail) MUST_CHECK;

#endif /* CORE_IMAP_IMAP_RESPONSE_H */

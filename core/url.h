/* SPDX-License-Identifier: MIT */
/**
 * url - http and https addresses: taking apart, resolving links, comparing origins (RFC 3986, as
 * far as http needs it). No I/O.
 */
#ifndef CORE_URL_H
#define CORE_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/** An address taken apart; slices of the text it was read from. */
struct url_parts {
	bool is_https;
	struct str host; /* lower-case comparison is the caller's */
	uint16_t port;   /* the scheme's when not given */
	struct str path; /* from '/', with query; may be empty */
};

/** @return ERR_OK, ERR_PARSE not an http(s) URL, or with user name, blanks or control characters */
enum err url_split(struct str url, struct url_parts *ret_parts) MUST_CHECK;

/**
 * Resolve a link against the URL of the request it came with (RFC 3986 5.2 for http): absolute,
 * `//host/…`, `/rooted`, `?query`; a relative path without leading slash is taken from the root of
 * the host (Passona gives "api/2.0/…?page=2").
 *
 * @param ret_url  malloc'd; the caller frees it
 * @return ERR_OK, ERR_PARSE, ERR_NOMEM
 */
enum err url_resolve(struct str base, struct str link, char **ret_url) MUST_CHECK;

/** Same scheme, host and port. */
bool url_same_origin(struct str a, struct str b);

#endif /* CORE_URL_H */

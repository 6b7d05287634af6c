/* SPDX-License-Identifier: MIT */
/**
 * oauth2 - access tokens of one account (RFC 6749; device flow: RFC 8628).
 *
 * One refresh at a time. A new refresh token is on disk before the new access token is used
 * (checkpoint "oauth2/ACCOUNT"), since a vendor that rotates has voided the old one by then.
 * Refreshed at nine tenths of its life, or after a 401, once for each. `invalid_grant` is final
 * until somebody authorises again: the account stops with a clear state, others go on. (Before that
 * the store is looked at again: after a reload the account's former self may have been faster.)
 *
 * The refresh token of the configuration is the first one; when the configuration's differs from
 * the one that the stored chain began with, a person has put in a new one and the chain begins
 * again.
 *
 * Tokens are never logged. Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_VENDOR_OAUTH2_H
#define RECEIVER_REPORT_VENDOR_OAUTH2_H

#include <stdbool.h>
#include <stdint.h>

#include "core/client/http_client.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/str.h"
#include "store/store.h"

struct oauth2;

/** All texts are rendered. */
struct oauth2_conf {
	const char *account;
	bool is_refresh; /* grant refresh_token; else client_credentials */
	struct str token_url, device_url, authorize_url;
	struct str client_id, client_secret, scope;
	struct str
		refresh_token; /* the configuration's; may be empty: then a person must authorise */
	struct str ca;         /* as in struct http_request; borrowed: its owner outlives oauth2 */
};

/** @param conf  copied, but for @c ca. @return ERR_OK, ERR_NOMEM */
enum err oauth2_new(struct loop *loop, struct http_client *http, struct store *store,
                    const struct oauth2_conf *conf, struct oauth2 **ret_oauth2) MUST_CHECK;
/** Waiting callers are dropped without a callback. Accepts NULL. */
void oauth2_free(struct oauth2 *o);

/**
 * @param err    ERR_OK; ERR_AUTH a person must authorise (invalid_grant, no refresh token);
 *               ERR_AGAIN the token endpoint fails or throttles, try later; ERR_IO could not be
 * stored
 * @param token  valid during the call
 * @param text   for people, when not ERR_OK; no token in it
 */
typedef void (*oauth2_done)(void *arg, enum err err, struct str token, const char *text);

/** The present access token, refreshed when it is due. done() comes from the loop. */
enum err oauth2_token(struct oauth2 *o, oauth2_done done, void *arg) MUST_CHECK;

/** This token was answered 401: get another one, unless that has been done already. */
void oauth2_refused(struct oauth2 *o, struct str token);

/* ---- the first authorisation, by a person ---- */

struct oauth2_device {
	struct str verification_uri, verification_uri_complete, user_code;
	uint64_t expires_ms; /* from now */
};

struct oauth2_person_ops {
	/** Device flow: what the person has to open and type. */
	void (*on_device)(void *arg, const struct oauth2_device *device);
	/** @param has_refresh  a refresh token came; without one it ends with the access token */
	void (*on_done)(void *arg, enum err err, bool has_refresh, const char *text);
};

/** Device flow; polls as RFC 8628 3.5 says. */
enum err oauth2_device(struct oauth2 *o, const struct oauth2_person_ops *ops, void *arg) MUST_CHECK;

/** The address to open in a browser. @param ret_url  malloc'd */
enum err oauth2_authorize_url(const struct oauth2 *o, struct str redirect_uri, struct str state,
                              char **ret_url) MUST_CHECK;
/** Exchange a code that a person pasted. */
enum err oauth2_code(struct oauth2 *o, struct str code, struct str redirect_uri,
                     const struct oauth2_person_ops *ops, void *arg) MUST_CHECK;

/** Whether a person's authorisation is under way: another one would take its place. */
bool oauth2_has_person(const struct oauth2 *o);
/** End the one that was begun with @p arg, if it is under way; no callback comes any more. */
void oauth2_person_drop(struct oauth2 *o, const void *arg);

#endif /* RECEIVER_REPORT_VENDOR_OAUTH2_H */

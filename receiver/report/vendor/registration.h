/* SPDX-License-Identifier: MIT */
/**
 * registration - tell a vendor of our webhooks, by what its profile says under `register`.
 *
 *     registration_ask ─▶ list: request for each page ─▶ webhooks ─▶ done
 *                      ─▶ create, update, delete: one request ─────▶ done
 *
 * Here and not in receiver/webhook, since it asks through vendor_client and that folder does not
 * know this one.
 *
 * Of what the vendor lists only id, address, status and events are kept: some answer with our
 * password in clear. Nothing of it is logged.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_VENDOR_REGISTRATION_H
#define RECEIVER_REPORT_VENDOR_REGISTRATION_H

#include "core/err.h"
#include "core/str.h"
#include "normalise/page.h"
#include "receiver/report/vendor/vendor_client.h"

#define REGISTRATION_HOOKS_MAX 10000

struct registration;

enum registration_verb {
	REGISTRATION_LIST,
	REGISTRATION_CREATE,
	REGISTRATION_UPDATE,
	REGISTRATION_DELETE
};

struct registration_order {
	enum registration_verb verb;   /* one that the profile has */
	struct str id;                 /* UPDATE, DELETE */
	struct str url;                /* CREATE, UPDATE */
	struct str username, password; /* CREATE, UPDATE */
};

struct registration_answer {
	enum vendor_end end;
	unsigned status;               /* of the vendor's last answer; 0: none */
	bool was_sent;                 /* the vendor may have acted on it */
	const char *text;              /* for people, when not OK; the password is not in it */
	const struct page_hook *hooks; /* LIST: those of all pages, in order; with their texts they
	                                  live until registration_free() */
	size_t hook_count;
};

/** @c text is valid during the call, which may free the registration. */
typedef void (*registration_done)(void *arg, const struct registration_answer *answer);

/**
 * @param client  borrowed; must outlive it
 * @param spec    borrowed from the profile of @p client
 * @param order   texts are not needed after the call
 * @return ERR_OK done() will be called from the loop; ERR_NOENT, ERR_INVAL as vendor_client_send();
 *         ERR_NOMEM
 */
enum err registration_ask(struct vendor_client *client, const struct register_spec *spec,
                          const struct registration_order *order, registration_done done, void *arg,
                          struct registration **ret_registration) MUST_CHECK;

/** What is under way is cancelled without a callback. Accepts NULL. */
void registration_free(struct registration *r);

#endif /* RECEIVER_REPORT_VENDOR_REGISTRATION_H */

/* SPDX-License-Identifier: MIT */
/** register_order - what the command line of `register` says, and what its parts share. */
#ifndef CMD_REGISTER_REGISTER_ORDER_H
#define CMD_REGISTER_REGISTER_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/app/asking.h"
#include "receiver/report/vendor/registration.h"

#define REGISTER_USERNAME_SIZE 257
#define REGISTER_PASSWORD_SIZE 513

enum register_verb {
	REGISTER_CREATE,
	REGISTER_LIST,
	REGISTER_UPDATE,
	REGISTER_ROTATE,
	REGISTER_DELETE
};

struct register_order {
	enum register_verb verb;
	const char *conf_file;
	const char *account_name, *webhook_name;
	const char *url;           /* NULL: not given */
	const char *id;            /* of UPDATE, ROTATE, DELETE */
	const char *username;      /* NULL: ACCOUNT-WEBHOOK */
	const char *password_file; /* NULL: a random one; "-": standard input */
	uint64_t keep_ms;
	bool does_write, shows_password;
};

/** Everything of one run of the command. */
struct registering {
	const struct register_order *order;
	const struct conf *conf;
	const struct conf_account *account;
	const struct conf_webhook *hook;
	size_t account_number, webhook_number; /* in the file */
	const struct register_spec *spec;
	struct asking asking;

	/* the pair that the vendor gets; wiped at the end */
	char username[REGISTER_USERNAME_SIZE];
	char password[REGISTER_PASSWORD_SIZE];
};

/* ---- register_verbs.c ---- */

/** Do what the order says; everything of @p r but the pair is there. */
enum exit_code register_obey(struct registering *r) MUST_CHECK;

/* ---- register_pair.c ---- */

/** Take the pair that was given, or make one. */
enum exit_code register_pair_make(struct registering *r) MUST_CHECK;

/**
 * See to it that the daemon takes the pair before the vendor is told of it: write its hash into the
 * configuration or print it, and wait for the daemon.
 */
enum exit_code register_pair_admit(struct registering *r) MUST_CHECK;

/* ---- register_trial.c ---- */

enum trial {
	TRIAL_OPENS,   /* the daemon takes the pair */
	TRIAL_REFUSED, /* the daemon that runs does not know it yet */
	TRIAL_NOBODY   /* nobody listens there: no daemon runs */
};

/** Call our own webhook with the pair, as a probe: nothing is stored. */
enum trial register_trial(struct registering *r);

/** Wait so long on the loop. */
void register_pause(struct registering *r, uint64_t ms);

/* ---- register_vendor.c ---- */

/** What the vendor has: all of its webhooks, or those with our address. */
struct register_list {
	struct registration *registration; /* owns the texts */
	const struct page_hook *hooks;
	size_t count;
};

/** Complains on failure. @return EXIT_OK, or what the command exits with */
enum exit_code register_vendor_list(struct registering *r,
                                    struct register_list *ret_list) MUST_CHECK;
void register_list_free(struct register_list *list);
const struct page_hook *register_list_url(const struct register_list *list, struct str url);
const struct page_hook *register_list_id(const struct register_list *list, struct str id);

/** CREATE, UPDATE, DELETE. @param url  of CREATE and UPDATE */
enum exit_code register_vendor_tell(struct registering *r, enum registration_verb verb,
                                    struct str url) MUST_CHECK;

#endif /* CMD_REGISTER_REGISTER_ORDER_H */

/* SPDX-License-Identifier: MIT */
/** oauth2_internal - the parts of oauth2 know each other here. Private to oauth2. */
#ifndef RECEIVER_REPORT_VENDOR_OAUTH2_INTERNAL_H
#define RECEIVER_REPORT_VENDOR_OAUTH2_INTERNAL_H

#include <sys/queue.h>

#include "receiver/report/vendor/oauth2.h"
#include "receiver/report/vendor/oauth2_chain.h"
#include "receiver/report/vendor/oauth2_post.h"

struct oauth2_keep;
struct oauth2_person;

#define OAUTH2_MAGIC 0x6f617574U

/* Somebody who waits for a token. */
struct oauth2_waiter {
	STAILQ_ENTRY(oauth2_waiter) link;
	oauth2_done done;
	void *arg;
};

STAILQ_HEAD(oauth2_waiters, oauth2_waiter);

struct oauth2 {
	unsigned magic;
	struct loop *loop;
	struct http_client *http;
	struct store *store;
	struct oauth2_conf conf; /* its texts are in @c texts */
	struct arena texts;
	struct buf key; /* of the checkpoint */
	struct oauth2_chain chain;
	bool is_loaded;
	bool is_fresh;     /* the access token came just now: it is given once, whatever its life */
	bool is_refused;   /* the access token was answered 401 */
	bool is_void;      /* invalid_grant */
	unsigned chain_no; /* counts what the chain became */
	unsigned saved_no; /* which of them the store has … */
	unsigned saving_no; /* … and which it is being given */
	char *void_refresh; /* owned; invalid_grant for this one: is the store's another? NULL */
	char trouble[200];  /* what answers with ERR_AUTH say */
	struct oauth2_keep *keep; /* reading or writing the chain; owned by itself */
	struct oauth2_post post;  /* refresh */
	uint64_t post_ms;         /* no request to the token endpoint before: monotonic */
	struct loop_timer *timer; /* takes the next step */
	struct oauth2_waiters waiters;
	struct oauth2_person *person; /* owned; NULL */
};

/** Do what is due; never calls anybody from within when called from outside of the loop. */
void oauth2_wake(struct oauth2 *o, uint64_t delay_ms);

/** How long until the token endpoint may be asked, and count that it is asked then. */
uint64_t oauth2_post_wait(const struct oauth2 *o);
void oauth2_post_spend(struct oauth2 *o, uint64_t pause_ms);

/* ---- oauth2_step.c: what is due ---- */

/** Something is under way whose end takes the next step. */
bool oauth2_is_busy(const struct oauth2 *o);
void oauth2_on_step(void *arg);
void oauth2_on_refreshed(void *arg, const struct oauth2_answer *answer);

/** Tokens that a person's authorisation gave: they replace the chain. @return ERR_OK, ERR_NOMEM */
enum err oauth2_adopt(struct oauth2 *o, const struct oauth2_grant *grant) MUST_CHECK;

/* ---- oauth2_keep.c: the chain in the store ---- */

/** Both end in oauth2_on_loaded() and oauth2_on_saved(), from the loop. */
enum err oauth2_keep_load(struct oauth2 *o) MUST_CHECK;
enum err oauth2_keep_save(struct oauth2 *o) MUST_CHECK;
/** Its owner goes: what is under way ends by itself. Accepts NULL. */
void oauth2_keep_drop(struct oauth2_keep *keep);

void oauth2_on_loaded(struct oauth2 *o, enum err err, struct str value);
void oauth2_on_saved(struct oauth2 *o, enum err err);

/* ---- oauth2_person.c ---- */

void oauth2_person_free(struct oauth2_person *p);
/** The chain that a person's authorisation gave is on disk, or could not be stored. */
void oauth2_person_saved(struct oauth2 *o, enum err err);

#endif /* RECEIVER_REPORT_VENDOR_OAUTH2_INTERNAL_H */

/* SPDX-License-Identifier: MIT */
/**
 * mailboxes - the mailboxes of all accounts: reports with the same URL, folder, user, authorities,
 * senders and pause share one connection.
 *
 *     mailbox_of(conf) ─▶ mailbox_wait(waiter) ─▶ on_link ─▶ mailbox_kept() or mailbox_released()
 *                                    ▲                              │            │ told again
 *                                    └── waits anew ── mailbox_leave() ◀── … ◀───┘
 *
 * A link that may be of several waiting jobs of one campaign goes to one of them, is_shared: the
 * file's header says whose it is. It goes to who had the fewest of that kind since it was ordered,
 * so that of two jobs each gets a file in the end. A mail for a job that has its link is left as it
 * is, until somebody begins to wait: then it may be its.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_MAIL_MAILBOXES_H
#define RECEIVER_REPORT_MAIL_MAILBOXES_H

#include "core/loop.h"
#include "receiver/report/mail/completion_mailbox.h"

struct mailboxes;
struct mailbox;
struct mail_waiter;

/** As configured (`mailbox` of an account or report). */
struct mailbox_conf {
	const char *url; /* imaps://HOST[:PORT] or imap://… ; without the folder */
	const char *folder;
	const char *username, *password;
	const char *ca; /* NULL: the system's */
	bool wants_starttls;
	const struct str *from; /* senders; none: the profile's */
	size_t from_count;
	uint64_t poll_ms; /* 0: 20 s */
};

/** @return ERR_OK, ERR_NOMEM */
enum err mailboxes_new(struct loop *loop, struct mailboxes **ret_mailboxes) MUST_CHECK;
/** No waiter and no reference is left. Accepts NULL. */
void mailboxes_free(struct mailboxes *m);

/**
 * One of that configuration; made when there is none, and gone some time after its last reference
 * and waiter.
 *
 * @return a reference; NULL-safe to mailbox_unref(). ERR_OK, ERR_NOMEM, ERR_INVAL, ERR_NOENT no
 * such CA file
 */
enum err mailbox_of(struct mailboxes *m, const struct mailbox_conf *conf,
                    struct mailbox **ret_box) MUST_CHECK;
struct mailbox *mailbox_ref(struct mailbox *box);
void mailbox_unref(struct mailbox *box);

/**
 * The campaigns of an account whose mails come to it: a mail that names one of them is nobody
 * else's, though only one waits. Each account that shares the mailbox tells its own.
 *
 * @param ids  NULL: they are to come soon; no mail is looked at before, up to a deadline
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT too many accounts
 */
enum err mailbox_know(struct mailbox *box, const char *account,
                      struct campaign_ids *ids) MUST_CHECK;

struct mail_wanted {
	struct str id;               /* of the job: the checkpoint's key */
	struct str account;          /* see struct completion_job */
	struct str campaign, report; /* see struct report_mail_job */
	int64_t ordered_ms;
	const struct report_mail_spec *spec; /* borrowed until the waiter is gone */
};

/** @p link is a secret, valid during the call. Answer with mailbox_kept() or mailbox_released(),
 * now or later, also when it is not wanted any more. */
typedef void (*mail_link_fn)(void *arg, struct str link, bool is_shared);

/** @return ERR_OK, ERR_NOMEM, ERR_EXISTS that id waits, ERR_LIMIT too many */
enum err mailbox_wait(struct mailbox *box, const struct mail_wanted *wanted, mail_link_fn on_link,
                      void *arg, struct mail_waiter **ret_waiter) MUST_CHECK;
/** Which mail had the link that it was told, from within mail_link_fn or later. */
struct completion_mail mailbox_told(const struct mail_waiter *w);
/**
 * A link of that mail was stored before a restart: mark it as seen, unless it was. Goes on after
 * the reference is gone. One that was noted of another mailbox, or of nobody knows which, is left
 * as it is: the number may be another mail's.
 */
void mailbox_mark(struct mailbox *box, struct completion_mail mail);
/** The link of a mail with that digest was stored before a restart: it is told to nobody. */
void mailbox_used(struct mailbox *box, uint64_t digest);
/** Where its mails are: URL, folder and user as one number, the same after a restart. */
uint64_t mailbox_identity(const struct mailbox *box);
/**
 * What it was told is stored: mark the mail as seen, and wait no more. The same id may wait anew
 * from then on. The waiter is gone with mailbox_leave() alone.
 */
void mailbox_kept(struct mail_waiter *w);
/** It could not be stored: tell it again. */
void mailbox_released(struct mail_waiter *w);
/** Nobody waits any more: what it was told and has not kept is told to others. Accepts NULL. */
void mailbox_leave(struct mail_waiter *w);

/** Whether a mail is about to be marked as seen, at a mailbox that works. */
bool mailboxes_is_marking(const struct mailboxes *m);

/** For status: see completion_mailbox_status(). */
typedef void (*mailbox_status_fn)(void *arg, const char *url, const char *username,
                                  const struct completion_status *status);
void mailboxes_status(const struct mailboxes *m, mailbox_status_fn fn, void *arg);

#endif /* RECEIVER_REPORT_MAIL_MAILBOXES_H */

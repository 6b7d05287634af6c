/* SPDX-License-Identifier: MIT */
/**
 * completion_mailbox - waits for the mails that say where ordered reports are.
 *
 * Several jobs share one mailbox and its connection. Each poll searches the mails that are unseen
 * and came since the oldest order, and looks at those that it has not looked at before: sender
 * first, then the whole mail.
 *
 *     add_job ─▶ [waiting] ─poll─▶ [looking] ─▶ on_found(link) ─▶ owner stores it ─▶ stored ─▶
 * \Seen ▲                 │ └──── wait ◀── [down]            released ─▶ looked at again
 *
 * A mail is marked as seen only when its owner says that its link is stored. All others stay as
 * they are: unseen, and not fetched again until the process is started anew, or a job is added that
 * was ordered before they came. Nothing is ever deleted.
 *
 * A mail whose link was stored is used: it is told to nobody again, also when the server forgets
 * that it was marked, or numbers its mails anew. It is known by what is in it and when it came.
 *
 * Jobs that were removed are remembered: a mail that names one of theirs is left as it is, and not
 * taken for that of the only one that still waits. Nor is one that names any other campaign of the
 * accounts that share the mailbox (completion_mailbox_know()).
 *
 * A mail that came more than five minutes before a job was ordered is not its report: clocks
 * differ, but an old report's mail must not answer a new order.
 *
 * Logs mailbox.* once for each change, and never a link, an address or a subject. Threads: the
 * loop's.
 */
#ifndef RECEIVER_REPORT_MAIL_COMPLETION_MAILBOX_H
#define RECEIVER_REPORT_MAIL_COMPLETION_MAILBOX_H

#include <stdint.h>

#include "core/imap/imap_client.h"
#include "receiver/report/mail/report_mail.h"

#define COMPLETION_JOBS_MAX     256
#define COMPLETION_FROM_MAX     16
#define COMPLETION_ACCOUNTS_MAX 1000
#define COMPLETION_KNOW_MS      30000

struct completion_mailbox;

/** It went down, or works (again). May call what completion_found_fn may. */
typedef void (*completion_state_fn)(void *arg);

struct completion_mailbox_conf {
	const char *name; /* for the log and metrics: what the configuration calls it */
	struct imap_client_conf imap;
	/** Senders: "reports@example.com", or "@example.com" for all of that domain. None: any. */
	const struct str *from;
	size_t from_count;            /* at most COMPLETION_FROM_MAX */
	uint64_t poll_ms;             /* 0: 20 s */
	uint64_t wait_ms;             /* after the first failure, at most; 0: a second */
	completion_state_fn on_state; /* NULL: nobody asks */
};

struct completion_job {
	struct str id;               /* the owner's name for it */
	struct str account;          /* the same report of two of them is told apart by nothing */
	struct str campaign, report; /* see struct report_mail_job */
	int64_t ordered_at_ms;
	const struct report_mail_spec *spec; /* borrowed until it is removed; jobs with the same
	                                        words are looked at together */
};

struct completion_mail {
	uint32_t uid_validity, uid;
	uint64_t digest; /* mail_digest_of(); 0: not known */
	uint64_t box;    /* whose numbers these are: mailbox_identity(); 0: not known */
};

/** Slices are valid during the callback. */
struct completion_found {
	struct completion_mail mail; /* for completion_mailbox_stored() or _released() */
	struct str link;             /* a secret */
	const struct str *jobs;      /* ids: one, or several of one campaign */
	size_t job_count;
	bool is_shared; /* several, or of a campaign that others waited for before */
};

/** May call everything of this module, completion_mailbox_free() too. */
typedef void (*completion_found_fn)(void *arg, const struct completion_found *found);

enum completion_state {
	COMPLETION_IDLE,    /* nobody waits */
	COMPLETION_WAITING, /* for the next poll */
	COMPLETION_LOOKING,
	COMPLETION_DOWN, /* the server does not do it; tried again later and later */
};

struct completion_status {
	enum completion_state state;
	enum imap_end end;    /* of the last attempt that is over */
	const char *text;     /* words for people, "" for OK; valid until the next turn */
	int64_t since_ms;     /* of DOWN, else 0 */
	int64_t looked_at_ms; /* end of the last poll that went well; 0: none yet */
	size_t jobs;
	size_t untold;                           /* links that their owner has not stored yet */
	size_t unmarked;                         /* stored, but not yet marked as seen */
	uint64_t mails[REPORT_MAIL_SEVERAL + 1]; /* looked at, by verdict */
	uint64_t second_mails;                   /* of jobs that had a link already */
	uint64_t too_large;                      /* mails past REPORT_MAIL_MAX: never fetched */
};

/** @return ERR_OK, ERR_NOMEM, ERR_NOENT, ERR_INVAL: as imap_client_new(); a sender that is no ASCII
 */
enum err completion_mailbox_new(struct loop *loop, const struct completion_mailbox_conf *conf,
                                completion_found_fn on_found, void *arg,
                                struct completion_mailbox **ret_box) MUST_CHECK;
/** Accepts NULL. */
void completion_mailbox_free(struct completion_mailbox *box);

/**
 * Wait for the mail of a job.
 *
 * @return ERR_OK, ERR_NOMEM, ERR_EXISTS that id is there, ERR_LIMIT COMPLETION_JOBS_MAX wait
 */
enum err completion_mailbox_add_job(struct completion_mailbox *box,
                                    const struct completion_job *job) MUST_CHECK;
/** Its mail is there, or nobody waits any more. Unknown ids are fine. */
void completion_mailbox_remove_job(struct completion_mailbox *box, struct str id);

/** The link of this mail is stored durably: mark it as seen. */
void completion_mailbox_stored(struct completion_mailbox *box, struct completion_mail mail);
/**
 * It was stored before a restart, and perhaps not marked: mark it. One of a mailbox that was made
 * anew meanwhile is forgotten.
 */
void completion_mailbox_mark(struct completion_mailbox *box, struct completion_mail mail);
/** The link of a mail with that digest was stored before a restart: tell it to nobody. */
void completion_mailbox_used(struct completion_mailbox *box, uint64_t digest);
/** It could not be stored: tell it again at the next poll. */
void completion_mailbox_released(struct completion_mailbox *box, struct completion_mail mail);

/** Who it may be of has a link already: it is left as it is, until a job is added. */
void completion_mailbox_passed(struct completion_mailbox *box, struct completion_mail mail);

/**
 * The campaigns of an account whose mails come here, in place of those that were known of it.
 *
 * @param ids  a reference is taken. NULL: they are still to come; no look is begun before they are
 *             there, for COMPLETION_KNOW_MS at most; nothing changes when they were there already
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT COMPLETION_ACCOUNTS_MAX
 */
enum err completion_mailbox_know(struct completion_mailbox *box, struct str account,
                                 struct campaign_ids *ids) MUST_CHECK;

struct completion_status completion_mailbox_status(const struct completion_mailbox *box);
const char *completion_state_str(enum completion_state state);

#endif /* RECEIVER_REPORT_MAIL_COMPLETION_MAILBOX_H */

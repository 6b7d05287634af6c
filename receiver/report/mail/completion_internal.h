/* SPDX-License-Identifier: MIT */
/** completion_internal - what the files of completion_mailbox share; nobody else includes it. */
#ifndef RECEIVER_REPORT_MAIL_COMPLETION_INTERNAL_H
#define RECEIVER_REPORT_MAIL_COMPLETION_INTERNAL_H

#include "core/backoff.h"
#include "core/stay.h"
#include "receiver/report/mail/completion_mailbox.h"
#include "receiver/report/mail/looked_mails.h"
#include "receiver/report/mail/mail_validity.h"
#include "receiver/report/mail/used_mails.h"

#define COMPLETION_MAGIC       0x636d7062U
#define COMPLETION_TOLD_MAX    1000
#define COMPLETION_BATCH       IMAP_FETCH_MAX
#define COMPLETION_ROUND_MAX   2000 /* mails of a round; then it searches again, for the newest */
#define COMPLETION_IGNORED_MAX 256
#define COMPLETION_KNOWN_MAX   256  /* jobs that waited */
#define COMPLETION_FIRST_MS    2000 /* so long after the first job others are added before a look */
#define COMPLETION_SLACK_MS    300000 /* a mail may seem to be so much older than its order */

/** A copy of struct completion_job. */
struct waiting_job {
	char *id, *account, *campaign, *report; /* owned */
	int64_t ordered_at_ms;
	const struct report_mail_spec *spec; /* borrowed */
	bool is_told;                        /* a link that was surely its own */
};

/** A mail whose link was told. */
struct told_mail {
	uint32_t uid_validity; /* another one than the mailbox's only before its first look */
	uint32_t uid;
	bool is_stored; /* to be marked as seen */
	bool is_marking;
	char *job; /* owned; the only one that it can be, or NULL */
};

/** One whose campaigns are known, or are to come. */
struct mail_account {
	char *name;        /* owned */
	uint64_t until_ms; /* monotonic: no look before, unless they came */
};

struct completion_mailbox {
	unsigned magic;
	struct loop *loop; /* borrowed: outlives us */
	char *name;        /* owned */
	char *from[COMPLETION_FROM_MAX];
	size_t from_count;
	uint64_t poll_ms;
	completion_found_fn on_found;
	completion_state_fn on_state;
	void *arg;                /* borrowed */
	struct imap_client *imap; /* owned */
	struct loop_timer *timer; /* owned; next poll */
	struct backoff wait, login_wait;

	struct waiting_job jobs[COMPLETION_JOBS_MAX];
	size_t job_count;
	struct waiting_job known[COMPLETION_KNOWN_MAX]; /* without spec; a ring */
	size_t known_count, known_next;
	struct mail_account *accounts; /* owned */
	struct campaign_ids **ids;     /* owned, as are the references: theirs; NULL: to come */
	size_t account_count;
	bool is_held;           /* for these */
	struct told_mail *told; /* owned; COMPLETION_TOLD_MAX */
	size_t told_count;

	struct mail_validity validity;
	struct looked_mails looked;
	struct used_mails used;
	bool is_loss_told;                        /* that marks are not kept */
	uint32_t ignored[COMPLETION_IGNORED_MAX]; /* mails that people were told of; a ring */
	size_t ignored_next;
	uint32_t *uids; /* owned; to look at in this round, newest first */
	size_t uid_count, uid_next;
	uint32_t batch[COMPLETION_BATCH]; /* whole mails to be fetched of the present batch */
	size_t batch_count, batch_next;
	bool has_more;           /* mails that this round does not look at */
	bool is_forgotten;       /* a job came that wants a new round */
	int64_t began_ms;        /* the round */
	struct imap_call *call;  /* of the round; NULL: none */
	struct imap_call *marks; /* marking; NULL: none */

	struct completion_status status;
	char text[256]; /* status.text */
	struct stay stay;
};

/* completion_mailbox.c */
void completion_enter(struct completion_mailbox *box);
/** @p box may be gone afterwards. */
void completion_leave(struct completion_mailbox *box);
/** It does not work: look again after that time. */
void completion_down(struct completion_mailbox *box, enum imap_end end, const char *text,
                     uint64_t wait_ms);
/** A call of the round or of marking could not be made. */
void completion_fail(struct completion_mailbox *box, enum imap_end end, const char *text);
/** The round is over. */
void completion_round_over(struct completion_mailbox *box);

/* completion_validity.c */

/** Forget all UIDs when it is another one. */
void completion_set_validity(struct completion_mailbox *box, uint32_t uid_validity);
/** It changed while the round ran, which is over: at once anew, but not again and again. */
void completion_renumbered(struct completion_mailbox *box, uint32_t uid_validity);

/* completion_round.c */
void completion_round_begin(struct completion_mailbox *box);

/* completion_mail.c */

/** A whole mail: whose is it? Tells its owner; else it counts as looked at. */
void completion_take_mail(struct completion_mailbox *box, const struct imap_mail *mail);
/** The sender, from the head of a mail: is the rest worth fetching? */
bool completion_is_wanted(struct completion_mailbox *box, const struct imap_mail *mail);

/* completion_told.c */
bool completion_is_told(const struct completion_mailbox *box, uint32_t uid);
/** @param job  the only one that it can be; NULL: several. @return ERR_OK, ERR_NOMEM, ERR_LIMIT */
enum err completion_add_told(struct completion_mailbox *box, uint32_t uid,
                             const char *job) MUST_CHECK;
/** All but those of that validity; 0: all. */
void completion_clear_told(struct completion_mailbox *box, uint32_t uid_validity);
/** Its link was followed before: to be marked as seen, and told to nobody. @return whether it was
 */
bool completion_take_used(struct completion_mailbox *box, uint32_t uid, uint64_t digest);
/** A search found it unseen. Was it marked? */
void completion_note_unseen(struct completion_mailbox *box, uint32_t uid);
/** Mark what is stored, when nothing is being marked. */
void completion_mark(struct completion_mailbox *box);

/* completion_jobs.c */
struct waiting_job *completion_find_job(struct completion_mailbox *box, struct str id);
/** When the oldest order was made. */
int64_t completion_oldest_ms(const struct completion_mailbox *box);
void completion_free_jobs(struct completion_mailbox *box);

/* completion_known.c */

/** How long the next look waits for what is to come; 0: it does not. */
uint64_t completion_held_ms(const struct completion_mailbox *box);
void completion_free_known(struct completion_mailbox *box);

#endif /* RECEIVER_REPORT_MAIL_COMPLETION_INTERNAL_H */

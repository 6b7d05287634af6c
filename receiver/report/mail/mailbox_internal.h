/* SPDX-License-Identifier: MIT */
/** mailbox_internal - what the files of mailboxes share; nobody else includes it. */
#ifndef RECEIVER_REPORT_MAIL_MAILBOX_INTERNAL_H
#define RECEIVER_REPORT_MAIL_MAILBOX_INTERNAL_H

#include <sys/queue.h>

#include "receiver/report/mail/mailbox_turns.h"
#include "receiver/report/mail/mailboxes.h"

#define MAILBOX_MAGIC 0x6d626f78U

TAILQ_HEAD(mailbox_list, mailbox);
TAILQ_HEAD(waiter_list, mail_waiter);

struct mailboxes {
	struct loop *loop;        /* borrowed */
	struct mailbox_list list; /* owned */
	struct loop_timer *timer; /* owned; looks for those that nobody wants */
};

struct mailbox {
	unsigned magic;
	TAILQ_ENTRY(mailbox) link;
	struct mailboxes *m; /* borrowed: owns us */
	unsigned refs;       /* of waiters, too */
	uint64_t unused_ms;  /* monotonic: since when there is none */
	char *label; /* owned; URL with the folder: what it is called in log, metrics and status */
	char *url, *folder, *username, *password, *ca; /* owned; ca: NULL */
	bool wants_starttls;
	char *from[COMPLETION_FROM_MAX]; /* owned */
	size_t from_count;
	uint64_t poll_ms;
	uint64_t identity;
	struct completion_mailbox *box; /* owned */
	struct waiter_list waiters;     /* borrowed */
	struct mailbox_turns turns;
};

/** A mail: completion_found_fn. */
void mailbox_on_found(void *arg, const struct completion_found *found);

#endif /* RECEIVER_REPORT_MAIL_MAILBOX_INTERNAL_H */

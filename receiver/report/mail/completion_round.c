/* SPDX-License-Identifier: MIT */
/* One look into the mailbox: search ─▶ senders of a batch ─▶ each wanted mail ─▶ next batch. */
#include <stdlib.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/mail/completion_internal.h"

#define DAY_MS 86400000 /* SEARCH knows days alone, in the server's own zone */

static void next_batch(struct completion_mailbox *box);
static void next_mail(struct completion_mailbox *box);

/* @return whether the round goes on */
static bool is_good(struct completion_mailbox *box, const struct imap_answer *answer)
{
	box->call = NULL;
	if (answer->end == IMAP_END_OK)
		return true;
	if (answer->end == IMAP_END_CHANGED) {
		completion_renumbered(box, answer->uid_validity);
	} else {
		completion_fail(box, answer->end, answer->text);
	}
	return false;
}

static void fail_with(struct completion_mailbox *box, enum err err)
{
	if (err != ERR_OK)
		completion_fail(box, IMAP_END_NOMEM, err_str(err));
}

/* What was wanted is fetched one by one: a mail may have ten megabytes. */
static void mail_on_mail(void *arg, const struct imap_mail *mail)
{
	struct completion_mailbox *box;

	OBJ_FROM(box, arg, COMPLETION_MAGIC);
	completion_enter(box);
	completion_take_mail(box, mail);
	completion_leave(box);
}

static void mail_on_done(void *arg, const struct imap_answer *answer)
{
	struct completion_mailbox *box;

	OBJ_FROM(box, arg, COMPLETION_MAGIC);
	completion_enter(box);
	if (is_good(box, answer))
		next_mail(box);
	completion_leave(box);
}

static void next_mail(struct completion_mailbox *box)
{
	static const struct imap_ops ops = {mail_on_mail, mail_on_done};
	struct imap_fetch what = {.uid_validity = box->validity.value,
	                          .uid_count = 1,
	                          .part = IMAP_PART_WHOLE,
	                          .max = REPORT_MAIL_MAX};

	if (box->batch_next == box->batch_count) {
		next_batch(box);
		return;
	}
	what.uids = &box->batch[box->batch_next++];
	fail_with(box, imap_client_fetch(box->imap, &what, &ops, box, &box->call));
}

static void head_on_mail(void *arg, const struct imap_mail *mail)
{
	struct completion_mailbox *box;

	OBJ_FROM(box, arg, COMPLETION_MAGIC);
	/* A server may tell more mails than were asked for, and any twice. */
	if (box->batch_count < COMPLETION_BATCH && completion_is_wanted(box, mail))
		box->batch[box->batch_count++] = mail->uid;
}

static int compare_down(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y) - (x > y);
}

static void head_on_done(void *arg, const struct imap_answer *answer)
{
	struct completion_mailbox *box;

	OBJ_FROM(box, arg, COMPLETION_MAGIC);
	completion_enter(box);
	if (is_good(box, answer)) {
		qsort(box->batch, box->batch_count, sizeof(box->batch[0]), compare_down);
		next_mail(box);
	}
	completion_leave(box);
}

static void next_batch(struct completion_mailbox *box)
{
	static const struct imap_ops ops = {head_on_mail, head_on_done};
	size_t left = box->uid_count - box->uid_next;
	struct imap_fetch what = {.uid_validity = box->validity.value,
	                          .uids = box->uids + box->uid_next,
	                          .uid_count = left < COMPLETION_BATCH ? left : COMPLETION_BATCH,
	                          .part = IMAP_PART_ADDRESS};

	box->batch_count = 0;
	box->batch_next = 0;
	if (left == 0) {
		completion_round_over(box);
		return;
	}
	box->uid_next += what.uid_count;
	fail_with(box, imap_client_fetch(box->imap, &what, &ops, box, &box->call));
}

/* Newest first: the mail of a fresh order is among them. */
static enum err choose(struct completion_mailbox *box, const struct imap_answer *answer)
{
	box->uid_count = 0;
	box->uid_next = 0;
	box->has_more = false;
	if (box->uids == NULL)
		box->uids = malloc(COMPLETION_ROUND_MAX * sizeof(*box->uids));
	if (box->uids == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < answer->uid_count; i++)
		completion_note_unseen(box, answer->uids[i]);
	/* Nobody waits: the round was for marks alone. */
	for (size_t i = box->job_count > 0 ? answer->uid_count : 0; i > 0 && !box->has_more; i--) {
		uint32_t uid = answer->uids[i - 1];

		if (looked_mails_has(&box->looked, uid) || completion_is_told(box, uid))
			continue;
		box->has_more = box->uid_count == COMPLETION_ROUND_MAX;
		if (!box->has_more)
			box->uids[box->uid_count++] = uid;
	}
	return ERR_OK;
}

static void search_on_done(void *arg, const struct imap_answer *answer)
{
	struct completion_mailbox *box;

	OBJ_FROM(box, arg, COMPLETION_MAGIC);
	completion_enter(box);
	if (is_good(box, answer)) {
		completion_set_validity(box, answer->uid_validity);
		completion_mark(box);

		enum err err = choose(box, answer);

		if (err == ERR_OK)
			next_batch(box);
		fail_with(box, err);
	}
	completion_leave(box);
}

void completion_round_begin(struct completion_mailbox *box)
{
	static const struct imap_ops ops = {NULL, search_on_done};
	struct str from[COMPLETION_FROM_MAX];
	struct imap_search what = {.is_unseen = true,
	                           .above_uid = box->looked.floor,
	                           .from = from,
	                           .from_count = box->from_count};

	/* Without a job only marks are due: any search finds out whether the server is there. */
	what.since_ms = (box->job_count > 0 ? completion_oldest_ms(box) : clock_now_ms()) - DAY_MS;
	for (size_t i = 0; i < box->from_count; i++)
		from[i] = str_from(box->from[i]);
	box->is_forgotten = false;
	box->status.state = COMPLETION_LOOKING;
	box->began_ms = clock_now_ms();
	fail_with(box, imap_client_search(box->imap, &what, &ops, box, &box->call));
}

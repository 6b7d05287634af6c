/* SPDX-License-Identifier: MIT */
/* Mails whose link was told, up to their mark as seen. */
#include <stdlib.h>

#include "core/log.h"
#include "core/metrics.h"
#include "core/obj.h"
#include "receiver/report/mail/completion_internal.h"

static struct told_mail *find(const struct completion_mailbox *box, uint32_t uid)
{
	for (size_t i = 0; i < box->told_count; i++) {
		if (box->told[i].uid == uid)
			return &box->told[i];
	}
	return NULL;
}

bool completion_is_told(const struct completion_mailbox *box, uint32_t uid)
{
	return find(box, uid) != NULL;
}

enum err completion_add_told(struct completion_mailbox *box, uint32_t uid, const char *job)
{
	char *copy = NULL;

	if (box->told_count == COMPLETION_TOLD_MAX)
		return ERR_LIMIT;
	if (job != NULL && (copy = str_dup(str_from(job))) == NULL)
		return ERR_NOMEM;
	box->told[box->told_count++] =
		(struct told_mail){.uid_validity = box->validity.value, .uid = uid, .job = copy};
	return ERR_OK;
}

static void remove_told(struct completion_mailbox *box, struct told_mail *mail)
{
	free(mail->job);
	*mail = box->told[--box->told_count];
}

void completion_clear_told(struct completion_mailbox *box, uint32_t uid_validity)
{
	for (size_t i = box->told_count; i > 0; i--) {
		if (uid_validity == 0 || box->told[i - 1].uid_validity != uid_validity)
			remove_told(box, &box->told[i - 1]);
	}
}

/* What was marked is over; what was not waits for the next round. */
static void end_marking(struct completion_mailbox *box, bool is_ok)
{
	for (size_t i = box->told_count; i > 0; i--) {
		struct told_mail *mail = &box->told[i - 1];

		if (is_ok && mail->is_marking) {
			if (looked_mails_mark(&box->looked, mail->uid) != ERR_OK)
				log_debug("mailbox.not_remembered", log_int("uid", mail->uid));
			remove_told(box, mail);
		} else {
			mail->is_marking = false;
		}
	}
}

bool completion_take_used(struct completion_mailbox *box, uint32_t uid, uint64_t digest)
{
	if (!used_mails_has(&box->used, digest))
		return false;
	/* When there is no place: the next round finds it again. */
	if (box->told_count < COMPLETION_TOLD_MAX) {
		box->told[box->told_count++] = (struct told_mail){
			.uid_validity = box->validity.value, .uid = uid, .is_stored = true};
	}
	return true;
}

/* Searches and marks wait for each other: what was marked before this search is unseen again. */
void completion_note_unseen(struct completion_mailbox *box, uint32_t uid)
{
	if (box->is_loss_told || !looked_mails_is_marked(&box->looked, uid))
		return;
	box->is_loss_told = true;
	log_warn("mailbox.keeps_no_marks", log_str("mailbox", box->name), log_int("uid", uid),
	         log_str("text", "a mail that was marked as seen is unseen again: the mailbox does "
	                         "not keep marks, or somebody took it away; no link is followed "
	                         "twice"));
}

static void marks_on_done(void *arg, const struct imap_answer *answer)
{
	struct completion_mailbox *box;

	OBJ_FROM(box, arg, COMPLETION_MAGIC);
	completion_enter(box);
	box->marks = NULL;
	end_marking(box, answer->end == IMAP_END_OK);
	if (answer->end == IMAP_END_OK) {
		completion_mark(box);
	} else if (answer->end == IMAP_END_CHANGED) {
		completion_set_validity(box, answer->uid_validity);
	} else if (box->call == NULL) {
		/* While a round runs, that one will see the trouble. */
		completion_fail(box, answer->end, answer->text);
	}
	completion_leave(box);
}

void completion_mark(struct completion_mailbox *box)
{
	static const struct imap_ops ops = {NULL, marks_on_done};
	uint32_t uids[IMAP_FETCH_MAX];
	struct imap_fetch what = {.uid_validity = box->validity.value, .uids = uids};

	if (box->marks != NULL || box->stay.is_over)
		return;
	for (size_t i = 0; i < box->told_count && what.uid_count < IMAP_FETCH_MAX; i++) {
		if (!box->told[i].is_stored)
			continue;
		box->told[i].is_marking = true;
		uids[what.uid_count++] = box->told[i].uid;
	}
	if (what.uid_count > 0 &&
	    imap_client_mark_seen(box->imap, &what, &ops, box, &box->marks) != ERR_OK)
		end_marking(box, false);
}

void completion_mailbox_stored(struct completion_mailbox *box, struct completion_mail mail)
{
	struct told_mail *told;

	OBJ_CHECK(box, COMPLETION_MAGIC);
	used_mails_add(&box->used, mail.digest);
	told = mail.uid_validity == box->validity.value ? find(box, mail.uid) : NULL;
	if (told == NULL)
		return;
	told->is_stored = true;
	/* While the server is down, the next round that goes well does it. */
	if (box->status.state != COMPLETION_DOWN)
		completion_mark(box);
}

void completion_mailbox_mark(struct completion_mailbox *box, struct completion_mail mail)
{
	OBJ_CHECK(box, COMPLETION_MAGIC);
	used_mails_add(&box->used, mail.digest);
	for (size_t i = 0; i < box->told_count; i++) {
		if (box->told[i].uid == mail.uid && box->told[i].uid_validity == mail.uid_validity)
			return; /* it is on its way */
	}
	if (mail.uid_validity == 0 || mail.uid == 0 || box->told_count == COMPLETION_TOLD_MAX ||
	    (box->validity.value != 0 && box->validity.value != mail.uid_validity))
		return;
	box->told[box->told_count++] = (struct told_mail){
		.uid_validity = mail.uid_validity, .uid = mail.uid, .is_stored = true};
	if (box->status.state != COMPLETION_IDLE)
		return; /* the next round does it */
	box->status.state = COMPLETION_WAITING;
	loop_timer_start(box->timer, 0);
}

void completion_mailbox_used(struct completion_mailbox *box, uint64_t digest)
{
	OBJ_CHECK(box, COMPLETION_MAGIC);
	used_mails_add(&box->used, digest);
}

/* @return whether it was told, and is not stored */
static bool untell(struct completion_mailbox *box, struct completion_mail mail)
{
	struct told_mail *told =
		mail.uid_validity == box->validity.value ? find(box, mail.uid) : NULL;
	struct waiting_job *job;

	if (told == NULL || told->is_stored)
		return false;
	job = told->job != NULL ? completion_find_job(box, str_from(told->job)) : NULL;
	if (job != NULL)
		job->is_told = false;
	remove_told(box, told);
	return true;
}

void completion_mailbox_released(struct completion_mailbox *box, struct completion_mail mail)
{
	OBJ_CHECK(box, COMPLETION_MAGIC);
	if (untell(box, mail))
		looked_mails_forget(&box->looked, mail.uid);
}

void completion_mailbox_passed(struct completion_mailbox *box, struct completion_mail mail)
{
	OBJ_CHECK(box, COMPLETION_MAGIC);
	if (!untell(box, mail))
		return;
	box->status.second_mails++;
	metric_add(METRIC_MAILBOX_MAILS, box->name, "second", NULL, 1);
	/* When it came does not matter: each job that is added forgets it. */
	if (looked_mails_add(&box->looked, mail.uid, INT64_MAX) != ERR_OK)
		log_debug("mailbox.not_remembered", log_int("uid", mail.uid));
}

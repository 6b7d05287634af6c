/* SPDX-License-Identifier: MIT */
/* Who waits at a mailbox, and whose a link is. */
#include <stdlib.h>

#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/mail/mailbox_internal.h"

#define WAITER_MAGIC 0x6d776169U

struct mail_waiter {
	unsigned magic;
	TAILQ_ENTRY(mail_waiter) link;
	struct mailbox *box; /* a reference */
	char *id;            /* owned */
	int64_t ordered_ms;
	mail_link_fn on_link;
	void *arg; /* borrowed */
	struct completion_mail mail;
	bool is_told; /* of that mail, which is neither kept nor released */
	bool is_shared;
	bool is_kept; /* it waits no more */
};

/* ---- whose link it is ---- */

/* Who waits without a link, and had the fewest; the one that waits longest of these. */
static struct mail_waiter *choose(const struct mailbox *box, const struct completion_found *found)
{
	struct mail_waiter *best = NULL;
	unsigned best_count = 0;
	struct mail_waiter *w;

	TAILQ_FOREACH(w, &box->waiters, link) {
		unsigned count = mailbox_turns_count(&box->turns, w->id, w->ordered_ms);
		bool is_named = false;

		for (size_t i = 0; i < found->job_count && !is_named; i++)
			is_named = str_eq(found->jobs[i], str_from(w->id));
		if (!is_named || w->is_told || w->is_kept || (best != NULL && count >= best_count))
			continue;
		best = w;
		best_count = count;
	}
	return best;
}

void mailbox_on_found(void *arg, const struct completion_found *found)
{
	struct mailbox *box;
	struct mail_waiter *w;

	OBJ_FROM(box, arg, MAILBOX_MAGIC);
	w = choose(box, found);
	if (w == NULL) {
		completion_mailbox_passed(box->box, found->mail);
		return;
	}
	w->is_told = true;
	w->mail = found->mail;
	w->mail.box = box->identity;
	w->is_shared = found->is_shared;
	w->on_link(w->arg, found->link, w->is_shared); /* it may leave */
}

enum err mailbox_know(struct mailbox *box, const char *account, struct campaign_ids *ids)
{
	OBJ_CHECK(box, MAILBOX_MAGIC);
	return completion_mailbox_know(box->box, str_from(account), ids);
}

/* ---- waiting ---- */

static void waiter_free(struct mail_waiter *w)
{
	free(w->id);
	OBJ_POISON(w);
	free(w);
}

enum err mailbox_wait(struct mailbox *box, const struct mail_wanted *wanted, mail_link_fn on_link,
                      void *arg, struct mail_waiter **ret_waiter)
{
	const struct completion_job job = {.id = wanted->id,
	                                   .account = wanted->account,
	                                   .campaign = wanted->campaign,
	                                   .report = wanted->report,
	                                   .ordered_at_ms = wanted->ordered_ms,
	                                   .spec = wanted->spec};
	struct mail_waiter *w;
	enum err err = ERR_NOMEM;

	OBJ_CHECK(box, MAILBOX_MAGIC);
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return ERR_NOMEM;
	w->magic = WAITER_MAGIC;
	w->ordered_ms = wanted->ordered_ms;
	w->on_link = on_link;
	w->arg = arg;
	w->id = str_dup(wanted->id);
	if (w->id != NULL)
		err = completion_mailbox_add_job(box->box, &job);
	if (err != ERR_OK) {
		waiter_free(w);
		return err;
	}
	w->box = mailbox_ref(box);
	TAILQ_INSERT_TAIL(&box->waiters, w, link);
	*ret_waiter = w;
	return ERR_OK;
}

struct completion_mail mailbox_told(const struct mail_waiter *w)
{
	OBJ_CHECK(w, WAITER_MAGIC);
	return w->mail;
}

void mailbox_mark(struct mailbox *box, struct completion_mail mail)
{
	OBJ_CHECK(box, MAILBOX_MAGIC);
	if (mail.box == box->identity) {
		completion_mailbox_mark(box->box, mail);
		return;
	}
	log_info("mailbox.not_marked", log_str("mailbox", box->label), log_int("uid", mail.uid),
	         log_str("cause", "its link was stored when another mailbox was configured"));
	completion_mailbox_used(box->box, mail.digest);
}

void mailbox_used(struct mailbox *box, uint64_t digest)
{
	OBJ_CHECK(box, MAILBOX_MAGIC);
	completion_mailbox_used(box->box, digest);
}

uint64_t mailbox_identity(const struct mailbox *box)
{
	OBJ_CHECK(box, MAILBOX_MAGIC);
	return box->identity;
}

void mailbox_kept(struct mail_waiter *w)
{
	OBJ_CHECK(w, WAITER_MAGIC);
	if (!w->is_told)
		return;
	w->is_told = false;
	w->is_kept = true;
	if (w->is_shared)
		mailbox_turns_add(&w->box->turns, w->id, w->ordered_ms);
	completion_mailbox_stored(w->box->box, w->mail);
	completion_mailbox_remove_job(w->box->box, str_from(w->id));
}

void mailbox_released(struct mail_waiter *w)
{
	OBJ_CHECK(w, WAITER_MAGIC);
	if (!w->is_told)
		return;
	w->is_told = false;
	completion_mailbox_released(w->box->box, w->mail);
}

void mailbox_leave(struct mail_waiter *w)
{
	struct mailbox *box;

	if (w == NULL)
		return;
	OBJ_CHECK(w, WAITER_MAGIC);
	box = w->box;
	TAILQ_REMOVE(&box->waiters, w, link);
	/* Somebody may wait anew with the id of one that has kept its link. */
	if (!w->is_kept)
		completion_mailbox_remove_job(box->box, str_from(w->id));
	mailbox_released(w);
	waiter_free(w);
	mailbox_unref(box);
}

/* SPDX-License-Identifier: MIT */
/* A mailbox whose mails are numbered anew, once or again and again. */
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/report/mail/completion_internal.h"

#define UNSTEADY_TEXT                                                                            \
	"the server gives another UIDVALIDITY again and again: mails may not be found; ask who " \
	"runs it"

static void tell(const struct completion_mailbox *box, enum validity_turn turn)
{
	if (turn == VALIDITY_ANEW) {
		log_warn("mailbox.made_anew", log_str("mailbox", box->name));
	} else if (turn == VALIDITY_UNSTEADY) {
		log_warn("mailbox.unsteady", log_str("mailbox", box->name),
		         log_str("text", UNSTEADY_TEXT));
	} else if (turn == VALIDITY_CALM) {
		log_info("mailbox.steady_again", log_str("mailbox", box->name));
	}
}

void completion_set_validity(struct completion_mailbox *box, uint32_t uid_validity)
{
	enum validity_turn turn = mail_validity_take(&box->validity, uid_validity, clock_mono_ms());

	tell(box, turn);
	if (turn == VALIDITY_SAME || turn == VALIDITY_CALM)
		return;
	looked_mails_clear(&box->looked);
	memset(box->ignored, 0, sizeof(box->ignored));
	/* Their owners find out by the second mail of the same job. */
	completion_clear_told(box, uid_validity);
}

void completion_renumbered(struct completion_mailbox *box, uint32_t uid_validity)
{
	completion_set_validity(box, uid_validity);
	if (box->validity.is_unsteady) {
		completion_down(box, IMAP_END_CHANGED, UNSTEADY_TEXT, box->poll_ms);
	} else {
		box->has_more = true;
		completion_round_over(box);
	}
}

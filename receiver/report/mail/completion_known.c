/* SPDX-License-Identifier: MIT */
/* Campaigns of the accounts whose mails come to a mailbox. */
#include <stdlib.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/mail/completion_internal.h"

void completion_free_known(struct completion_mailbox *box)
{
	for (size_t i = 0; i < box->account_count; i++) {
		free(box->accounts[i].name);
		campaign_ids_unref(box->ids[i]);
	}
	free(box->accounts);
	free(box->ids);
}

uint64_t completion_held_ms(const struct completion_mailbox *box)
{
	uint64_t now_ms = clock_mono_ms();
	uint64_t held_ms = 0;

	for (size_t i = 0; i < box->account_count; i++) {
		uint64_t until_ms = box->accounts[i].until_ms;

		if (box->ids[i] == NULL && until_ms > now_ms + held_ms)
			held_ms = until_ms - now_ms;
	}
	return held_ms;
}

static size_t find(const struct completion_mailbox *box, struct str account)
{
	size_t i = 0;

	while (i < box->account_count && !str_eq(str_from(box->accounts[i].name), account))
		i++;
	return i;
}

static enum err add(struct completion_mailbox *box, struct str account)
{
	size_t count = box->account_count + 1;
	struct mail_account *accounts;
	struct campaign_ids **ids;
	char *name;

	if (count > COMPLETION_ACCOUNTS_MAX)
		return ERR_LIMIT;
	accounts = realloc(box->accounts, count * sizeof(*accounts));
	if (accounts == NULL)
		return ERR_NOMEM;
	box->accounts = accounts;
	ids = realloc(box->ids, count * sizeof(struct campaign_ids *));
	if (ids == NULL)
		return ERR_NOMEM;
	box->ids = ids;
	name = str_dup(account);
	if (name == NULL)
		return ERR_NOMEM;
	accounts[count - 1] = (struct mail_account){name, clock_mono_ms() + COMPLETION_KNOW_MS};
	ids[count - 1] = NULL;
	box->account_count = count;
	return ERR_OK;
}

enum err completion_mailbox_know(struct completion_mailbox *box, struct str account,
                                 struct campaign_ids *ids)
{
	size_t i;
	enum err err;

	OBJ_CHECK(box, COMPLETION_MAGIC);
	i = find(box, account);
	err = i < box->account_count ? ERR_OK : add(box, account);
	if (err != ERR_OK || ids == NULL)
		return err;
	campaign_ids_unref(box->ids[i]);
	box->ids[i] = campaign_ids_ref(ids);
	if (box->is_held && completion_held_ms(box) == 0)
		loop_timer_start(box->timer, 0);
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_known.h"

#include <stdlib.h>

#include "core/log.h"
#include "receiver/report/reports_parts.h"

#define STORED_MS 7776000000 /* 90 days: what is older sends no mail */
#define AGAIN_MS  3600000
#define RETRY_MS  60000
#define CAMPAIGN  "campaign"
#define KNOWN_MAX ((size_t)16 * TASKS_MAX)

struct known {
	struct account *account; /* borrowed: owns us */
	struct choices stored;   /* campaigns of events that were settled, as last read */
	struct list_ask *ask;    /* owned; NULL: not being read */
	uint64_t again_ms;       /* monotonic: read again */
	bool is_read;            /* they were read, or could not be */
	bool is_told;            /* the mailboxes have all of them */
};

enum err known_new(struct account *a, struct known **ret_known)
{
	struct known *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ERR_NOMEM;
	k->account = a;
	*ret_known = k;
	return ERR_OK;
}

void known_free(struct known *k)
{
	if (k == NULL)
		return;
	known_stop(k);
	choices_fini(&k->stored);
	free(k);
}

void known_adopt(struct known *to, struct known *from)
{
	to->stored = from->stored;
	to->is_read = from->is_read;
	to->again_ms = from->ask == NULL ? from->again_ms : 0;
	from->stored = (struct choices){.count = 0};
}

void known_changed(struct known *k)
{
	k->is_told = false;
}

void known_stop(struct known *k)
{
	list_ask_free(k->ask);
	k->ask = NULL;
}

static bool has_mailbox(const struct account *a)
{
	const struct plan *p;
	bool has = false;

	TAILQ_FOREACH(p, &a->plans, link)
		has = has || plan_mailbox(p) != NULL;
	return has;
}

/* As for a mail's job: the value of that name, or else of an order the first. NULL: neither */
static const struct loop_values *campaigns_of(const struct plan *p)
{
	const struct loop_values *v = plan_loop(p, CAMPAIGN);

	if (v == NULL && p->job != NULL && p->loop_count > 0)
		v = p->loops[0];
	return v;
}

/* ---- telling ---- */

static void tell(const struct account *a, struct campaign_ids *ids)
{
	const struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		struct mailbox *box = plan_mailbox(p);

		if (box != NULL && mailbox_know(box, a->name, ids) != ERR_OK)
			log_debug("mailbox.campaigns_not_known", log_str("account", a->name));
	}
}

void known_expect(const struct known *k)
{
	tell(k->account, NULL);
}

static size_t add_all(struct str *ids, size_t count, const struct choices *c)
{
	for (size_t i = 0; i < c->count && count < KNOWN_MAX; i++)
		ids[count++] = str_from(c->texts[i]);
	return count;
}

static size_t all_count(const struct known *k)
{
	size_t count = k->stored.count;
	const struct plan *p;

	TAILQ_FOREACH(p, &k->account->plans, link) {
		const struct loop_values *v = campaigns_of(p);

		count += v != NULL ? loop_values_choices(v)->count : 0;
	}
	return count < KNOWN_MAX ? count : KNOWN_MAX;
}

static enum err collect(const struct known *k, struct campaign_ids **ret_ids)
{
	struct str *ids = calloc(all_count(k) + 1, sizeof(*ids));
	const struct plan *p;
	size_t count;
	enum err err;

	if (ids == NULL)
		return ERR_NOMEM;
	count = add_all(ids, 0, &k->stored);
	TAILQ_FOREACH(p, &k->account->plans, link) {
		const struct loop_values *v = campaigns_of(p);

		if (v != NULL)
			count = add_all(ids, count, loop_values_choices(v));
	}
	err = campaign_ids_new(ids, count, ret_ids);
	free(ids);
	return err;
}

static void tell_all(struct known *k)
{
	struct campaign_ids *ids = NULL;

	if (collect(k, &ids) != ERR_OK)
		return; /* the mailboxes wait no longer than their deadline */
	tell(k->account, ids);
	campaign_ids_unref(ids);
	k->is_told = true;
}

/* ---- reading ---- */

static void on_stored(void *arg, const struct list_answer *answer)
{
	struct known *k = arg; /* frees its asking before it goes */
	const struct account *a = k->account;
	bool is_ok = answer->end == VENDOR_OK;

	if (is_ok) {
		struct choices before = k->stored;

		k->stored = *answer->values;
		*answer->values = before;
	} else {
		log_debug("mailbox.campaigns_not_read", log_str("account", a->name),
		          log_str("error", answer->text));
	}
	k->again_ms = reports_now().mono_ms + (is_ok ? AGAIN_MS : RETRY_MS);
	k->is_read = true;
	k->is_told = false;
	known_stop(k);
	reports_wake(TAILQ_FIRST(&a->plans)->r);
}

static void read_stored(struct known *k, uint64_t mono_ms)
{
	const struct account *a = k->account;
	const struct list_ask_conf conf = {.store = TAILQ_FIRST(&a->plans)->r->store,
	                                   .account = a->name,
	                                   .seen_ms = STORED_MS};

	if (list_ask_new(&conf, on_stored, k, &k->ask) == ERR_OK)
		return;
	k->again_ms = mono_ms + RETRY_MS;
	k->is_read = true;
}

uint64_t known_step(struct known *k, uint64_t mono_ms)
{
	if (!has_mailbox(k->account))
		return UINT64_MAX;
	if (k->ask == NULL && k->again_ms <= mono_ms)
		read_stored(k, mono_ms);
	if (k->is_read && !k->is_told)
		tell_all(k);
	return k->ask == NULL ? k->again_ms : UINT64_MAX;
}

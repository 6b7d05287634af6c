/* SPDX-License-Identifier: MIT */
/*
 * Which campaigns an account has, told to its mailboxes: a mail that names one of them is not given
 * to another one's order, though that is the only one that is waited for. The configured ones,
 * those of lists, and those of events that were settled: an order that nobody remembers had some,
 * too.
 */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "receiver/report/reports_parts.h"

#define STORED_MS 7776000000 /* 90 days: what is older sends no mail */
#define AGAIN_MS  3600000
#define RETRY_MS  60000
#define CAMPAIGN  "campaign"
#define KNOWN_MAX ((size_t)16 * TASKS_MAX)

struct mailbox *plan_mailbox(const struct plan *p)
{
	const struct report_job_conf *conf;
	const char *why = NULL;

	if (p->job == NULL)
		return NULL;
	conf = job_settings_conf(p->job, &why);
	return conf != NULL ? conf->mailbox : NULL;
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

void account_expect(const struct account *a)
{
	tell(a, NULL);
}

static size_t add_all(struct str *ids, size_t count, const struct choices *c)
{
	for (size_t i = 0; i < c->count && count < KNOWN_MAX; i++)
		ids[count++] = str_from(c->texts[i]);
	return count;
}

static size_t all_count(const struct account *a)
{
	size_t count = a->stored.count;
	const struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		const struct loop_values *v = campaigns_of(p);

		count += v != NULL ? loop_values_choices(v)->count : 0;
	}
	return count < KNOWN_MAX ? count : KNOWN_MAX;
}

static enum err collect(const struct account *a, struct campaign_ids **ret_ids)
{
	struct str *ids = calloc(all_count(a) + 1, sizeof(*ids));
	const struct plan *p;
	size_t count;
	enum err err;

	if (ids == NULL)
		return ERR_NOMEM;
	count = add_all(ids, 0, &a->stored);
	TAILQ_FOREACH(p, &a->plans, link) {
		const struct loop_values *v = campaigns_of(p);

		if (v != NULL)
			count = add_all(ids, count, loop_values_choices(v));
	}
	err = campaign_ids_new(ids, count, ret_ids);
	free(ids);
	return err;
}

static void tell_all(struct account *a)
{
	struct campaign_ids *ids = NULL;

	if (collect(a, &ids) != ERR_OK)
		return; /* the mailboxes wait no longer than their deadline */
	tell(a, ids);
	campaign_ids_unref(ids);
	a->is_known_told = true;
}

/* ---- reading ---- */

static void on_stored(void *arg, const struct list_answer *answer)
{
	struct account *a = arg; /* its asking is freed before it is */
	bool is_ok = answer->end == VENDOR_OK;

	if (is_ok) {
		struct choices before = a->stored;

		a->stored = *answer->values;
		*answer->values = before;
	} else {
		log_debug("mailbox.campaigns_not_read", log_str("account", a->name),
		          log_str("error", answer->text));
	}
	a->known_ms = reports_now().mono_ms + (is_ok ? AGAIN_MS : RETRY_MS);
	a->is_stored_known = true;
	a->is_known_told = false;
	list_ask_free(a->known_ask);
	a->known_ask = NULL;
	reports_wake(TAILQ_FIRST(&a->plans)->r);
}

static void read_stored(struct account *a, uint64_t mono_ms)
{
	const struct list_ask_conf conf = {.store = TAILQ_FIRST(&a->plans)->r->store,
	                                   .account = a->name,
	                                   .seen_ms = STORED_MS};

	if (list_ask_new(&conf, on_stored, a, &a->known_ask) == ERR_OK)
		return;
	a->known_ms = mono_ms + RETRY_MS;
	a->is_stored_known = true;
}

uint64_t account_tell_known(struct account *a, uint64_t mono_ms)
{
	if (!has_mailbox(a))
		return UINT64_MAX;
	if (a->known_ask == NULL && a->known_ms <= mono_ms)
		read_stored(a, mono_ms);
	if (a->is_stored_known && !a->is_known_told)
		tell_all(a);
	return a->known_ask == NULL ? a->known_ms : UINT64_MAX;
}

void account_take_known(struct account *a, struct account *old)
{
	a->stored = old->stored;
	a->is_stored_known = old->is_stored_known;
	a->known_ms = old->known_ask == NULL ? old->known_ms : 0;
	old->stored = (struct choices){.count = 0};
}

void account_forget_known(struct account *a)
{
	list_ask_free(a->known_ask);
	a->known_ask = NULL;
	choices_fini(&a->stored);
}

void account_campaigns_changed(struct account *a)
{
	a->is_known_told = false;
}

/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/reports_parts.h"

#define SEEN_EVERY_MS  60000 /* our own store is asked: cheap */
#define LIST_WAIT_MIN  60000
#define LIST_WAIT_MAX  3600000
#define LIST_EVERY_MIN 1000
#define LOOP_TEXTS_MAX TASKS_MAX

bool values_is_asked(const struct loop_values *v)
{
	return v->kind == EACH_LIST || v->kind == EACH_SEEN;
}

static uint64_t values_every(const struct loop_values *v)
{
	uint64_t every_ms = v->kind == EACH_SEEN ? SEEN_EVERY_MS : v->list->every_ms;

	return every_ms > LIST_EVERY_MIN ? every_ms : LIST_EVERY_MIN;
}

/* What was asked before a reload still holds. */
static enum err take_old(struct loop_values *v, const struct loop_values *old)
{
	enum err err;

	if (old == NULL || old->kind != v->kind)
		return ERR_OK;
	err = choices_copy(&old->values, &v->values);
	if (err != ERR_OK)
		return err;
	v->is_known = old->is_known;
	v->is_wanted = old->is_wanted;
	v->next_ms = old->ask == NULL ? old->next_ms : 0;
	v->wait = old->wait;
	v->failed_ms = old->failed_ms;
	v->failed_end = old->failed_end;
	if (v->failed_ms == 0 && v->next_ms > clock_mono_ms() + values_every(v))
		v->next_ms = clock_mono_ms() + values_every(v);
	return trouble_copy(old->trouble, &v->trouble);
}

static enum err take_configured(struct loop_values *v, const struct report_loop *conf)
{
	v->is_known = true;
	for (size_t i = 0; i < conf->value_count; i++) {
		enum err err = choices_add(&v->values, str_from(conf->values[i]), LOOP_TEXTS_MAX);

		if (err == ERR_LIMIT)
			break; /* more than any report runs for */
		if (err != ERR_OK)
			return err;
	}
	return choices_unique(&v->values);
}

enum err values_new(struct plan *p, const struct report_loop *conf, const struct loop_values *old,
                    struct loop_values *ret_values)
{
	struct loop_values v = {.magic = VALUES_MAGIC, .plan = p, .kind = conf->kind};
	enum err err = ERR_NOMEM;

	v.list = conf->list;
	v.seen_ms = conf->seen_ms;
	backoff_init(&v.wait, LIST_WAIT_MIN, LIST_WAIT_MAX, clock_mono_ms());
	v.name = strdup(conf->name);
	if (v.name != NULL)
		err = values_is_asked(&v) ? take_old(&v, old) : take_configured(&v, conf);
	if (err != ERR_OK) {
		values_fini(&v);
		return err;
	}
	*ret_values = v;
	return ERR_OK;
}

void values_fini(struct loop_values *v)
{
	list_ask_free(v->ask);
	choices_fini(&v->values);
	free(v->name);
	free(v->trouble);
	OBJ_POISON(v);
}

static void values_well(struct loop_values *v, const struct list_answer *answer)
{
	const struct plan *p = v->plan;

	if (v->trouble != NULL) {
		log_info("report.list_works_again", log_str("account", p->account->name),
		         log_str("report", p->name), log_str("loop", v->name));
	}
	if (answer->skipped > 0) {
		log_debug("report.list_skipped", log_str("account", p->account->name),
		          log_str("report", p->name), log_str("loop", v->name),
		          log_int("count", (int64_t)answer->skipped));
	}
	free(v->trouble);
	v->trouble = NULL;
	v->failed_ms = 0;
	v->is_known = true;
	v->is_wanted = false;
	backoff_reset(&v->wait);
}

/* The old values go on. */
static void values_ill(struct loop_values *v, enum vendor_end end, uint64_t retry_ms,
                       const char *text)
{
	struct plan *p = v->plan;
	uint64_t now_ms = clock_mono_ms();

	v->is_wanted = false;
	v->failed_ms = now_ms;
	v->failed_end = end;
	v->next_ms = now_ms + backoff_next(&v->wait);
	if (end == VENDOR_LATER)
		account_hold(p->account, retry_ms);
	if (end == VENDOR_UNAUTHORIZED)
		account_hold_auth(p->account, retry_ms);
	if (!trouble_note(&v->trouble, text, now_ms))
		return;
	log_warn("report.list_failed", log_str("account", p->account->name),
	         log_str("report", p->name), log_str("loop", v->name), log_str("error", text),
	         log_int("failures", v->trouble != NULL ? (int64_t)v->trouble->count : 1));
}

static void values_on_answer(void *arg, const struct list_answer *answer)
{
	struct loop_values *v;
	struct choices before;

	OBJ_FROM(v, arg, VALUES_MAGIC);
	if (answer->end != VENDOR_OK) {
		values_ill(v, answer->end, answer->retry_ms, answer->text);
	} else if (choices_same(&v->values, answer->values)) {
		values_well(v, answer);
	} else {
		before = v->values;
		v->values = *answer->values;
		*answer->values = before;
		if (tasks_renew(v->plan) == ERR_OK) {
			v->plan->account->is_known_told = false;
			values_well(v, answer);
		} else {
			before = v->values;
			v->values = *answer->values;
			*answer->values = before;
			values_ill(v, VENDOR_FAILED, 0, err_str(ERR_NOMEM));
		}
	}
	list_ask_free(v->ask);
	v->ask = NULL;
	reports_wake(v->plan->r);
}

static void values_ask(struct loop_values *v, uint64_t mono_ms)
{
	struct plan *p = v->plan;
	const struct list_ask_conf conf = {
		.store = p->r->store,
		.client = client_vendor(p->account->client),
		.account = p->account->name,
		.list = v->kind == EACH_LIST ? v->list : NULL,
		.zones = source_zones(p->source),
		.pages_max = p->account->pages_max,
		.seen_ms = v->seen_ms,
	};
	enum err err = list_ask_new(&conf, values_on_answer, v, &v->ask);

	v->next_ms = mono_ms + values_every(v);
	if (err != ERR_OK) {
		values_ill(v, VENDOR_FAILED, 0, err_str(err));
		reports_wake(p->r);
	}
}

static uint64_t loop_step(struct loop_values *v, uint64_t mono_ms)
{
	if (!values_is_asked(v) || v->ask != NULL)
		return UINT64_MAX;
	if (!v->plan->r->is_started && !v->is_wanted)
		return UINT64_MAX;
	/* Whoever waits for it does not wait for a failure to be forgotten. */
	if (v->next_ms > mono_ms && !v->is_wanted)
		return v->next_ms;
	values_ask(v, mono_ms);
	return UINT64_MAX;
}

void values_mended(struct loop_values *v)
{
	if (v->failed_ms == 0)
		return;
	v->next_ms = 0;
	backoff_reset(&v->wait);
}

uint64_t values_step(struct account *a, uint64_t mono_ms)
{
	uint64_t next_ms = UINT64_MAX;
	bool is_held = account_held(a, mono_ms) > 0;
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		for (size_t i = 0; i < p->loop_count; i++) {
			struct loop_values *v = &p->loops[i];
			uint64_t at_ms;

			if (is_held && !v->is_wanted)
				continue; /* the end of the hold is looked at anyway */
			at_ms = loop_step(v, mono_ms);
			if (at_ms < next_ms)
				next_ms = at_ms;
		}
	}
	return next_ms;
}

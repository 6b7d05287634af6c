/* SPDX-License-Identifier: MIT */
#include "receiver/report/list/loop_values.h"

#include <stdlib.h>
#include <string.h>

#include "core/backoff.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/vendor/trouble.h"

#define VALUES_MAGIC   0x6c767373U
#define SEEN_EVERY_MS  60000 /* our own store is asked: cheap */
#define LIST_WAIT_MIN  60000
#define LIST_WAIT_MAX  3600000
#define LIST_EVERY_MIN 1000

struct loop_values {
	unsigned magic;
	struct loop_values_owner owner;
	char *name; /* owned */
	enum each_kind kind;
	struct choices values;
	const struct list_spec *list; /* LIST; lives as long as the plan's source */
	uint64_t seen_ms;
	bool is_known;
	bool is_wanted;       /* somebody waits for it */
	struct list_ask *ask; /* owned; NULL: none under way */
	uint64_t next_ms;     /* monotonic: asked again */
	uint64_t failed_ms;   /* monotonic: when it could not be had; 0: never, or well again */
	enum vendor_end failed_end;
	struct trouble *trouble; /* owned; NULL: none */
	struct backoff wait;
};

bool loop_values_is_asked(const struct loop_values *v)
{
	return v->kind == EACH_LIST || v->kind == EACH_SEEN;
}

static uint64_t every_of(const struct loop_values *v)
{
	uint64_t every_ms = v->kind == EACH_SEEN ? SEEN_EVERY_MS : v->list->every_ms;

	return every_ms > LIST_EVERY_MIN ? every_ms : LIST_EVERY_MIN;
}

/* ---- making them ---- */

static enum err take_old(struct loop_values *v, const struct loop_values *old)
{
	const uint64_t latest_ms = clock_mono_ms() + every_of(v);
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
	if (v->failed_ms == 0 && v->next_ms > latest_ms)
		v->next_ms = latest_ms;
	return trouble_copy(old->trouble, &v->trouble);
}

static enum err take_configured(struct loop_values *v, const struct report_loop *conf)
{
	v->is_known = true;
	for (size_t i = 0; i < conf->value_count; i++) {
		enum err err = choices_add(&v->values, str_from(conf->values[i]), LOOP_VALUES_MAX);

		if (err == ERR_LIMIT)
			break; /* more than any report runs for */
		if (err != ERR_OK)
			return err;
	}
	return choices_unique(&v->values);
}

enum err loop_values_new(const struct report_loop *conf, const struct loop_values *old,
                         const struct loop_values_owner *owner, struct loop_values **ret_values)
{
	struct loop_values *v = calloc(1, sizeof(*v));
	enum err err = ERR_NOMEM;

	if (v == NULL)
		return ERR_NOMEM;
	v->magic = VALUES_MAGIC;
	v->owner = *owner;
	v->kind = conf->kind;
	v->list = conf->list;
	v->seen_ms = conf->seen_ms;
	backoff_init(&v->wait, LIST_WAIT_MIN, LIST_WAIT_MAX, clock_mono_ms());
	v->name = strdup(conf->name);
	if (v->name != NULL)
		err = loop_values_is_asked(v) ? take_old(v, old) : take_configured(v, conf);
	if (err != ERR_OK) {
		loop_values_free(v);
		return err;
	}
	*ret_values = v;
	return ERR_OK;
}

void loop_values_free(struct loop_values *v)
{
	if (v == NULL)
		return;
	list_ask_free(v->ask);
	choices_fini(&v->values);
	free(v->name);
	free(v->trouble);
	OBJ_POISON(v);
	free(v);
}

/* ---- what came ---- */

static void well(struct loop_values *v, size_t skipped)
{
	if (v->trouble != NULL) {
		log_info("report.list_works_again", log_str("account", v->owner.account),
		         log_str("report", v->owner.report), log_str("loop", v->name));
	}
	if (skipped > 0) {
		log_debug("report.list_skipped", log_str("account", v->owner.account),
		          log_str("report", v->owner.report), log_str("loop", v->name),
		          log_int("count", (int64_t)skipped));
	}
	free(v->trouble);
	v->trouble = NULL;
	v->failed_ms = 0;
	v->is_known = true;
	v->is_wanted = false;
	backoff_reset(&v->wait);
}

/* The old values go on. */
static void ill(struct loop_values *v, enum vendor_end end, uint64_t retry_ms, const char *text)
{
	uint64_t now_ms = clock_mono_ms();

	v->is_wanted = false;
	v->failed_ms = now_ms;
	v->failed_end = end;
	v->next_ms = now_ms + backoff_next(&v->wait);
	v->owner.on_failed(v->owner.arg, end, retry_ms);
	if (!trouble_note(&v->trouble, text, now_ms))
		return;
	log_warn("report.list_failed", log_str("account", v->owner.account),
	         log_str("report", v->owner.report), log_str("loop", v->name),
	         log_str("error", text),
	         log_int("failures", v->trouble != NULL ? (int64_t)v->trouble->count : 1));
}

static void swap(struct loop_values *v, struct choices *values)
{
	struct choices before = v->values;

	v->values = *values;
	*values = before;
}

static void on_answer(void *arg, const struct list_answer *answer)
{
	struct loop_values *v;

	OBJ_FROM(v, arg, VALUES_MAGIC);
	if (answer->end != VENDOR_OK) {
		ill(v, answer->end, answer->retry_ms, answer->text);
	} else if (choices_same(&v->values, answer->values)) {
		well(v, answer->skipped);
	} else {
		swap(v, answer->values);
		if (v->owner.on_changed(v->owner.arg) == ERR_OK) {
			well(v, answer->skipped);
		} else {
			swap(v, answer->values);
			ill(v, VENDOR_FAILED, 0, err_str(ERR_NOMEM));
		}
	}
	loop_values_stop(v);
	v->owner.on_answer(v->owner.arg);
}

/* ---- asking ---- */

static void ask(struct loop_values *v, const struct loop_values_step *step)
{
	struct list_ask_conf conf = step->ask;
	enum err err;

	conf.list = v->kind == EACH_LIST ? v->list : NULL;
	conf.seen_ms = v->seen_ms;
	err = list_ask_new(&conf, on_answer, v, &v->ask);
	v->next_ms = step->mono_ms + every_of(v);
	if (err != ERR_OK) {
		ill(v, VENDOR_FAILED, 0, err_str(err));
		v->owner.on_answer(v->owner.arg);
	}
}

uint64_t loop_values_step(struct loop_values *v, const struct loop_values_step *step)
{
	if (!loop_values_is_asked(v) || v->ask != NULL)
		return UINT64_MAX;
	if (step->is_wanted_only && !v->is_wanted)
		return UINT64_MAX;
	/* Whoever waits for it does not wait for a failure to be forgotten. */
	if (v->next_ms > step->mono_ms && !v->is_wanted)
		return v->next_ms;
	ask(v, step);
	return UINT64_MAX;
}

void loop_values_stop(struct loop_values *v)
{
	list_ask_free(v->ask);
	v->ask = NULL;
}

enum err loop_values_want(struct loop_values *v, uint64_t begin_ms, enum vendor_end *ret_end)
{
	if (v->is_known)
		return ERR_OK;
	if (v->failed_ms > 0 && v->failed_ms >= begin_ms) {
		*ret_end = v->failed_end;
		return ERR_IO;
	}
	v->is_wanted = v->ask == NULL;
	return ERR_AGAIN;
}

void loop_values_mended(struct loop_values *v)
{
	if (v->failed_ms == 0)
		return;
	v->next_ms = 0;
	backoff_reset(&v->wait);
}

/* ---- what is known ---- */

const char *loop_values_name(const struct loop_values *v)
{
	return v->name;
}

const struct choices *loop_values_choices(const struct loop_values *v)
{
	return &v->values;
}

bool loop_values_is_known(const struct loop_values *v)
{
	return v->is_known;
}

const char *loop_values_trouble(const struct loop_values *v)
{
	return v->trouble != NULL ? v->trouble->text : NULL;
}

uint64_t loop_values_next(const struct loop_values *v)
{
	return v->next_ms;
}

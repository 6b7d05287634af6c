/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/fake_reports.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"

struct fake fake;

/* ---- clocks and loop ---- */

struct loop_timer {
	loop_fn fn;
	void *arg;
	bool is_running;
	uint64_t at_ms;
	struct loop_timer *next;
};

static struct loop_timer *timers;

int64_t clock_now_ms(void)
{
	return fake.wall_ms;
}

uint64_t clock_mono_ms(void)
{
	return fake.mono_ms;
}

enum err loop_timer_new(struct loop *loop, loop_fn fn, void *arg, struct loop_timer **ret_timer)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	(void)loop;
	*t = (struct loop_timer){fn, arg, false, 0, timers};
	timers = t;
	*ret_timer = t;
	return ERR_OK;
}

void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms)
{
	timer->is_running = true;
	timer->at_ms = fake.mono_ms + delay_ms;
}

void loop_timer_stop(struct loop_timer *timer)
{
	timer->is_running = false;
}

void loop_timer_free(struct loop_timer *timer)
{
	struct loop_timer **at = &timers;

	if (timer == NULL)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	free(timer);
}

static struct loop_timer *first_timer(uint64_t until_ms)
{
	struct loop_timer *first = NULL;

	for (struct loop_timer *t = timers; t != NULL; t = t->next) {
		if (t->is_running && t->at_ms <= until_ms &&
		    (first == NULL || t->at_ms < first->at_ms))
			first = t;
	}
	return first;
}

/* ---- store ---- */

struct op {
	struct str key, value;
	store_checkpoint_done get_done;
	store_done set_done;
	void *arg;
	struct op *next;
};

static struct op *ops, **last_op = &ops;

static enum err add_op(const struct op *op)
{
	struct op *copy = malloc(sizeof(*copy));

	*copy = *op;
	*last_op = copy;
	last_op = &copy->next;
	return ERR_OK;
}

enum err store_checkpoint_get(struct store *s, struct str key, store_checkpoint_done done,
                              void *arg)
{
	(void)s;
	return add_op(&(struct op){.key = key, .get_done = done, .arg = arg});
}

enum err store_checkpoint_set(struct store *s, const struct store_checkpoint *checkpoint,
                              store_done done, void *arg)
{
	(void)s;
	return add_op(&(struct op){
		.key = checkpoint->key, .value = checkpoint->value, .set_done = done, .arg = arg});
}

void store_stats(const struct store *s, struct store_stats *ret_stats)
{
	(void)s;
	*ret_stats = (struct store_stats){.is_full = fake.is_full, .is_failing = fake.is_failing};
}

const char *fake_kept(const char *key)
{
	for (size_t i = 0; i < fake.kept; i++) {
		if (strcmp(fake.keys[i], key) == 0)
			return fake.texts[i];
	}
	return NULL;
}

void fake_keep(const char *key, const char *text)
{
	size_t i = 0;

	while (i < fake.kept && strcmp(fake.keys[i], key) != 0)
		i++;
	if (i == FAKE_KEPT_MAX)
		return;
	(void)snprintf(fake.keys[i], sizeof(fake.keys[i]), "%s", key);
	(void)snprintf(fake.texts[i], sizeof(fake.texts[i]), "%s", text);
	if (i == fake.kept)
		fake.kept++;
}

static void run_op(const struct op *op)
{
	char key[600];
	char value[600];

	(void)snprintf(key, sizeof(key), "%.*s", STR_FMT(op->key));
	if (op->get_done != NULL && fake.read_result != ERR_OK) {
		op->get_done(op->arg, fake.read_result, STR_EMPTY);
	} else if (op->get_done != NULL) {
		op->get_done(op->arg, ERR_OK, str_from(fake_kept(key)));
	} else {
		(void)snprintf(value, sizeof(value), "%.*s", STR_FMT(op->value));
		fake_keep(key, value);
		op->set_done(op->arg, ERR_OK);
	}
}

/* The first one that may be answered, taken out; NULL. */
static struct op *next_op(void)
{
	struct op **at = &ops;
	struct op *op;

	while (*at != NULL && fake.held_key != NULL &&
	       str_has_prefix((*at)->key, str_from(fake.held_key)))
		at = &(*at)->next;
	op = *at;
	if (op == NULL)
		return NULL;
	*at = op->next;
	if (last_op == &op->next)
		last_op = at;
	return op;
}

static bool run_ops(void)
{
	struct op *op = next_op();
	bool any = op != NULL;

	for (; op != NULL; op = next_op()) {
		run_op(op);
		free(op);
	}
	return any;
}

void fake_release_store(void)
{
	fake.held_key = NULL;
	(void)run_ops();
}

void fake_settle(void)
{
	struct loop_timer *t;
	unsigned turns = 0;

	for (;;) {
		if (!fake.holds_store && run_ops())
			continue;
		t = first_timer(fake.mono_ms);
		if (t == NULL)
			return;
		assert_true(turns++ < 100000);
		t->is_running = false;
		t->fn(t->arg);
	}
}

void fake_pass(uint64_t ms)
{
	uint64_t end_ms = fake.mono_ms + ms;
	struct loop_timer *t;

	fake_settle();
	while ((t = first_timer(end_ms)) != NULL) {
		fake.wall_ms += (int64_t)(t->at_ms - fake.mono_ms);
		fake.mono_ms = t->at_ms;
		fake_settle();
	}
	fake.wall_ms += (int64_t)(end_ms - fake.mono_ms);
	fake.mono_ms = end_ms;
}

void fake_reset(void)
{
	fake = (struct fake){.mono_ms = 5000000, .wall_ms = FAKE_WALL_MS};
}

void fake_assert_idle(void)
{
	assert_null(timers);
	fake_release_store(); /* completions that come after everything was freed */
	for (size_t i = 0; i < fake.run_count; i++)
		assert_true(fake.runs[i].is_freed);
	for (size_t i = 0; i < fake.client_count; i++)
		assert_true(fake.clients[i].is_freed);
	for (size_t i = 0; i < fake.ask_count; i++)
		assert_true(fake.asks[i].is_over);
}

/* ---- normalise ---- */

struct source *source_ref(struct source *s)
{
	s->refs++;
	return s;
}

void source_unref(struct source *s)
{
	if (s != NULL)
		s->refs--;
}

const char *source_account(const struct source *s)
{
	return s->account;
}

const char *source_name(const struct source *s)
{
	return s->name;
}

const struct timestamp_zone *const *source_zones(const struct source *s)
{
	assert_non_null(s);
	return NULL;
}

struct profile *profile_ref(const struct profile *p)
{
	struct profile *own = (struct profile *)(uintptr_t)p;

	own->refs++;
	return own;
}

void profile_free(struct profile *p)
{
	if (p != NULL)
		p->refs--;
}

bool profile_same(const struct profile *a, const struct profile *b)
{
	return strcmp(a->name, b->name) == 0;
}

const char *profile_name(const struct profile *p)
{
	return p->name;
}

const struct limits_spec *profile_limits(const struct profile *p)
{
	return &p->limits;
}

/* ---- runs ---- */

enum err report_run_new(struct loop *loop, struct ingest *ingest, struct store *store,
                        struct vendor_client *client, const struct report_run_conf *conf,
                        const struct report_run_ops *run_ops_, void *arg,
                        struct report_run **ret_run)
{
	struct report_run *run = &fake.runs[fake.run_count];
	size_t len = 0;

	(void)loop;
	(void)ingest;
	(void)store;
	if (fake.run_result != ERR_OK)
		return fake.run_result;
	assert_true(fake.run_count < FAKE_RUNS_MAX);
	fake.run_count++;
	*run = (struct report_run){.conf = *conf, .ops = run_ops_, .arg = arg, .client = client};
	assert_non_null(conf->zone);
	for (size_t i = 0; i < conf->value_count; i++) {
		len += (size_t)snprintf(run->values + len, sizeof(run->values) - len, "%s%s=%s",
		                        i > 0 ? " " : "", conf->values[i].name,
		                        conf->values[i].value);
	}
	*ret_run = run;
	return ERR_OK;
}

void report_run_cancel(struct report_run *run)
{
	assert_false(run->is_done);
	run->is_canceled = true;
	if (fake.cancels_at_once)
		fake_end(run, REPORT_CANCELED, 0, "");
}

void report_run_free(struct report_run *run)
{
	if (run == NULL)
		return;
	assert_true(run->is_done);
	assert_false(run->is_freed);
	run->is_freed = true;
}

size_t fake_active(void)
{
	size_t count = 0;

	for (size_t i = 0; i < fake.run_count; i++)
		count += !fake.runs[i].is_done;
	return count;
}

struct report_run *fake_run(const char *values)
{
	for (size_t i = 0; i < fake.run_count; i++) {
		if (!fake.runs[i].is_done && strcmp(fake.runs[i].values, values) == 0)
			return &fake.runs[i];
	}
	return NULL;
}

void fake_progress(struct report_run *run, uint64_t pages, uint64_t rows)
{
	run->progress.pages = pages;
	run->progress.rows = rows;
	run->ops->on_progress(run->arg, &run->progress);
}

void fake_job(struct report_run *run, const char *state, bool is_stale)
{
	struct report_job_progress *job = &run->progress.job;

	assert_non_null(run);
	if (job->ordered_ms == 0)
		job->ordered_ms = fake.wall_ms;
	job->since_ms = fake.wall_ms;
	job->state = state;
	job->is_stale = is_stale;
	job->text = is_stale ? "no mail within 30 min" : "";
	run->ops->on_progress(run->arg, &run->progress);
	fake_settle();
}

bool report_run_hand(struct report_run *run, const struct report_handed *handed)
{
	assert_false(run->is_done);
	run->handed = *handed;
	run->is_handed = run->waits_for_file;
	return run->waits_for_file;
}

bool report_run_brought(struct report_run *run)
{
	assert_false(run->is_done);
	run->is_brought = run->waits_for_file;
	return run->waits_for_file;
}

void fake_end(struct report_run *run, enum report_end end, uint64_t retry_ms, const char *text)
{
	struct report_result result = {.end = end, .retry_ms = retry_ms};

	assert_non_null(run);
	assert_false(run->is_done);
	result.progress = (struct report_progress){
		.pages = 2, .rows = 20, .until_ms = fake.wall_ms - 60000, .job = run->progress.job};
	(void)snprintf(result.text, sizeof(result.text), "%s", text);
	run->is_done = true;
	run->ops->on_done(run->arg, &result);
}

void fake_end_all(void)
{
	size_t count = fake.run_count;

	for (size_t i = 0; i < count; i++) {
		if (!fake.runs[i].is_done)
			fake_end(&fake.runs[i], REPORT_DONE, 0, "");
	}
	fake_settle();
}

/* ---- mailboxes ---- */

enum err mailboxes_new(struct loop *loop, struct mailboxes **ret_mailboxes)
{
	(void)loop;
	*ret_mailboxes = NULL;
	return ERR_OK;
}

void mailboxes_free(struct mailboxes *m)
{
	(void)m;
	for (size_t i = 0; i < fake.mailbox_count; i++) {
		assert_int_equal(fake.mailboxes[i].refs, 0);
		campaign_ids_unref(fake.mailboxes[i].ids);
		fake.mailboxes[i].ids = NULL;
	}
}

enum err mailbox_of(struct mailboxes *m, const struct mailbox_conf *conf, struct mailbox **ret_box)
{
	struct mailbox *box = fake.mailboxes;

	(void)m;
	if (fake.mailbox_result != ERR_OK)
		return fake.mailbox_result;
	while (box < fake.mailboxes + fake.mailbox_count && strcmp(box->url, conf->url) != 0)
		box++;
	if (box == fake.mailboxes + fake.mailbox_count) {
		assert_true(fake.mailbox_count < FAKE_MAILBOXES_MAX);
		fake.mailbox_count++;
		(void)snprintf(box->url, sizeof(box->url), "%s", conf->url);
		if (conf->from_count > 0)
			(void)snprintf(box->from, sizeof(box->from), "%.*s",
			               STR_FMT(conf->from[0]));
	}
	box->refs++;
	*ret_box = box;
	return ERR_OK;
}

void mailbox_unref(struct mailbox *box)
{
	if (box != NULL)
		box->refs--;
}

enum err mailbox_know(struct mailbox *box, const char *account, struct campaign_ids *ids)
{
	if (ids == NULL) {
		box->is_expected = true;
		return ERR_OK;
	}
	campaign_ids_unref(box->ids);
	box->ids = campaign_ids_ref(ids);
	(void)snprintf(box->account, sizeof(box->account), "%s", account);
	box->told++;
	return ERR_OK;
}

void mailbox_mark(struct mailbox *box, struct completion_mail mail)
{
	size_t len = strlen(box->marked);

	(void)snprintf(box->marked + len, sizeof(box->marked) - len, "%u:%u ", mail.uid_validity,
	               mail.uid);
}

bool mailboxes_is_marking(const struct mailboxes *m)
{
	(void)m;
	return fake.is_marking;
}

void mailboxes_status(const struct mailboxes *m, mailbox_status_fn fn, void *arg)
{
	const struct completion_status status = {.text = ""};

	(void)m;
	for (size_t i = 0; i < fake.mailbox_count; i++)
		fn(arg, fake.mailboxes[i].url, "ann", &status);
}

/* ---- vendors ---- */

enum err vendor_client_new(struct loop *loop, struct http_client *http, struct store *store,
                           const struct vendor_client_conf *conf, struct vendor_client **ret_client)
{
	struct vendor_client *c = &fake.clients[fake.client_count];

	(void)loop;
	(void)http;
	(void)store;
	assert_true(fake.client_count < FAKE_CLIENTS_MAX);
	fake.client_count++;
	*c = (struct vendor_client){.circuit = "closed"};
	(void)snprintf(c->account, sizeof(c->account), "%s", conf->account);
	*ret_client = c;
	return ERR_OK;
}

void vendor_client_free(struct vendor_client *c)
{
	if (c == NULL)
		return;
	assert_false(c->is_freed);
	c->is_freed = true;
}

void vendor_client_reset(struct vendor_client *c)
{
	assert_false(c->is_freed);
	c->circuit = "closed";
	c->open_ms = 0;
}

void vendor_client_state(const struct vendor_client *c, struct vendor_state *ret_state)
{
	assert_false(c->is_freed);
	*ret_state = (struct vendor_state){
		.circuit = c->circuit, .open_ms = c->open_ms, .auth = "ok", .trouble = ""};
}

/* ---- lists ---- */

enum err list_ask_new(const struct list_ask_conf *conf, list_ask_done done, void *arg,
                      struct list_ask **ret_ask)
{
	struct list_ask *ask = &fake.asks[fake.ask_count];

	if (conf->client == NULL) {
		assert_true(fake.stored_count < FAKE_ASKS_MAX);
		ask = &fake.stored[fake.stored_count++];
		*ask = (struct list_ask){.conf = *conf, .done = done, .arg = arg};
		*ret_ask = ask;
		return ERR_OK;
	}
	if (fake.ask_result != ERR_OK)
		return fake.ask_result;
	assert_true(fake.ask_count < FAKE_ASKS_MAX);
	fake.ask_count++;
	*ask = (struct list_ask){.conf = *conf, .done = done, .arg = arg};
	*ret_ask = ask;
	return ERR_OK;
}

void list_ask_free(struct list_ask *ask)
{
	if (ask != NULL)
		ask->is_over = true;
}

static void end_ask(struct list_ask *ask, const struct list_answer *how, const char *const *texts,
                    size_t count)
{
	struct choices values = {.texts = NULL};
	struct list_answer answer = *how;

	answer.values = &values;
	assert_false(ask->is_over);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(choices_add(&values, str_from(texts[i]), 100), ERR_OK);
	ask->done(ask->arg, &answer);
	choices_fini(&values);
	fake_settle();
}

void fake_list(const char *const *texts, size_t count)
{
	end_ask(&fake.asks[fake.ask_count - 1],
	        &(const struct list_answer){.end = VENDOR_OK, .text = ""}, texts, count);
}

void fake_list_end(enum vendor_end end, uint64_t retry_ms, const char *text)
{
	end_ask(&fake.asks[fake.ask_count - 1],
	        &(const struct list_answer){.end = end, .retry_ms = retry_ms, .text = text}, NULL,
	        0);
}

void fake_stored(const char *const *texts, size_t count)
{
	end_ask(&fake.stored[fake.stored_count - 1],
	        &(const struct list_answer){.end = VENDOR_OK, .text = ""}, texts, count);
}

void fake_stored_end(enum vendor_end end, const char *text)
{
	end_ask(&fake.stored[fake.stored_count - 1],
	        &(const struct list_answer){.end = end, .text = text}, NULL, 0);
}

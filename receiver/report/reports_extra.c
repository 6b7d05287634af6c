/* SPDX-License-Identifier: MIT */
/*
 * Orders under way whose values no task has: a person asked for them, or the vendor lists them no
 * more, or its list was not read yet after a restart. Which orders are under way is kept beside
 * their own checkpoints, under "orders/ACCOUNT/REPORT/", one line of loop values for each:
 *
 *     orders 1
 *     campaign=c1&type=sends
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "core/percent.h"
#include "receiver/report/reports_parts.h"
#include "receiver/report/run/run_text.h"
#include "store/store.h"

#define FIRST_LINE STR_LIT("orders 1")
#define TEXT_MAX   ((size_t)60 * 1024) /* the store takes 64 KiB */
#define AGAIN_MS   1000

void extras_free(struct plan *p)
{
	struct ticket *t;

	while (!TAILQ_EMPTY(&p->extras)) {
		struct extra *e = TAILQ_FIRST(&p->extras);

		TAILQ_REMOVE(&p->extras, e, link);
		combo_free(e->combo);
		free(e);
	}
	TAILQ_FOREACH(t, &p->r->tickets, link) {
		if (t->plan == p)
			t->plan = NULL;
	}
}

static struct extra *find(const struct plan *p, const struct combo *c)
{
	struct extra *e;

	TAILQ_FOREACH(e, &p->extras, link) {
		if (combo_cmp(e->combo, c) == 0)
			return e;
	}
	return NULL;
}

static void drop(struct plan *p, const struct combo *c)
{
	struct extra *e = find(p, c);

	if (e == NULL)
		return;
	TAILQ_REMOVE(&p->extras, e, link);
	combo_free(e->combo);
	free(e);
}

/* Takes the values. */
static void add(struct plan *p, struct combo *c, uint64_t due_ms)
{
	struct extra *e = find(p, c) == NULL ? calloc(1, sizeof(*e)) : NULL;

	if (e == NULL) {
		combo_free(c); /* it is there, or at least in the store */
		return;
	}
	*e = (struct extra){.combo = c, .due_ms = due_ms};
	TAILQ_INSERT_TAIL(&p->extras, e, link);
}

/* ---- writing ---- */

static void put(const struct combo *c, struct buf *b)
{
	struct buf line;

	buf_init(&line, COMBO_KEY_MAX);
	run_text_values(c->values, c->count, &line);
	(void)buf_append_char(&line, '\n');
	/* Without it its own checkpoint is there still. */
	if (buf_err(&line) == ERR_OK && b->len + line.len <= TEXT_MAX)
		(void)buf_append_str(b, buf_str(&line));
	buf_fini(&line);
}

static void put_all(const struct plan *p, struct buf *b)
{
	const struct running *x;
	const struct extra *e;

	(void)buf_append_str(b, FIRST_LINE);
	(void)buf_append_char(b, '\n');
	TAILQ_FOREACH(x, &p->account->runs, link) {
		if (x->plan == p && x->is_order && !x->is_ended)
			put(x->combo, b);
	}
	for (size_t i = 0; i < p->task_count; i++) {
		const struct task *task = p->tasks[i];

		if (task->running == NULL && task->job != NULL && task->job->is_outstanding)
			put(task->combo, b);
	}
	TAILQ_FOREACH(e, &p->extras, link)
		put(e->combo, b);
}

/* "orders/ACCOUNT/REPORT/" */
static enum err make_key(const struct plan *p, struct buf *key)
{
	static const size_t prefix = sizeof("report") - 1;
	struct buf of_run;
	enum err err;

	buf_init(&of_run, COMBO_KEY_MAX);
	err = report_run_key(str_from(p->account->name), str_from(p->name), NULL, 0, &of_run);
	if (err == ERR_OK)
		err = buf_append_str(key, STR_LIT("orders"));
	if (err == ERR_OK)
		err = buf_append(key, of_run.ptr + prefix, of_run.len - prefix);
	buf_fini(&of_run);
	return err;
}

static void extras_on_saved(void *arg, enum err err)
{
	struct ticket *t;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	(void)err; /* then the order is found again by its values alone */
	ticket_free(t);
}

void extras_save(struct plan *p)
{
	struct store_checkpoint kept;
	struct ticket *t;

	if (!p->has_extras) {
		p->is_extras_wanted = true;
		reports_wake(p->r);
		return;
	}
	p->is_extras_wanted = false;
	t = ticket_alloc(p->r, false, TEXT_MAX);
	if (t == NULL)
		return;
	put_all(p, &t->value);
	if (make_key(p, &t->key) == ERR_OK && buf_err(&t->value) == ERR_OK) {
		kept = (struct store_checkpoint){buf_str(&t->key), buf_str(&t->value)};
		if (store_checkpoint_set(p->r->store, &kept, extras_on_saved, t) == ERR_OK)
			return;
	}
	ticket_free(t);
}

/* ---- reading ---- */

static enum err take_values(struct str line, char *texts[2 * EACH_MAX],
                            struct report_value values[EACH_MAX], size_t *count)
{
	struct str pair;
	struct str name;
	struct str value;

	while (line.len > 0) {
		(void)str_cut(line, '&', &pair, &line);
		if (*count == EACH_MAX || !str_cut(pair, '=', &name, &value) ||
		    percent_decode(name, &texts[2 * *count]) != ERR_OK)
			return ERR_PARSE;
		if (percent_decode(value, &texts[2 * *count + 1]) != ERR_OK) {
			free(texts[2 * *count]);
			return ERR_PARSE;
		}
		values[*count] = (struct report_value){texts[2 * *count], texts[2 * *count + 1]};
		(*count)++;
	}
	return ERR_OK;
}

static void take_line(struct plan *p, struct str line)
{
	char *texts[2 * EACH_MAX];
	struct report_value values[EACH_MAX];
	struct combo *c = NULL;
	size_t count = 0;
	enum err err = take_values(line, texts, values, &count);

	if (err == ERR_OK)
		err = combo_sorted(values, count, &c);
	for (size_t i = 0; i < 2 * count; i++)
		free(texts[i]);
	if (err != ERR_OK)
		return;
	/* A task finds out by itself, and so does who runs. */
	if (tasks_find(p, c) == NULL && runs_find(p->account, p, c) == NULL) {
		add(p, c, clock_mono_ms());
	} else {
		combo_free(c);
	}
}

static void extras_take(struct plan *p, struct str text)
{
	struct str line;

	p->has_extras = true;
	(void)str_cut(text, '\n', &line, &text);
	if (text.len > 0 && !str_eq(line, FIRST_LINE)) {
		log_warn("report.orders_unreadable", log_str("account", p->account->name),
		         log_str("report", p->name));
		text = STR_EMPTY;
	}
	while (text.len > 0) {
		(void)str_cut(text, '\n', &line, &text);
		take_line(p, line);
	}
	if (p->is_extras_wanted)
		extras_save(p);
}

static void extras_on_kept(void *arg, enum err err, struct str value)
{
	struct ticket *t;
	struct reports *r;
	struct plan *p;

	OBJ_FROM(t, arg, TICKET_MAGIC);
	r = t->r;
	p = t->plan;
	ticket_free(t);
	if (p != NULL) {
		p->is_loading_extras = false;
		p->extras_ms = clock_mono_ms() + AGAIN_MS;
	}
	/* What cannot be read is not nothing: it would be written over. */
	if (p != NULL && err == ERR_OK)
		extras_take(p, value);
	if (r != NULL)
		reports_wake(r);
}

uint64_t extras_load(struct plan *p, uint64_t mono_ms)
{
	struct ticket *t;

	if (p->has_extras || p->is_loading_extras || (!p->r->is_started && !p->is_extras_wanted))
		return UINT64_MAX;
	if (p->extras_ms > mono_ms)
		return p->extras_ms;
	t = ticket_alloc(p->r, true, TEXT_MAX);
	if (t != NULL && make_key(p, &t->key) == ERR_OK &&
	    store_checkpoint_get(p->r->store, buf_str(&t->key), extras_on_kept, t) == ERR_OK) {
		t->plan = p;
		p->is_loading_extras = true;
		return UINT64_MAX;
	}
	ticket_free(t);
	p->extras_ms = mono_ms + AGAIN_MS;
	return p->extras_ms;
}

/* ---- running them ---- */

bool extras_begin(struct plan *p, uint64_t mono_ms)
{
	struct running_order order = {.plan = p, .is_adoption = true};
	struct extra *e;

	TAILQ_FOREACH(e, &p->extras, link) {
		if (e->due_ms <= mono_ms)
			break;
	}
	if (e == NULL)
		return false;
	order.combo = e->combo;
	e->combo = NULL;
	TAILQ_REMOVE(&p->extras, e, link);
	if (runs_find(p->account, p, order.combo) == NULL && running_begin(&order) == ERR_OK) {
		free(e);
		return true;
	}
	combo_free(order.combo); /* somebody has it, or there is no memory: after a restart */
	free(e);
	return false;
}

void extras_keep(struct plan *p, const struct task *task)
{
	struct combo *c = NULL;

	if (task->running != NULL || task->job == NULL || !task->job->is_outstanding)
		return;
	if (combo_new(task->combo->values, task->combo->count, &c) == ERR_OK)
		add(p, c, task->due.next_ms);
}

bool extras_has(const struct plan *p, const struct combo *c)
{
	return find(p, c) != NULL;
}

uint64_t extras_due(const struct plan *p)
{
	uint64_t due_ms = UINT64_MAX;
	const struct extra *e;

	TAILQ_FOREACH(e, &p->extras, link) {
		if (e->due_ms < due_ms)
			due_ms = e->due_ms;
	}
	return due_ms;
}

void extras_on_begin(struct running *x)
{
	drop(x->plan, x->combo);
	x->is_extra = x->task == NULL;
	extras_save(x->plan);
}

void extras_on_end(struct running *x, uint64_t due_ms)
{
	struct combo *c = NULL;

	if (x->plan == NULL || !x->is_order)
		return;
	if (x->task == NULL && x->is_extra && running_is_outstanding(x) &&
	    combo_new(x->combo->values, x->combo->count, &c) == ERR_OK)
		add(x->plan, c, due_ms);
	extras_save(x->plan);
}

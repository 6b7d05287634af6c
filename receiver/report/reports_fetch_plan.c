/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/report/reports_fetch_parts.h"

void fetching_name_accounts(struct report_fetching *f)
{
	struct buf names;
	struct account *a;

	buf_init(&names, sizeof(f->text));
	TAILQ_FOREACH(a, &f->r->accounts, link)
		(void)buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", a->name);
	(void)snprintf(f->text, sizeof(f->text), "no account \"%.64s\" with reports; there are: %s",
	               f->account, names.len > 0 ? buf_cstr(&names) : "none");
	buf_fini(&names);
	f->err = ERR_NOENT;
	f->is_planned = true;
}

void fetching_name_reports(struct report_fetching *f, const struct account *a)
{
	struct buf names;
	struct plan *p;

	buf_init(&names, sizeof(f->text));
	TAILQ_FOREACH(p, &a->plans, link)
		(void)buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", p->name);
	(void)snprintf(f->text, sizeof(f->text), "%s has no report \"%.64s\"; it has: %s", a->name,
	               f->report, names.len > 0 ? buf_cstr(&names) : "none");
	buf_fini(&names);
	f->err = ERR_NOENT;
	f->is_planned = true;
}

static bool is_given(const struct report_fetching *f, const char *name)
{
	for (size_t i = 0; i < f->given->count; i++) {
		if (strcmp(f->given->values[i].name, name) == 0)
			return true;
	}
	return false;
}

static enum err err_of_list(enum vendor_end end)
{
	if (end == VENDOR_LATER)
		return ERR_AGAIN;
	return end == VENDOR_UNAUTHORIZED ? ERR_AUTH : ERR_IO;
}

bool fetching_has_lists(struct report_fetching *f, struct plan *p)
{
	bool is_complete = true;

	for (size_t i = 0; i < p->loop_count; i++) {
		struct loop_values *v = p->loops[i];
		enum vendor_end end = VENDOR_OK;
		const char *why = loop_values_trouble(v);
		enum err err = ERR_OK;

		if (!is_given(f, loop_values_name(v)))
			err = loop_values_want(v, f->begin_ms, &end);
		if (err == ERR_IO) {
			fetching_fail(f, err_of_list(end), why != NULL ? why : "");
			return false;
		}
		is_complete = is_complete && err == ERR_OK;
	}
	return is_complete;
}

/* One factor of what is to be fetched. */
struct axis {
	const char *name;
	struct choices own; /* the given ones */
};

static bool is_each_of(const struct profile_report *spec, const char *name)
{
	for (size_t i = 0; i < spec->each_count; i++) {
		if (strcmp(spec->each[i].name, name) == 0)
			return true;
	}
	return false;
}

static enum err add_axis(const struct report_fetching *f, struct axis *axes, size_t *count,
                         const char *name)
{
	struct axis *x = &axes[*count];

	*x = (struct axis){.name = name};
	(*count)++;
	for (size_t i = 0; i < f->given->count; i++) {
		const struct report_value *v = &f->given->values[i];

		if (strcmp(v->name, name) == 0 &&
		    choices_add(&x->own, str_from(v->value), TASKS_MAX) != ERR_OK)
			return ERR_NOMEM;
	}
	return choices_unique(&x->own);
}

static int cmp_axis(const void *a, const void *b)
{
	return strcmp(((const struct axis *)a)->name, ((const struct axis *)b)->name);
}

/* @return ERR_OK, ERR_NOENT a given name is no loop of the report, ERR_NOMEM */
static enum err find_axes(struct report_fetching *f, const struct plan *p, struct axis *axes,
                          size_t *count)
{
	for (size_t i = 0; i < p->loop_count; i++) {
		if (add_axis(f, axes, count, loop_values_name(p->loops[i])) != ERR_OK)
			return ERR_NOMEM;
	}
	for (size_t i = 0; i < f->given->count; i++) {
		const char *name = f->given->values[i].name;

		if ((i > 0 && strcmp(name, f->given->values[i - 1].name) == 0) ||
		    plan_loop(p, name) != NULL)
			continue;
		if (!is_each_of(p->spec, name) || *count == EACH_MAX) {
			(void)snprintf(f->text, sizeof(f->text),
			               "the report has no loop value \"%.64s\"", name);
			return ERR_NOENT;
		}
		if (add_axis(f, axes, count, name) != ERR_OK)
			return ERR_NOMEM;
	}
	qsort(axes, *count, sizeof(*axes), cmp_axis);
	return ERR_OK;
}

static const struct choices *axis_choices(const struct plan *p, const struct axis *x)
{
	const struct loop_values *v = x->own.count == 0 ? plan_loop(p, x->name) : NULL;

	return v != NULL ? loop_values_choices(v) : &x->own;
}

static enum err make_items(struct report_fetching *f, const struct factor *factors, size_t count)
{
	size_t sets = product_count(factors, count);
	struct report_value values[EACH_MAX];

	if (sets > TASKS_MAX) {
		(void)snprintf(f->text, sizeof(f->text), "only the first %d sets of values",
		               TASKS_MAX);
		sets = TASKS_MAX;
	}
	f->items = calloc(sets > 0 ? sets : 1, sizeof(struct combo *));
	if (f->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < sets; i++) {
		product_at(factors, count, i, values);
		if (combo_new(values, count, &f->items[i]) != ERR_OK)
			return ERR_NOMEM;
		f->item_count++;
	}
	return ERR_OK;
}

static void name_missing(struct report_fetching *f, const struct plan *p,
                         const struct factor *factors, size_t count)
{
	const struct loop_values *v;

	for (size_t i = 0; i < count; i++) {
		if (factors[i].choices->count > 0)
			continue;
		(void)snprintf(f->text, sizeof(f->text), "there is no value for \"%s\" of %s",
		               factors[i].name, p->name);
		v = plan_loop(p, factors[i].name);
		/* The vendor lists none now: that is no mistake. */
		f->err = v != NULL && loop_values_is_asked(v) ? ERR_OK : ERR_NOENT;
		return;
	}
}

void fetching_plan(struct report_fetching *f, const struct plan *p)
{
	struct axis axes[EACH_MAX];
	struct factor factors[EACH_MAX];
	size_t count = 0;
	enum err err = find_axes(f, p, axes, &count);

	for (size_t i = 0; err == ERR_OK && i < count; i++)
		factors[i] = (struct factor){axes[i].name, axis_choices(p, &axes[i])};
	if (err == ERR_OK)
		err = make_items(f, factors, count);
	if (err == ERR_OK)
		name_missing(f, p, factors, count);
	if (err == ERR_NOENT) {
		f->err = err;
	} else if (err != ERR_OK) {
		fetching_fail(f, err, err_str(err));
	}
	for (size_t i = 0; i < count; i++)
		choices_fini(&axes[i].own);
	f->is_planned = true;
}

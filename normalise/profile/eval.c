/* SPDX-License-Identifier: MIT */
#include "normalise/profile/value_expr.h"

struct mark {
	struct value *value;
	struct mark *next;
};

void *eval_alloc(struct eval *ev, size_t size)
{
	void *p = arena_alloc(ev->arena, size);

	if (p == NULL)
		ev->err = size > ev->arena->max - ev->arena->used ? ERR_LIMIT : ERR_NOMEM;
	return p;
}

void eval_use(struct eval *ev, struct value *v)
{
	if (v == NULL || v->used || ev->keep_unused)
		return;

	struct mark *m = eval_alloc(ev, sizeof(*m));

	if (m == NULL)
		return;
	*m = (struct mark){v, ev->marks};
	ev->marks = m;
	v->used = true;
}

void eval_unmark(struct eval *ev)
{
	for (struct mark *m = ev->marks; m != NULL; m = m->next)
		m->value->used = false;
	ev->marks = NULL;
}

bool eval_time(const struct eval *ev, struct str text, int64_t *ret_ms)
{
	for (size_t i = 0; i < ev->time->format_count; i++) {
		if (timestamp_parse(ev->time->formats[i], ev->zone, text, ret_ms) == ERR_OK)
			return true;
	}
	return false;
}

struct str eval_print_time(struct eval *ev, int64_t ms)
{
	char *text = eval_alloc(ev, TIMESTAMP_TEXT_SIZE);

	if (text == NULL)
		return STR_EMPTY;
	timestamp_print(ms, text);
	return (struct str){text, TIMESTAMP_TEXT_SIZE - 1};
}

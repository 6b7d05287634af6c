/* SPDX-License-Identifier: MIT */
#include "normalise/profile/value_expr.h"

#include <string.h>

/** The texts one place gives: one, or several after `split` or from an array. */
struct texts {
	struct str one; /* storage for the usual case */
	struct str *items;
	size_t count;
};

static struct value *place_node(const struct place *p, struct eval *ev)
{
	switch (p->kind) {
	case PLACE_RECORD:
		return field_path_get(p->path, ev->record);
	case PLACE_SCOPE:
		return ev->decoder != NULL ? decoder_lookup(ev->decoder, p->scope, p->path) : NULL;
	case PLACE_LITERAL:
		break;
	}
	return NULL;
}

/** The scalars of an array; other elements are left out. */
static void array_texts(struct eval *ev, const struct value *v, struct texts *t)
{
	t->items = eval_alloc(ev, ((size_t)v->count + 1) * sizeof(*t->items));
	t->count = 0;
	if (t->items == NULL)
		return;
	for (const struct value *e = v->first; e != NULL; e = e->next) {
		if (value_text(e, &t->items[t->count]))
			t->count++;
	}
}

static bool pick_has(const struct pick *p, enum filter f)
{
	for (size_t i = 0; i < p->filter_count; i++) {
		if (p->filters[i] == f)
			return true;
	}
	return false;
}

static void split(struct eval *ev, struct str separator, struct texts *t)
{
	struct str text = t->items[0];
	size_t count = 1;

	if (t->count != 1)
		return; /* a list already */
	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == separator.ptr[0] ? 1 : 0;

	struct str *items = eval_alloc(ev, count * sizeof(*items));

	if (items == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		struct str head;

		(void)str_cut(text, separator.ptr[0], &head, &text);
		items[i] = str_trim(head);
	}
	t->items = items;
	t->count = count;
}

static void join(struct eval *ev, struct str separator, struct texts *t)
{
	size_t len = 0;

	for (size_t i = 0; i < t->count; i++)
		len += t->items[i].len + separator.len;

	char *out = eval_alloc(ev, len + 1);
	size_t at = 0;

	if (out == NULL)
		return;
	for (size_t i = 0; i < t->count; i++) {
		if (i > 0) {
			memcpy(out + at, separator.ptr, separator.len);
			at += separator.len;
		}
		if (t->items[i].len > 0)
			memcpy(out + at, t->items[i].ptr, t->items[i].len);
		at += t->items[i].len;
	}
	t->one = (struct str){out, at};
	t->items = &t->one;
	t->count = 1;
}

static struct str filter_time(struct eval *ev, struct str text)
{
	int64_t ms = 0;

	return text.len > 0 && eval_time(ev, text, &ms) ? eval_print_time(ev, ms) : text;
}

static void filter_each(struct eval *ev, enum filter f, struct texts *t)
{
	for (size_t i = 0; i < t->count && ev->err == ERR_OK; i++) {
		if (f == FILTER_TIME) {
			t->items[i] = filter_time(ev, t->items[i]);
		} else if (filter_apply(f, ev->arena, t->items[i], &t->items[i]) != ERR_OK) {
			ev->err = ERR_LIMIT;
		}
	}
}

static void filter_texts(const struct pick *p, struct eval *ev, struct texts *t)
{
	for (size_t i = 0; i < p->filter_count && t->count > 0 && ev->err == ERR_OK; i++) {
		if (p->filters[i] == FILTER_SPLIT) {
			split(ev, p->separator, t);
		} else if (p->filters[i] == FILTER_JOIN) {
			join(ev, p->separator, t);
		} else {
			filter_each(ev, p->filters[i], t);
		}
	}
}

/** Text of one place after the filters. @return whether it is not empty */
static bool place_text(const struct pick *p, const struct place *place, struct eval *ev,
                       struct str *ret_text)
{
	struct value *v = place_node(place, ev);
	struct texts t = {.count = 1};

	ev->now = place->kind == PLACE_RECORD ? v : NULL;
	t.items = &t.one;
	if (place->kind == PLACE_LITERAL) {
		t.one = place->literal;
	} else if (v != NULL && v->kind == VALUE_ARRAY && pick_has(p, FILTER_JOIN)) {
		array_texts(ev, v, &t);
	} else if (!value_text(v, &t.one)) {
		return false;
	}
	filter_texts(p, ev, &t);
	if (ev->err != ERR_OK)
		return false;
	for (size_t i = 0; i < t.count; i++) {
		if (t.items[i].len > 0) {
			*ret_text = t.items[i];
			return true;
		}
	}
	return false;
}

static bool condition_holds(const struct condition *c, struct eval *ev)
{
	for (size_t i = 0; i < c->pick.place_count; i++) {
		struct str text = STR_EMPTY;

		if (c->word_count == 0 && c->pick.filter_count == 0 &&
		    c->pick.places[i].kind != PLACE_LITERAL) {
			if (!value_is_empty(place_node(&c->pick.places[i], ev)))
				return c->exists;
			continue;
		}
		if (!place_text(&c->pick, &c->pick.places[i], ev, &text))
			continue;
		if (c->word_count == 0)
			return c->exists;
		for (size_t k = 0; k < c->word_count; k++) {
			if (str_ieq(text, c->words[k]))
				return !c->is_negated;
		}
		return c->is_negated;
	}
	return c->word_count == 0 && !c->exists;
}

bool conditions_hold(const struct conditions *when, struct eval *ev)
{
	for (size_t i = 0; i < when->count; i++) {
		if (!condition_holds(&when->list[i], ev))
			return false;
	}
	return true;
}

static bool map_word(const struct choice *c, struct str *text)
{
	if (!c->has_map)
		return true;
	for (size_t i = 0; i < c->map_count; i++) {
		if (str_ieq(*text, c->map[i].from)) {
			*text = c->map[i].to;
			return true;
		}
	}
	return false;
}

static bool choice_text(const struct choice *c, struct eval *ev, value_accept_fn accept, void *arg,
                        struct str *ret_text)
{
	if (!conditions_hold(&c->when, ev))
		return false;
	for (size_t i = 0; i < c->pick.place_count; i++) {
		struct str text = STR_EMPTY;

		if (!place_text(&c->pick, &c->pick.places[i], ev, &text)) {
			if (ev->now != NULL && value_is_empty(ev->now))
				eval_use(ev, ev->now); /* says nothing: no use in extra */
			continue;
		}
		if (!map_word(c, &text))
			continue;
		if (accept != NULL && !accept(arg, ev, &text))
			continue;
		if (!c->pick.is_lossy)
			eval_use(ev, ev->now);
		*ret_text = text;
		return true;
	}
	return false;
}

bool value_expr_text(const struct value_expr *e, struct eval *ev, value_accept_fn accept, void *arg,
                     struct str *ret_text)
{
	for (size_t i = 0; i < e->count && ev->err == ERR_OK; i++) {
		if (choice_text(&e->choices[i], ev, accept, arg, ret_text))
			return ev->err == ERR_OK;
	}
	return false;
}

static void add_pair(struct eval *ev, struct value *pairs, struct str name, struct str text)
{
	struct value *v = text.len > 0 ? value_new_string(ev->arena, text) : NULL;

	if (v != NULL) {
		value_add(pairs, name, v);
	} else if (text.len > 0) {
		ev->err = ERR_LIMIT;
	}
}

/** Scalar members; the others stay unused and go to data.extra. */
static void object_pairs(struct eval *ev, const struct value *object, struct value *pairs)
{
	for (struct value *m = object->first; m != NULL && ev->err == ERR_OK; m = m->next) {
		struct str text = STR_EMPTY;

		if (m->key.len > 0 && value_text(m, &text)) {
			add_pair(ev, pairs, m->key, text);
			eval_use(ev, m);
		}
	}
}

static bool list_of(struct eval *ev, const struct pick *p, struct value *v, struct texts *t)
{
	*t = (struct texts){.count = 1};
	t->items = &t->one;
	if (v != NULL && v->kind == VALUE_ARRAY) {
		array_texts(ev, v, t);
	} else if (value_text(v, &t->one)) {
		split(ev, p->separator, t);
	} else {
		t->count = 0;
	}
	return t->count > 0 && ev->err == ERR_OK;
}

static void zip_pairs(struct eval *ev, const struct pick *p, struct value *pairs)
{
	struct value *left = place_node(&p->places[0], ev);
	struct value *right = place_node(&p->places[1], ev);
	struct texts names, texts;

	if (!list_of(ev, p, left, &names) || !list_of(ev, p, right, &texts) ||
	    names.count != texts.count)
		return; /* lists that do not fit each other stay as they are, in data.extra */
	for (size_t i = 0; i < names.count && ev->err == ERR_OK; i++) {
		if (names.items[i].len > 0)
			add_pair(ev, pairs, names.items[i], texts.items[i]);
	}
	if (value_unique(pairs) != ERR_OK)
		ev->err = ERR_NOMEM;
	if (pairs->count > 0) {
		eval_use(ev, left);
		eval_use(ev, right);
	}
}

static void choice_pairs(const struct choice *c, struct eval *ev, struct value *pairs)
{
	if (pick_has(&c->pick, FILTER_ZIP)) {
		zip_pairs(ev, &c->pick, pairs);
		return;
	}
	for (size_t i = 0; i < c->pick.place_count && pairs->count == 0; i++) {
		struct value *v = place_node(&c->pick.places[i], ev);

		if (v != NULL && v->kind == VALUE_OBJECT)
			object_pairs(ev, v, pairs);
	}
}

struct value *value_expr_pairs(const struct value_expr *e, struct eval *ev)
{
	struct value *pairs = value_new(ev->arena, VALUE_OBJECT);

	if (pairs == NULL) {
		ev->err = ERR_LIMIT;
		return NULL;
	}
	for (size_t i = 0; i < e->count && pairs->count == 0 && ev->err == ERR_OK; i++) {
		if (conditions_hold(&e->choices[i].when, ev))
			choice_pairs(&e->choices[i], ev, pairs);
	}
	return pairs->count > 0 && ev->err == ERR_OK ? pairs : NULL;
}

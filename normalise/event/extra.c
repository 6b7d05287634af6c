/* SPDX-License-Identifier: MIT */
#include "normalise/event/extra.h"

/* Deeper than any decoder reads; what lies deeper all the same is written whole. */
#define DEPTH_MAX 96

/* An object or array on the way. It is opened only when something in it is written. */
struct level {
	const struct value *container;
	const struct value *next; /* child to look at */
};

struct walk {
	struct json_writer *w;
	struct level levels[DEPTH_MAX];
	size_t depth;
	size_t opened; /* of the levels, from the outermost, whose bracket is written */
};

static bool is_container(const struct value *v)
{
	return v->kind == VALUE_OBJECT || v->kind == VALUE_ARRAY;
}

/* The name of what comes next, in @p depth levels of containers. */
static void write_name(const struct walk *x, size_t depth, const struct value *v)
{
	if (depth == 0) {
		json_key(x->w, STR_LIT("extra"));
	} else if (x->levels[depth - 1].container->kind == VALUE_OBJECT) {
		json_key(x->w, v->key);
	}
}

static void open_levels(struct walk *x)
{
	for (; x->opened < x->depth; x->opened++) {
		const struct value *container = x->levels[x->opened].container;

		write_name(x, x->opened, container);
		if (container->kind == VALUE_OBJECT) {
			json_open_object(x->w);
		} else {
			json_open_array(x->w);
		}
	}
}

static void leave_level(struct walk *x)
{
	x->depth--;
	if (x->opened <= x->depth)
		return;
	x->opened--;
	if (x->levels[x->depth].container->kind == VALUE_OBJECT) {
		json_close_object(x->w);
	} else {
		json_close_array(x->w);
	}
}

static void visit(struct walk *x, const struct value *v)
{
	if (v->used || v->kind == VALUE_NULL)
		return;
	if (is_container(v) && v->first == NULL)
		return;
	if (is_container(v) && x->depth < DEPTH_MAX) {
		x->levels[x->depth++] = (struct level){v, v->first};
		return;
	}
	open_levels(x);
	write_name(x, x->depth, v);
	json_value(x->w, v);
}

void extra_write(struct json_writer *w, const struct value *record)
{
	struct walk x;

	if (record == NULL)
		return;
	x.w = w;
	x.depth = x.opened = 0;
	visit(&x, record);
	while (x.depth > 0) {
		const struct value *v = x.levels[x.depth - 1].next;

		if (v == NULL) {
			leave_level(&x);
			continue;
		}
		x.levels[x.depth - 1].next = v->next;
		visit(&x, v);
	}
}

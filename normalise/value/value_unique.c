/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "normalise/value/value.h"

/*
 * Members are appended as they come and compared once, when the object is complete: looking for an
 * equal name at each member would let a hostile object of a million names take hours.
 */

#define PAIRWISE_MAX 24

struct member {
	struct value *v;
	uint32_t order;
};

/* Content of the later one into the place of the earlier one. */
static void replace(struct value *earlier, struct value *later)
{
	earlier->kind = later->kind;
	earlier->count = later->count;
	earlier->text = later->text;
	earlier->first = later->first;
	earlier->last = later->last;
	later->used = true; /* marks it for drop_marked() */
}

static void drop_marked(struct value *object)
{
	struct value **link = &object->first;
	struct value *last = NULL;

	object->count = 0;
	while (*link != NULL) {
		struct value *v = *link;

		if (v->used) {
			*link = v->next;
			continue;
		}
		last = v;
		object->count++;
		link = &v->next;
	}
	object->last = last;
}

/* One bit per name: when no bit is set twice, no two names are equal. */
static bool may_repeat(const struct value *object)
{
	uint64_t seen = 0;

	if (object->count > PAIRWISE_MAX)
		return true;
	for (const struct value *v = object->first; v != NULL; v = v->next) {
		size_t len = v->key.len;
		unsigned char head = len > 0 ? (unsigned char)v->key.ptr[0] : 0;
		unsigned char tail = len > 0 ? (unsigned char)v->key.ptr[len - 1] : 0;
		uint64_t bit = UINT64_C(1) << ((len * 7 + (size_t)head * 3 + tail) & 63);

		if ((seen & bit) != 0)
			return true;
		seen |= bit;
	}
	return false;
}

static void merge_pairwise(struct value *object)
{
	bool found = false;

	for (struct value *v = object->first; v != NULL; v = v->next) {
		for (struct value *w = v->next; w != NULL; w = w->next) {
			if (!w->used && str_eq(v->key, w->key)) {
				replace(v, w);
				found = true;
			}
		}
	}
	if (found)
		drop_marked(object);
}

static int by_name_and_order(const void *a, const void *b)
{
	const struct member *l = a, *r = b;
	int diff = str_cmp(l->v->key, r->v->key);

	if (diff != 0)
		return diff;
	return l->order < r->order ? -1 : l->order > r->order;
}

static enum err merge_sorted(struct value *object)
{
	struct member *members = malloc(object->count * sizeof(*members));
	uint32_t n = 0;
	bool found = false;

	if (members == NULL)
		return ERR_NOMEM;
	for (struct value *v = object->first; v != NULL; v = v->next, n++)
		members[n] = (struct member){v, n};
	qsort(members, n, sizeof(*members), by_name_and_order);

	for (uint32_t i = 1, first = 0; i < n; i++) {
		if (!str_eq(members[first].v->key, members[i].v->key)) {
			first = i;
			continue;
		}
		replace(members[first].v, members[i].v);
		found = true;
	}
	free(members);
	if (found)
		drop_marked(object);
	return ERR_OK;
}

enum err value_unique(struct value *object)
{
	if (!may_repeat(object))
		return ERR_OK;
	if (object->count > PAIRWISE_MAX)
		return merge_sorted(object);
	merge_pairwise(object);
	return ERR_OK;
}

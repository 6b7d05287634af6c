/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "normalise/source.h"

struct source_table {
	atomic_uint refs;
	struct source **list; /* owned; a reference of each; sorted by account and name */
	size_t count;
};

static int compare(const struct source *s, struct str account, struct str name)
{
	int diff = str_cmp(str_from(source_account(s)), account);

	return diff != 0 ? diff : str_cmp(str_from(source_name(s)), name);
}

/** Where it is, or where it belongs. */
static size_t place_of(const struct source_table *t, struct str account, struct str name,
                       bool *ret_found)
{
	size_t low = 0, high = t->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int diff = compare(t->list[middle], account, name);

		if (diff == 0) {
			*ret_found = true;
			return middle;
		}
		if (diff < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

enum err source_table_new(struct source_table **ret_table)
{
	struct source_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	atomic_init(&t->refs, 1);
	*ret_table = t;
	return ERR_OK;
}

enum err source_table_add(struct source_table *t, struct source *s)
{
	bool found = false;
	size_t at = place_of(t, str_from(source_account(s)), str_from(source_name(s)), &found);

	if (found)
		return ERR_EXISTS;

	struct source **list = realloc(t->list, (t->count + 1) * sizeof(struct source *));

	if (list == NULL)
		return ERR_NOMEM;
	t->list = list;
	for (size_t i = t->count; i > at; i--)
		t->list[i] = t->list[i - 1];
	t->list[at] = source_ref(s);
	t->count++;
	return ERR_OK;
}

struct source_table *source_table_ref(struct source_table *t)
{
	unsigned before = atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);

	assert(before > 0);
	(void)before;
	return t;
}

void source_table_unref(struct source_table *t)
{
	if (t == NULL || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < t->count; i++)
		source_unref(t->list[i]);
	free(t->list);
	free(t);
}

struct source *source_table_find(const struct source_table *t, struct str account, struct str name)
{
	bool found = false;
	size_t at = place_of(t, account, name, &found);

	return found ? t->list[at] : NULL;
}

size_t source_table_count(const struct source_table *t)
{
	return t->count;
}

struct source *source_table_at(const struct source_table *t, size_t i)
{
	return i < t->count ? t->list[i] : NULL;
}

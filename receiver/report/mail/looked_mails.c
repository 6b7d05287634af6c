/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/looked_mails.h"

#include <stdlib.h>

#define FIRST_CAP    ((size_t)64)
#define GIVE_UP_PART 8 /* an eighth at once: so it is not sorted for each one */

void looked_mails_fini(struct looked_mails *l)
{
	free(l->list);
	*l = (struct looked_mails){0};
}

void looked_mails_clear(struct looked_mails *l)
{
	l->count = 0;
	l->floor = 0;
}

static int compare(const void *a, const void *b)
{
	const struct looked_mail *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

static void sort(struct looked_mails *l)
{
	if (!l->is_sorted && l->count > 1)
		qsort(l->list, l->count, sizeof(*l->list), compare);
	l->is_sorted = true;
}

static void give_up_lowest(struct looked_mails *l)
{
	size_t gone = l->count / GIVE_UP_PART;

	sort(l);
	l->floor = l->list[gone - 1].uid;
	l->count -= gone;
	for (size_t i = 0; i < l->count; i++)
		l->list[i] = l->list[i + gone];
}

static enum err grow(struct looked_mails *l)
{
	size_t cap = l->cap > 0 ? l->cap * 2 : FIRST_CAP;
	struct looked_mail *more;

	if (cap > LOOKED_MAX)
		cap = LOOKED_MAX;
	more = realloc(l->list, cap * sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	l->list = more;
	l->cap = cap;
	return ERR_OK;
}

enum err looked_mails_add(struct looked_mails *l, uint32_t uid, int64_t received_ms)
{
	if (uid <= l->floor)
		return ERR_OK;
	if (l->count == LOOKED_MAX)
		give_up_lowest(l);
	if (l->count == l->cap) {
		enum err err = grow(l);

		if (err != ERR_OK)
			return err;
	}
	l->list[l->count++] = (struct looked_mail){received_ms, uid};
	l->is_sorted = false;
	return ERR_OK;
}

static const struct looked_mail *find(struct looked_mails *l, uint32_t uid)
{
	const struct looked_mail wanted = {0, uid};

	sort(l);
	return l->count > 0 ? bsearch(&wanted, l->list, l->count, sizeof(*l->list), compare) : NULL;
}

bool looked_mails_has(struct looked_mails *l, uint32_t uid)
{
	return uid <= l->floor || find(l, uid) != NULL;
}

enum err looked_mails_mark(struct looked_mails *l, uint32_t uid)
{
	looked_mails_forget(l, uid);
	return looked_mails_add(l, uid, LOOKED_MARKED);
}

bool looked_mails_is_marked(struct looked_mails *l, uint32_t uid)
{
	const struct looked_mail *mail = find(l, uid);

	return mail != NULL && mail->received_ms == LOOKED_MARKED;
}

void looked_mails_forget(struct looked_mails *l, uint32_t uid)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (l->list[i].uid != uid)
			l->list[kept++] = l->list[i];
	}
	l->count = kept;
}

void looked_mails_forget_since(struct looked_mails *l, int64_t received_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (l->list[i].received_ms < received_ms)
			l->list[kept++] = l->list[i];
	}
	l->count = kept;
}

/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_queue.h"

#include <assert.h>
#include <stdlib.h>

enum err queue_reserve(struct queue *q, size_t count)
{
	struct queue_entry **entries;

	if (count <= q->cap)
		return ERR_OK;
	entries = realloc(q->entries, count * sizeof(struct queue_entry *));
	if (entries == NULL)
		return ERR_NOMEM;
	q->entries = entries;
	q->cap = count;
	return ERR_OK;
}

void queue_fini(struct queue *q)
{
	for (size_t i = 0; i < q->count; i++)
		q->entries[i]->place = 0;
	free(q->entries);
	*q = (struct queue){.entries = NULL};
}

static void put_at(struct queue *q, struct queue_entry *e, size_t place)
{
	q->entries[place - 1] = e;
	e->place = place;
}

static void rise(struct queue *q, struct queue_entry *e, size_t place)
{
	while (place > 1 && q->entries[place / 2 - 1]->due_ms > e->due_ms) {
		put_at(q, q->entries[place / 2 - 1], place);
		place /= 2;
	}
	put_at(q, e, place);
}

static void sink(struct queue *q, struct queue_entry *e, size_t place)
{
	for (;;) {
		size_t child = place * 2;

		if (child > q->count)
			break;
		if (child < q->count && q->entries[child]->due_ms < q->entries[child - 1]->due_ms)
			child++;
		if (q->entries[child - 1]->due_ms >= e->due_ms)
			break;
		put_at(q, q->entries[child - 1], place);
		place = child;
	}
	put_at(q, e, place);
}

void queue_put(struct queue *q, struct queue_entry *e, uint64_t due_ms)
{
	queue_remove(q, e);
	assert(q->count < q->cap);
	e->due_ms = due_ms;
	q->count++;
	rise(q, e, q->count);
}

void queue_remove(struct queue *q, struct queue_entry *e)
{
	size_t place = e->place;
	struct queue_entry *last;

	if (place == 0)
		return;
	assert(place <= q->count && q->entries[place - 1] == e);
	last = q->entries[--q->count];
	e->place = 0;
	if (last == e)
		return;
	if (last->due_ms < e->due_ms) {
		rise(q, last, place);
	} else {
		sink(q, last, place);
	}
}

struct queue_entry *queue_first(const struct queue *q)
{
	return q->count > 0 ? q->entries[0] : NULL;
}

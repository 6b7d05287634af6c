/* SPDX-License-Identifier: MIT */
#include "core/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)16 * 1024)

struct arena_chunk {
	struct arena_chunk *next; /* owned */
	size_t cap;
	size_t used;
	alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
	assert(max > 0);
	*a = (struct arena){.max = max};
}

static void free_chain(struct arena_chunk *c)
{
	while (c != NULL) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
}

void arena_fini(struct arena *a)
{
	free_chain(a->first);
	*a = (struct arena){.max = a->max};
}

void arena_reset(struct arena *a)
{
	/* A chunk made for one huge piece goes back: what is kept must stay small. */
	if (a->first != NULL && a->first->cap > CHUNK_BYTES) {
		free_chain(a->first);
		a->first = NULL;
	} else if (a->first != NULL) {
		free_chain(a->first->next);
		a->first->next = NULL;
		a->first->used = 0;
	}
	a->now = a->first;
	a->used = 0;
}

static struct arena_chunk *chunk_new(size_t at_least)
{
	size_t cap = at_least > CHUNK_BYTES ? at_least : CHUNK_BYTES;
	struct arena_chunk *c = malloc(sizeof(*c) + cap);

	if (c == NULL)
		return NULL;
	c->next = NULL;
	c->cap = cap;
	c->used = 0;
	return c;
}

static char *take(struct arena *a, size_t size, size_t align)
{
	if (size > a->max - a->used)
		return NULL;
	if (a->now != NULL) {
		size_t start = (a->now->used + align - 1) / align * align;

		if (start <= a->now->cap && size <= a->now->cap - start) {
			a->now->used = start + size;
			a->used += size;
			return a->now->bytes + start;
		}
	}

	struct arena_chunk *c = chunk_new(size);

	if (c == NULL)
		return NULL;
	if (a->now != NULL) {
		a->now->next = c;
	} else {
		a->first = c;
	}
	a->now = c;
	c->used = size;
	a->used += size;
	return c->bytes;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size, alignof(max_align_t));

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

char *arena_bytes(struct arena *a, size_t len)
{
	return take(a, len, 1);
}

enum err arena_str_dup(struct arena *a, struct str s, struct str *ret_copy)
{
	char *copy = s.len < SIZE_MAX ? arena_bytes(a, s.len + 1) : NULL;

	if (copy == NULL)
		return ERR_NOMEM;
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	*ret_copy = (struct str){copy, s.len};
	return ERR_OK;
}

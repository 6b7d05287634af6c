/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/trouble.h"

#include <stdlib.h>
#include <string.h>

bool trouble_note(struct trouble **trouble, const char *text, uint64_t now_ms)
{
	struct trouble *before = *trouble;
	const size_t size = strlen(text) + 1;
	struct trouble *t;

	if (before != NULL && strcmp(before->text, text) == 0) {
		before->count++;
		if (now_ms - before->told_ms < TROUBLE_AGAIN_MS)
			return false;
		before->told_ms = now_ms;
		return true;
	}
	t = malloc(sizeof(*t) + size);
	if (t == NULL)
		return true;
	t->count = before != NULL ? before->count + 1 : 1;
	t->told_ms = now_ms;
	memcpy(t->text, text, size);
	free(before);
	*trouble = t;
	return true;
}

enum err trouble_copy(const struct trouble *from, struct trouble **ret_copy)
{
	struct trouble *copy = NULL;
	size_t size;

	if (from != NULL) {
		size = sizeof(*from) + strlen(from->text) + 1;
		copy = malloc(size);
		if (copy == NULL)
			return ERR_NOMEM;
		memcpy(copy, from, size);
	}
	*ret_copy = copy;
	return ERR_OK;
}

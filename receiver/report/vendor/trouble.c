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

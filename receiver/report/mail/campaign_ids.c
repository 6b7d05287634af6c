/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/campaign_ids.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"

struct campaign_ids {
	unsigned refs;
	size_t count;
	char *texts[]; /* owned; lower case, in order, none twice */
};

static int compare(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

static void drop_repeats(struct campaign_ids *ids)
{
	size_t kept = 0;

	for (size_t i = 0; i < ids->count; i++) {
		if (kept > 0 && strcmp(ids->texts[kept - 1], ids->texts[i]) == 0) {
			free(ids->texts[i]);
		} else {
			ids->texts[kept++] = ids->texts[i];
		}
	}
	ids->count = kept;
}

static enum err add(struct campaign_ids *ids, struct str id)
{
	char *copy;

	if (id.len == 0)
		return ERR_OK;
	copy = str_dup(id);
	if (copy == NULL)
		return ERR_NOMEM;
	for (char *c = copy; *c != '\0'; c++)
		*c = ascii_lower(*c);
	ids->texts[ids->count++] = copy;
	return ERR_OK;
}

enum err campaign_ids_new(const struct str *ids, size_t count, struct campaign_ids **ret_ids)
{
	struct campaign_ids *made = calloc(1, sizeof(*made) + count * sizeof(char *));

	if (made == NULL)
		return ERR_NOMEM;
	made->refs = 1;
	for (size_t i = 0; i < count; i++) {
		if (add(made, ids[i]) != ERR_OK) {
			campaign_ids_unref(made);
			return ERR_NOMEM;
		}
	}
	if (made->count > 0)
		qsort(made->texts, made->count, sizeof(char *), compare);
	drop_repeats(made);
	*ret_ids = made;
	return ERR_OK;
}

struct campaign_ids *campaign_ids_ref(struct campaign_ids *ids)
{
	ids->refs++;
	return ids;
}

void campaign_ids_unref(struct campaign_ids *ids)
{
	if (ids == NULL)
		return;
	assert(ids->refs > 0);
	if (--ids->refs > 0)
		return;
	for (size_t i = 0; i < ids->count; i++)
		free(ids->texts[i]);
	free(ids);
}

size_t campaign_ids_count(const struct campaign_ids *ids)
{
	return ids->count;
}

/* The first in [low, high) whose character number @p at is not below @p c; those before are equal.
 */
static size_t bound(const struct campaign_ids *ids, size_t low, size_t high, size_t at, unsigned c)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((unsigned char)ids->texts[middle][at] < c) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

size_t campaign_ids_at(const struct campaign_ids *ids, struct str text, size_t at, size_t above)
{
	size_t low = 0;
	size_t high = ids->count;

	for (size_t len = 0; low < high; len++) {
		unsigned c;

		/* Of those that begin so, one that ends here is the first. */
		if (len > above && ids->texts[low][len] == '\0')
			return len;
		if (at + len >= text.len || text.ptr[at + len] == '\0')
			return 0;
		c = (unsigned char)ascii_lower(text.ptr[at + len]);
		low = bound(ids, low, high, len, c);
		high = bound(ids, low, high, len, c + 1);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "receiver/report/list/choices.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void choices_fini(struct choices *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->texts[i]);
	free(c->texts);
	*c = (struct choices){.texts = NULL};
}

enum err choices_add(struct choices *c, struct str text, size_t max)
{
	char *copy;

	if (c->count >= max)
		return ERR_LIMIT;
	if (c->count == c->cap) {
		size_t cap = c->cap > 0 ? c->cap * 2 : 8;
		char **texts = realloc(c->texts, cap * sizeof(*texts));

		if (texts == NULL)
			return ERR_NOMEM;
		c->texts = texts;
		c->cap = cap;
	}
	copy = str_dup(text);
	if (copy == NULL)
		return ERR_NOMEM;
	c->texts[c->count++] = copy;
	return ERR_OK;
}

enum err choices_copy(const struct choices *from, struct choices *ret_copy)
{
	struct choices copy = {.texts = NULL};

	for (size_t i = 0; i < from->count; i++) {
		if (choices_add(&copy, str_from(from->texts[i]), SIZE_MAX) != ERR_OK) {
			choices_fini(&copy);
			return ERR_NOMEM;
		}
	}
	*ret_copy = copy;
	return ERR_OK;
}

/* Equal texts next to each other, the one that came first in front. */
static int cmp_place(const void *a, const void *b)
{
	char *const *x = *(char *const *const *)a;
	char *const *y = *(char *const *const *)b;
	int order = strcmp(*x, *y);

	if (order != 0)
		return order;
	return x < y ? -1 : x > y;
}

enum err choices_unique(struct choices *c)
{
	char ***places;
	size_t kept = 0;

	if (c->count < 2)
		return ERR_OK;
	places = malloc(c->count * sizeof(*places));
	if (places == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->count; i++)
		places[i] = &c->texts[i];
	qsort(places, c->count, sizeof(*places), cmp_place);
	for (size_t i = c->count - 1; i > 0; i--) {
		if (strcmp(*places[i], *places[i - 1]) == 0) {
			free(*places[i]);
			*places[i] = NULL;
		}
	}
	free(places);
	for (size_t i = 0; i < c->count; i++) {
		if (c->texts[i] != NULL)
			c->texts[kept++] = c->texts[i];
	}
	c->count = kept;
	return ERR_OK;
}

bool choices_same(const struct choices *a, const struct choices *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->texts[i], b->texts[i]) != 0)
			return false;
	}
	return true;
}

/* ---- products ---- */

size_t product_count(const struct factor *factors, size_t count)
{
	size_t product = 1;

	for (size_t i = 0; i < count; i++) {
		if (factors[i].choices->count == 0)
			return 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (product > SIZE_MAX / factors[i].choices->count)
			return SIZE_MAX;
		product *= factors[i].choices->count;
	}
	return product;
}

void product_at(const struct factor *factors, size_t count, size_t i,
                struct report_value *ret_values)
{
	for (size_t k = count; k-- > 0;) {
		const struct choices *c = factors[k].choices;

		ret_values[k] = (struct report_value){factors[k].name, c->texts[i % c->count]};
		i /= c->count;
	}
}

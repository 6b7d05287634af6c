/* SPDX-License-Identifier: MIT */
#include "publish/entry.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_COUNT 9

/* Every slice of a payload. */
static void slices_of(struct payload *p, struct str *slices[SLICE_COUNT])
{
	struct str *const all[SLICE_COUNT] = {&p->account, &p->source,     &p->verified,
	                                      &p->method,  &p->media_type, &p->query,
	                                      &p->headers, &p->vars,       &p->body};

	memcpy(slices, all, sizeof(all));
}

enum err entry_new(const struct payload *payload, struct entry **ret_entry)
{
	struct payload copy = *payload;
	struct str *slices[SLICE_COUNT];
	size_t size = sizeof(struct entry);
	struct entry *e;
	char *at;

	slices_of(&copy, slices);
	for (size_t i = 0; i < SLICE_COUNT; i++)
		size += slices[i]->len;
	e = malloc(size);
	if (e == NULL)
		return ERR_NOMEM;
	*e = (struct entry){.payload = copy};
	at = (char *)(e + 1);
	slices_of(&e->payload, slices);
	for (size_t i = 0; i < SLICE_COUNT; i++) {
		if (slices[i]->len > 0)
			memcpy(at, slices[i]->ptr, slices[i]->len);
		slices[i]->ptr = at;
		at += slices[i]->len;
	}
	*ret_entry = e;
	return ERR_OK;
}

void entry_rest(struct entry *e)
{
	if (e->spare != NULL && *e->spare == NULL) {
		*e->spare = e->normaliser;
	} else {
		normaliser_free(e->normaliser);
	}
	source_unref(e->source);
	e->normaliser = NULL;
	e->source = NULL;
}

void entry_free(struct entry *e)
{
	if (e == NULL)
		return;
	entry_rest(e);
	free(e);
}

static enum err begin(struct entry *e, struct source *source)
{
	enum err err;

	e->source = source_ref(source);
	if (e->spare != NULL && *e->spare != NULL) {
		e->normaliser = *e->spare;
		*e->spare = NULL;
		normaliser_restart(e->normaliser, e->source, &e->payload);
		return ERR_OK;
	}
	err = normaliser_new(e->source, &e->payload, NORMALISE_MEMORY_DEFAULT, &e->normaliser);
	if (err != ERR_OK)
		entry_rest(e);
	return err;
}

enum normalise_result entry_next(struct entry *e, struct source *source, struct event *ret_event,
                                 struct normalise_bad *reterr_bad)
{
	if (e->normaliser == NULL) {
		enum normalise_result r = NORMALISE_EVENT;

		if (begin(e, source) != ERR_OK)
			return NORMALISE_NOMEM;
		for (size_t i = 0; i < e->taken && r != NORMALISE_NOMEM && r != NORMALISE_END; i++)
			r = normaliser_next(e->normaliser, ret_event, reterr_bad);
		if (r == NORMALISE_NOMEM || r == NORMALISE_END)
			return r;
	}
	return normaliser_next(e->normaliser, ret_event, reterr_bad);
}

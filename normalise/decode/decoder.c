/* SPDX-License-Identifier: MIT */
#include "normalise/decode/decoder.h"

#include <stdlib.h>

#include "normalise/decode/decode.h"

/* So much is kept for the next payload; what a huge one needed goes back. */
#define DECODE_KEEP_MAX ((size_t)64 * 1024)

enum err decoder_new(const struct decode_spec *spec, const struct payload *payload,
                     size_t memory_max, struct decoder **ret_decoder)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return ERR_NOMEM;
	d->spec = spec;
	d->payload = payload;
	d->memory_max = memory_max;
	arena_init(&d->document, memory_max);
	arena_init(&d->record, memory_max);
	buf_init(&d->composed, memory_max);
	lookup_init(d);
	*ret_decoder = d;
	return ERR_OK;
}

void decoder_restart(struct decoder *d, const struct decode_spec *spec,
                     const struct payload *payload)
{
	struct decoder next = {
		.spec = spec,
		.payload = payload,
		.memory_max = d->memory_max,
		.document = d->document,
		.record = d->record,
		.scopes = d->scopes,
		.composed = d->composed,
		.csv = {.fields = d->csv.fields},
		.up_cache = {.arena = d->up_cache.arena},
		.env_cache = {.arena = d->env_cache.arena},
	};

	*d = next;
	arena_reset(&d->document);
	arena_reset(&d->record);
	arena_reset(&d->scopes);
	arena_reset(&d->up_cache.arena);
	arena_reset(&d->env_cache.arena);
	buf_reset(&d->composed);
	if (d->composed.cap > DECODE_KEEP_MAX)
		buf_fini(&d->composed);
}

void decoder_free(struct decoder *d)
{
	if (d == NULL)
		return;
	lookup_fini(d);
	csv_fields_free(d->csv.fields);
	buf_fini(&d->composed);
	arena_fini(&d->record);
	arena_fini(&d->document);
	free(d);
}

/* Read the record at @p c, which gets behind it, also when it is too large or too deep. */
static enum err read_record(struct decoder *d, struct json_cursor *c, struct record *record,
                            struct err_detail *reterr_detail)
{
	struct json_cursor from;
	enum err err;

	(void)json_skip_blanks(c);
	from = *c;
	err = json_read(c, &d->record, &record->root, reterr_detail);
	if (err == ERR_NOMEM) {
		*c = from;
		(void)!json_skip(c, NULL, NULL); /* was checked before */
		err = decode_too_large(d, (size_t)(c->at - from.at), reterr_detail);
	}
	record->raw = (struct str){from.at, (size_t)(c->at - from.at)};
	return err;
}

/* The next document of a stream becomes the one whose records are given. */
static enum err next_document(struct decoder *d, struct err_detail *reterr_detail)
{
	struct json_cursor document;
	enum err err;

	if (!d->is_stream)
		return ERR_NOENT;
	err = json_seq_next(&d->stream, &document, reterr_detail);
	if (err != ERR_OK)
		return err;
	d->env = document;
	json_records_start(&d->records, document, d->spec->records);
	return ERR_OK;
}

static enum err next_json(struct decoder *d, struct record *record,
                          struct err_detail *reterr_detail)
{
	struct json_cursor *at;
	enum err err;

	while (json_records_next(&d->records, &at) != ERR_OK) {
		err = next_document(d, reterr_detail);
		if (err == ERR_NOENT && d->records.path != NULL && !d->records.found) {
			err_detail_set(reterr_detail, "no records where the profile says");
			return ERR_PARSE;
		}
		if (err != ERR_OK)
			return err;
	}
	return read_record(d, at, record, reterr_detail);
}

static enum err next_raw(struct decoder *d, struct record *record, struct err_detail *reterr_detail)
{
	if (d->csv.is_on)
		return decode_csv_next(d, record, reterr_detail);
	if (d->form == NULL)
		return next_json(d, record, reterr_detail);
	record->root = d->form;
	record->raw = d->form_raw;
	d->done = true;
	return ERR_OK;
}

/* Put the next element where the array was. */
static void spread_step(struct decoder *d, struct record *record)
{
	struct decode_spread *s = &d->spread;
	const struct value *element = s->next;

	s->slot->kind = element->kind;
	s->slot->count = element->count;
	s->slot->text = element->text;
	s->slot->first = element->first;
	s->slot->last = element->last;
	s->next = element->next;
	record->root = s->root;
	record->raw = s->raw;
}

static void spread_start(struct decoder *d, struct record *record)
{
	struct value *v =
		d->spec->spread != NULL ? field_path_get(d->spec->spread, record->root) : NULL;

	if (v == NULL || v->kind != VALUE_ARRAY || v->first == NULL)
		return;
	d->spread = (struct decode_spread){
		.root = record->root, .slot = v, .next = v->first, .raw = record->raw};
	spread_step(d, record);
}

/* A body that cannot be taken in whole counts as one record that is too large. */
static enum err begin_once(struct decoder *d, struct record *record,
                           struct err_detail *reterr_detail)
{
	enum err err;

	if (d->begun)
		return ERR_OK;
	d->begun = true;
	err = decode_begin(d, reterr_detail);
	if (err != ERR_LIMIT)
		return err;
	d->done = true;
	record->raw = d->payload->body.len > 0 ? d->payload->body : d->payload->query;
	return ERR_LIMIT;
}

static enum err next(struct decoder *d, struct record *record, struct err_detail *reterr_detail)
{
	enum err err;

	if (d->spread.next != NULL) {
		value_clear_used(d->spread.root);
		spread_step(d, record);
		return ERR_OK;
	}
	if (d->done)
		return ERR_NOENT;
	arena_reset(&d->record);
	err = begin_once(d, record, reterr_detail);
	if (err == ERR_OK)
		err = next_raw(d, record, reterr_detail);
	if (err == ERR_OK)
		spread_start(d, record);
	return err;
}

/* The detail is the decoder's own: for a caller that asks again after a failure, and because to
 * clear one for each record costs more than to read a small record. */
enum err decoder_next(struct decoder *d, struct record *ret_record,
                      struct err_detail *reterr_detail)
{
	struct record record = {.root = NULL, .raw = STR_EMPTY, .index = d->index};
	enum err err = d->failed;

	if (err == ERR_OK) {
		err = next(d, &record, &d->detail);
		if (err == ERR_OK || err == ERR_LIMIT || err == ERR_INVAL) {
			*ret_record = record;
			d->index++;
		} else {
			d->failed = err;
		}
	}
	if (err != ERR_OK && reterr_detail != NULL)
		*reterr_detail = d->detail;
	return err;
}

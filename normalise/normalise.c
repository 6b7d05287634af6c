/* SPDX-License-Identifier: MIT */
#include "normalise/normalise.h"

#include <inttypes.h>
#include <stdlib.h>

#include "normalise/normaliser.h"
#include "normalise/ordinal_list.h"
#include "normalise/profile/map.h"

/* So much is kept for the next payload; what a huge event needed goes back. */
#define KEEP_MAX ((size_t)64 * 1024)

struct normaliser {
	const struct source *source; /* borrowed */
	struct decoder *decoder;     /* owned */
	struct record record;
	bool has_record;
	bool is_matched;    /* a map gave something for the present record */
	const char *misfit; /* why none did */
	bool is_over;
	bool only_ids;
	size_t next_map;
	const struct map *map;        /* of the present event */
	struct counter_list counters; /* of the present record, by that map */
	size_t next_counter;
	struct ordinal_list ordinals; /* of the payload */
	struct arena arena;           /* texts and marks of the present event */
	struct eval eval;
	struct fact fact;
	struct buf scratch, json;
};

static void begin_payload(struct normaliser *n, const struct source *source,
                          const struct payload *payload)
{
	n->source = source;
	n->fact.instance = source_instance(source);
	n->fact.vendor = source_vendor(source);
	n->fact.account = source_account(source);
	n->fact.payload = payload;
	ordinal_list_open(&n->ordinals, payload->vars);
}

enum err normaliser_new(const struct source *source, const struct payload *payload,
                        size_t memory_max, struct normaliser **ret_normaliser)
{
	struct normaliser *n = calloc(1, sizeof(*n));
	enum err err = ERR_NOMEM;

	if (n == NULL)
		return ERR_NOMEM;
	arena_init(&n->arena, memory_max);
	buf_init(&n->scratch, memory_max);
	buf_init(&n->json, memory_max);
	begin_payload(n, source, payload);
	err = decoder_new(&source_spec(source)->decode, payload, memory_max, &n->decoder);
	if (err != ERR_OK)
		goto out;
	*ret_normaliser = n;
	n = NULL;
out:
	normaliser_free(n);
	return err;
}

static void keep_little(struct buf *b)
{
	buf_reset(b);
	if (b->cap > KEEP_MAX)
		buf_fini(b);
}

void normaliser_restart(struct normaliser *n, const struct source *source,
                        const struct payload *payload)
{
	struct normaliser next = {
		.decoder = n->decoder,
		.only_ids = n->only_ids,
		.arena = n->arena,
		.scratch = n->scratch,
		.json = n->json,
	};

	*n = next;
	arena_reset(&n->arena);
	keep_little(&n->scratch);
	keep_little(&n->json);
	begin_payload(n, source, payload);
	decoder_restart(n->decoder, &source_spec(source)->decode, payload);
}

void normaliser_free(struct normaliser *n)
{
	if (n == NULL)
		return;
	decoder_free(n->decoder);
	arena_fini(&n->arena);
	buf_fini(&n->scratch);
	buf_fini(&n->json);
	free(n);
}

static enum normalise_result bad_record(const struct normaliser *n, const char *cause,
                                        const char *text, struct normalise_bad *reterr_bad)
{
	*reterr_bad = (struct normalise_bad){
		.cause = cause, .index = n->record.index, .raw = n->record.raw};
	if (n->record.line > 0 && !str_has_prefix(str_from(text), STR_LIT("line "))) {
		err_detail_set(&reterr_bad->detail, "line %" PRIu64 ": %s", n->record.line, text);
	} else {
		err_detail_set(&reterr_bad->detail, "%s", text);
	}
	return NORMALISE_BAD_RECORD;
}

static enum normalise_result too_large(const struct normaliser *n, struct normalise_bad *reterr_bad)
{
	return bad_record(n, "too_large",
	                  "the record is too large, too deep or has too many fields", reterr_bad);
}

/* A row of CSV whose shape is wrong, or that is too long: the decoder knows its line. */
static enum normalise_result bad_row(const struct normaliser *n, const char *cause,
                                     const struct err_detail *detail,
                                     struct normalise_bad *reterr_bad)
{
	return bad_record(n, cause, detail->text, reterr_bad);
}

static enum normalise_result bad_payload(struct normaliser *n, const struct err_detail *detail,
                                         struct normalise_bad *reterr_bad)
{
	const struct payload *p = n->fact.payload;

	n->is_over = true;
	*reterr_bad = (struct normalise_bad){.cause = "unparsable",
	                                     .raw = p->body.len > 0 ? p->body : p->query,
	                                     .detail = *detail};
	return NORMALISE_BAD_PAYLOAD;
}

/** A scalar, null or {} says nothing that a map could take. */
static bool is_empty_record(const struct value *v)
{
	return (v->kind != VALUE_OBJECT && v->kind != VALUE_ARRAY) || v->count == 0;
}

/** Memory of the last event goes; its marks must not reach the next one. */
static void start_event(struct normaliser *n)
{
	eval_unmark(&n->eval);
	arena_reset(&n->arena);
	n->eval =
		(struct eval){.record = n->record.root, .decoder = n->decoder, .arena = &n->arena};
}

static enum normalise_result failed(const struct normaliser *n, enum err err,
                                    struct normalise_bad *reterr_bad)
{
	return err == ERR_LIMIT ? too_large(n, reterr_bad) : NORMALISE_NOMEM;
}

static enum normalise_result write_event(struct normaliser *n, struct event *ret_event,
                                         struct normalise_bad *reterr_bad)
{
	enum err err;

	if (n->only_ids) {
		event_id(&n->fact, ret_event->id);
		return NORMALISE_EVENT;
	}
	err = event_write(&n->fact, &n->scratch, &n->json, ret_event);
	return err == ERR_OK ? NORMALISE_EVENT : failed(n, err, reterr_bad);
}

/** One event for each counter; all of them leave the same members to extra. */
static enum normalise_result write_counter(struct normaliser *n, struct event *ret_event,
                                           struct normalise_bad *reterr_bad)
{
	const struct counter *counter = &n->counters.list[n->next_counter++];

	n->fact.status = counter->status;
	n->fact.count = counter->count;
	return write_event(n, ret_event, reterr_bad);
}

static bool has_key(const struct fact *fact)
{
	for (size_t i = 0; i < fact->key_count; i++) {
		if (fact->key[i].len > 0)
			return true;
	}
	return false;
}

/** None when there is no counter, or nobody knows whose it is: then the map gives nothing. */
static void find_counters(struct normaliser *n)
{
	counters_read(n->map, &n->eval, &n->counters);
	n->next_counter = 0;
	if (n->counters.count == 0) {
		n->misfit = "there is no counter where the map says";
	} else if (!has_key(&n->fact)) {
		/* The record itself cannot stand for the key: it is another with each count. */
		n->misfit = "every value of the counters' key is missing";
		n->counters.count = 0;
	}
}

/** @return NORMALISE_END when the map gives nothing */
static enum normalise_result apply_map(struct normaliser *n, struct event *ret_event,
                                       struct normalise_bad *reterr_bad)
{
	enum err err = map_apply(n->map, &n->eval, &n->fact);
	bool has_counters = n->map->counter_count > 0;

	n->fact.ordinal = 0;
	if (n->map->has_ordinal && !n->only_ids)
		n->fact.ordinal = ordinal_list_get(&n->ordinals, n->record.index);
	if (err == ERR_OK && has_counters) {
		find_counters(n);
		err = n->eval.err;
	}
	if (err != ERR_OK)
		return failed(n, err, reterr_bad);
	if (!has_counters)
		return write_event(n, ret_event, reterr_bad);
	return n->counters.count > 0 ? write_counter(n, ret_event, reterr_bad) : NORMALISE_END;
}

/** Try one map on the present record. @return NORMALISE_END when it gives nothing */
static enum normalise_result try_map(struct normaliser *n, struct event *ret_event,
                                     struct normalise_bad *reterr_bad)
{
	start_event(n);
	n->counters.count = n->next_counter = 0;

	bool matches = map_matches(n->map, &n->eval, source_zones(n->source));

	if (n->eval.err != ERR_OK)
		return failed(n, n->eval.err, reterr_bad);
	return matches ? apply_map(n, ret_event, reterr_bad) : NORMALISE_END;
}

/**
 * The next counter of the present map, or the next map whose `when` holds.
 *
 * @return NORMALISE_END when the present record has no more to give
 */
static enum normalise_result next_event(struct normaliser *n, struct event *ret_event,
                                        struct normalise_bad *reterr_bad)
{
	const struct profile_source *spec = source_spec(n->source);

	if (n->next_counter < n->counters.count)
		return write_counter(n, ret_event, reterr_bad);
	while (n->next_map < spec->map_count) {
		enum normalise_result r;

		n->map = spec->maps[n->next_map++];
		r = try_map(n, ret_event, reterr_bad);
		if (r != NORMALISE_END) {
			n->is_matched = true;
			return r;
		}
	}
	n->has_record = false;
	eval_unmark(&n->eval);
	if (!n->is_matched)
		return bad_record(n, "unmapped_shape", n->misfit, reterr_bad);
	return NORMALISE_END;
}

static enum normalise_result next_record(struct normaliser *n, struct normalise_bad *reterr_bad)
{
	struct err_detail detail = {.text = ""};

	n->eval.marks = NULL;
	switch (decoder_next(n->decoder, &n->record, &detail)) {
	case ERR_OK:
		break;
	case ERR_LIMIT:
		if (str_has_prefix(str_from(detail.text), STR_LIT("line ")))
			return bad_row(n, "too_large", &detail, reterr_bad);
		return too_large(n, reterr_bad);
	case ERR_INVAL:
		return bad_row(n, "unparsable", &detail, reterr_bad);
	case ERR_PARSE:
		return bad_payload(n, &detail, reterr_bad);
	case ERR_NOMEM:
		return NORMALISE_NOMEM;
	case ERR_AUTH:
	case ERR_AGAIN:
	case ERR_IO:
	case ERR_EXISTS:
	case ERR_NOENT:
	case ERR_CANCELED:
		n->is_over = true;
		return NORMALISE_END;
	}
	if (is_empty_record(n->record.root))
		return bad_record(n, "unmapped_shape", "the record is empty", reterr_bad);
	n->has_record = true;
	n->is_matched = false;
	n->misfit = "no map fits this record";
	n->next_map = 0;
	n->counters.count = n->next_counter = 0;
	return NORMALISE_EVENT; /* go on with it */
}

enum normalise_result normaliser_next(struct normaliser *n, struct event *ret_event,
                                      struct normalise_bad *reterr_bad)
{
	while (!n->is_over) {
		enum normalise_result r;

		if (n->has_record) {
			r = next_event(n, ret_event, reterr_bad);
			if (r != NORMALISE_END)
				return r;
			continue;
		}
		r = next_record(n, reterr_bad);
		if (r != NORMALISE_EVENT)
			return r;
	}
	return NORMALISE_END;
}

void normaliser_only_ids(struct normaliser *n)
{
	n->only_ids = true;
}

bool normaliser_has_ordinal(const struct normaliser *n, size_t *ret_index)
{
	*ret_index = n->record.index;
	return n->map->has_ordinal;
}

enum err normalise_check(const struct source *source, const struct payload *payload,
                         size_t memory_max, struct err_detail *reterr_detail)
{
	struct decoder *d = NULL;
	struct record record;
	enum err err = decoder_new(&source_spec(source)->decode, payload, memory_max, &d);

	if (err != ERR_OK)
		return err;
	do {
		err = decoder_next(d, &record, reterr_detail);
	} while (err == ERR_OK);
	decoder_free(d);
	if (err == ERR_NOENT)
		return ERR_OK;
	if (err == ERR_INVAL)
		return ERR_PARSE;
	if (err != ERR_LIMIT)
		return err;
	err_detail_set(reterr_detail, "record %zu is too large, too deep or has too many fields",
	               record.index + 1);
	return ERR_PARSE;
}

/* SPDX-License-Identifier: MIT */
#include "normalise/decode/decode.h"
#include "normalise/normalise.h"
#include "normalise/page.h"
#include "normalise/profile/map.h"

/* An error answer is short; a longer one is not looked into. */
#define MATCH_MEMORY ((size_t)4 * 1024 * 1024)

/** A value or condition that asks for a time has no formats to read it with. */
static const struct time_rule no_time = {.format_count = 0};

struct list_walk {
	const struct list_spec *list;
	const struct timestamp_zone *const *zones;
	int64_t now_ms;
	struct arena arena;
	struct decoder *decoder;
	size_t skipped;
};

/** The search for a record's time. */
struct time_search {
	bool is_there, is_read;
	int64_t ms;
};

static bool accept_time(void *arg, struct eval *ev, struct str *text)
{
	struct time_search *search = arg;

	search->is_there = true;
	search->is_read = eval_time(ev, *text, &search->ms);
	return search->is_read;
}

static void find_time(struct list_walk *w, struct eval *ev, const struct time_rule *rule,
                      struct time_search *search)
{
	struct str text = STR_EMPTY;

	*search = (struct time_search){.ms = 0};
	ev->time = rule;
	ev->zone = rule->has_zone && w->zones != NULL ? w->zones[rule->zone] : NULL;
	(void)value_expr_text(&rule->at, ev, accept_time, search, &text);
	ev->time = &no_time;
	ev->zone = NULL;
}

/**
 * A record without the time always counts; one whose time cannot be read is skipped.
 *
 * @param ret_is_past  whether now is at the time or after it
 * @return ERR_OK, ERR_NOENT there is no such time, ERR_PARSE
 */
static enum err compare_time(struct list_walk *w, struct eval *ev, const struct list_time *time,
                             bool *ret_is_past)
{
	struct time_search search;

	if (time->rule == NULL)
		return ERR_NOENT;
	find_time(w, ev, time->rule, &search);
	if (!search.is_read)
		return search.is_there ? ERR_PARSE : ERR_NOENT;
	*ret_is_past = w->now_ms - time->plus_ms >= search.ms;
	return ERR_OK;
}

static bool is_its_time(struct list_walk *w, struct eval *ev)
{
	bool is_past = false;
	enum err err = compare_time(w, ev, &w->list->after, &is_past);

	if (err == ERR_PARSE)
		w->skipped++;
	if (err == ERR_PARSE || (err == ERR_OK && !is_past))
		return false;
	err = compare_time(w, ev, &w->list->until, &is_past);
	if (err == ERR_PARSE)
		w->skipped++;
	return err == ERR_NOENT || (err == ERR_OK && !is_past);
}

static enum err take_record(struct list_walk *w, struct value *record, page_value_fn fn, void *arg)
{
	struct eval ev = {.record = record,
	                  .decoder = w->decoder,
	                  .arena = &w->arena,
	                  .time = &no_time,
	                  .keep_unused = true};
	struct str value = STR_EMPTY;
	enum err err = ERR_OK;

	if ((w->list->when == NULL || conditions_hold(w->list->when, &ev)) && is_its_time(w, &ev)) {
		if (value_expr_text(w->list->value, &ev, NULL, NULL, &value)) {
			err = fn(arg, value);
		} else {
			w->skipped++;
		}
	}
	arena_reset(&w->arena);
	return err != ERR_OK ? err : ev.err;
}

static enum err walk_records(struct list_walk *w, page_value_fn fn, void *arg,
                             struct err_detail *reterr_detail)
{
	for (;;) {
		struct record record;
		enum err err = decoder_next(w->decoder, &record, reterr_detail);

		if (err == ERR_LIMIT) {
			w->skipped++;
			continue;
		}
		if (err == ERR_NOENT)
			return ERR_OK;
		if (err == ERR_OK)
			err = take_record(w, record.root, fn, arg);
		if (err != ERR_OK)
			return err;
	}
}

/** A vendor with nothing to list may leave the list out, which is an error to the decoder. */
static enum err has_records(struct str body, const struct list_spec *list, struct arena *arena,
                            bool *ret_has, struct err_detail *reterr_detail)
{
	static const struct page_spec no_paging = {.kind = PAGE_NONE};
	struct page page;
	enum err err =
		page_read(body, &list->decode, &no_paging, NULL, arena, &page, reterr_detail);

	arena_reset(arena);
	if (err == ERR_OK)
		*ret_has = page.records > 0;
	return err;
}

enum err page_list_values(struct str body, const struct list_spec *list,
                          const struct timestamp_zone *const *zones, int64_t now_ms,
                          page_value_fn fn, void *arg, size_t *ret_skipped,
                          struct err_detail *reterr_detail)
{
	struct payload payload = {
		.via = PAYLOAD_REPORT, .media_type = STR_LIT("application/json"), .body = body};
	struct list_walk w = {.list = list, .zones = zones, .now_ms = now_ms};
	bool has = false;
	enum err err;

	arena_init(&w.arena, NORMALISE_MEMORY_DEFAULT);
	err = has_records(body, list, &w.arena, &has, reterr_detail);
	if (err == ERR_OK && has)
		err = decoder_new(&list->decode, &payload, NORMALISE_MEMORY_DEFAULT, &w.decoder);
	if (err == ERR_OK && has)
		err = walk_records(&w, fn, arg, reterr_detail);
	decoder_free(w.decoder);
	arena_fini(&w.arena);
	if (err == ERR_OK)
		*ret_skipped = w.skipped;
	return err;
}

static bool holds(const struct conditions *when, struct value *record, struct arena *arena)
{
	struct eval ev = {.record = record, .arena = arena, .time = &no_time, .keep_unused = true};

	return conditions_hold(when, &ev) && ev.err == ERR_OK;
}

bool page_matches(struct str body, const struct conditions *when)
{
	struct json_cursor c;
	enum charset charset = CHARSET_UTF8;
	struct value *root = NULL;
	struct arena arena;
	bool does = false;

	body = charset_skip_bom(body, &charset);
	if (json_check(body, NULL) != ERR_OK)
		return false;
	c = json_cursor(body);
	arena_init(&arena, MATCH_MEMORY);
	if (json_read(&c, &arena, &root, NULL) == ERR_OK) {
		does = holds(when, root, &arena);
		/* The same error may come bare or in a list (Constant Contact). */
		for (struct value *v = root->kind == VALUE_ARRAY ? root->first : NULL;
		     v != NULL && !does; v = v->next)
			does = holds(when, v, &arena);
	}
	arena_fini(&arena);
	return does;
}

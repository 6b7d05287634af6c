/* SPDX-License-Identifier: MIT */
#include "normalise/decode/decode.h"
#include "normalise/normalise.h"
#include "normalise/page.h"
#include "normalise/profile/map.h"

/** Nothing of a webhook is a time, so there are no formats to read one with. */
static const struct time_rule no_time = {.format_count = 0};

static struct str text_of(const struct value_expr *e, struct eval *ev)
{
	struct str text = STR_EMPTY;

	return e != NULL && value_expr_text(e, ev, NULL, NULL, &text) ? text : STR_EMPTY;
}

static enum err take_record(const struct register_spec *spec, struct decoder *decoder,
                            struct value *record, struct arena *arena, page_hook_fn fn, void *arg)
{
	struct eval ev = {.record = record,
	                  .decoder = decoder,
	                  .arena = arena,
	                  .time = &no_time,
	                  .keep_unused = true};
	struct page_hook hook = {
		.id = text_of(spec->id, &ev),
		.url = text_of(spec->url, &ev),
		.status = text_of(spec->status, &ev),
		.events = text_of(spec->events, &ev),
	};
	enum err err = ev.err;

	if (err == ERR_OK && (hook.id.len > 0 || hook.url.len > 0))
		err = fn(arg, &hook);
	arena_reset(arena);
	return err;
}

/** A vendor with nothing to list may leave the list out, which is an error to the decoder. */
static enum err has_records(struct str body, const struct register_spec *spec, struct arena *arena,
                            bool *ret_has, struct err_detail *reterr_detail)
{
	static const struct page_spec no_paging = {.kind = PAGE_NONE};
	struct page page;
	enum err err =
		page_read(body, &spec->list_decode, &no_paging, NULL, arena, &page, reterr_detail);

	arena_reset(arena);
	if (err == ERR_OK)
		*ret_has = page.records > 0;
	return err;
}

enum err page_hooks(struct str body, const struct register_spec *spec, page_hook_fn fn, void *arg,
                    struct err_detail *reterr_detail)
{
	struct payload payload = {
		.via = PAYLOAD_REPORT, .media_type = STR_LIT("application/json"), .body = body};
	struct decoder *decoder = NULL;
	struct arena arena;
	struct record record;
	bool has = false;
	enum err err;

	arena_init(&arena, NORMALISE_MEMORY_DEFAULT);
	err = has_records(body, spec, &arena, &has, reterr_detail);
	if (err == ERR_OK && has) {
		err = decoder_new(&spec->list_decode, &payload, NORMALISE_MEMORY_DEFAULT, &decoder);
	}
	while (err == ERR_OK && has) {
		err = decoder_next(decoder, &record, reterr_detail);
		if (err == ERR_OK)
			err = take_record(spec, decoder, record.root, &arena, fn, arg);
	}
	decoder_free(decoder);
	arena_fini(&arena);
	return err == ERR_NOENT ? ERR_OK : err; /* no more records */
}

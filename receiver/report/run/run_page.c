/* SPDX-License-Identifier: MIT */
/* Pages: nothing is believed before the whole of it was read as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/obj.h"
#include "core/url.h"
#include "normalise/page.h"
#include "receiver/report/run/run_parts.h"

#define STATUS_NO_CONTENT 204

static void unreadable(struct report_run *run, enum err err, const struct err_detail *detail)
{
	char text[sizeof(run->result.text)];

	if (err == ERR_PARSE && ++run->tries < PAGE_TRIES_MAX) {
		run->wants_page = true; /* what stands between us may have cut it off */
		return;
	}
	(void)snprintf(text, sizeof(text), "page cannot be read: %.160s",
	               detail->text[0] != '\0' ? detail->text : err_str(err));
	run_end(run, REPORT_FAILED, text);
}

static void not_ok(struct report_run *run, const struct page *page)
{
	char text[sizeof(run->result.text)] = "the vendor's answer says that it failed";

	if (page->error.len > 0)
		(void)snprintf(text, sizeof(text), "%.*s", STR_FMT(page->error));
	run_refused(run, text);
}

/** Links are relative to the request they came with, so they become whole ones here. */
static enum err resolve_link(struct report_run *run, struct str url, struct page *page,
                             char **ret_link)
{
	enum err err;

	if (run->spec->page.kind != PAGE_LINK || !page->has_next)
		return ERR_OK;
	err = url_resolve(url, page->next, ret_link);
	if (err == ERR_OK)
		page->next = str_from(*ret_link);
	return err;
}

/** The first page of a run says whether there is anything new. */
static bool is_nothing_new(struct report_run *run, const struct page *page)
{
	struct run_checkpoint *at = &run->at;

	if (!run->is_first)
		return false;
	run->is_first = false;
	if (run_checkpoint_text(&at->first, page->same, RUN_SAME_MAX) != ERR_OK) {
		run_end(run, REPORT_FAILED, "out of memory");
		return false;
	}
	return run_is_kept(run) && at->begun_deep_ms == 0 && at->first != NULL &&
	       at->same != NULL && strcmp(at->first, at->same) == 0;
}

static void set_cursor(struct report_run *run)
{
	struct buf text;
	enum err err;

	run->at.pages = run->paging.pages;
	if (run->ordinals != NULL)
		return; /* its windows are read whole */
	buf_init(&text, CHECKPOINT_MAX);
	err = paging_cursor(&run->paging, &text);
	if (err == ERR_OK)
		err = run_checkpoint_text(&run->at.cursor, buf_str(&text), RUN_CURSOR_MAX);
	buf_fini(&text);
	if (err != ERR_OK)
		run_end(run, REPORT_FAILED, err_str(err));
}

/** To the next page. @return whether this page may be passed */
static bool step_on(struct report_run *run, const struct page *page)
{
	const char *text = "";

	switch (paging_take(&run->paging, page, &text)) {
	case PAGING_MORE:
		run->wants_page = true;
		set_cursor(run);
		return true;
	case PAGING_END:
		run_next_window(run);
		return true;
	case PAGING_ERROR:
		break;
	}
	run_end(run, REPORT_FAILED, text);
	return false;
}

static void note_page(struct report_run *run, const struct page *page)
{
	struct report_progress *p = &run->result.progress;

	p->page = run->paging.pages + 1;
	if (page->has_last)
		p->last_page = page->last;
	run->is_resumed = false;
	run->tries = 0;
}

static void skip_rest(struct report_run *run, const struct page *page)
{
	const uint64_t pages = page->has_last && page->last > 1 ? page->last : 1;

	run->result.progress.skipped_pages += pages;
	run_complete(run);
}

/** A page that was read: its rows, and where to go on. */
static enum err take_page(struct report_run *run, const struct page *page, struct str media_type)
{
	const bool is_repeat = run->paging.has_digest && page->records > 0 &&
	                       memcmp(run->paging.digest, page->digest, PAGE_DIGEST_BYTES) == 0;
	const bool is_known = is_nothing_new(run, page);
	const size_t records = is_repeat || is_known ? 0 : page->records;
	struct piece *piece = NULL;
	bool may_pass = true;
	enum err err;

	note_page(run, page);
	err = run_piece_new(run, &run->body, records, media_type, STR_EMPTY, &piece);
	if (err != ERR_OK)
		return err;
	if (is_known) {
		skip_rest(run, page);
	} else {
		may_pass = step_on(run, page);
	}
	if (may_pass)
		err = run_piece_seal(run, piece);
	if (err != ERR_OK || (!may_pass && records == 0)) {
		run_piece_free(piece);
		return err;
	}
	run_piece_add(run, piece);
	return ERR_OK;
}

static void read_page(struct report_run *run, struct str url, const struct vendor_result *result)
{
	const struct profile_report *spec = run->spec;
	struct err_detail detail = {.text = ""};
	struct page page = {.is_ok = true};
	char *link = NULL;
	enum err err = ERR_OK;

	arena_reset(&run->arena);
	if (result->status != STATUS_NO_CONTENT) {
		err = page_read(buf_str(&run->body), &spec->source.decode, &spec->page, &spec->ok,
		                &run->arena, &page, &detail);
	}
	if (err == ERR_OK && page.is_ok) {
		err = resolve_link(run, url, &page, &link);
		if (err == ERR_PARSE)
			err_detail_set(&detail, "its link to the next page is no address");
	}
	if (err != ERR_OK) {
		unreadable(run, err, &detail);
	} else if (!page.is_ok) {
		not_ok(run, &page);
	} else {
		err = take_page(run, &page, result->media_type);
		if (err != ERR_OK)
			run_end(run, REPORT_FAILED, run_piece_trouble(run, err));
	}
	free(link);
}

/* ---- of the call ---- */

static bool on_body(void *arg, struct str bytes)
{
	struct report_run *run;

	OBJ_FROM(run, arg, RUN_MAGIC);
	(void)buf_append_str(&run->body, bytes); /* what does not fit is seen at the end */
	return true;
}

static void on_again(void *arg)
{
	struct report_run *run;

	OBJ_FROM(run, arg, RUN_MAGIC);
	buf_reset(&run->body);
}

static void on_done(void *arg, const struct vendor_result *result)
{
	struct report_run *run;
	struct vendor_call *call;

	OBJ_FROM(run, arg, RUN_MAGIC);
	call = run->call;
	run->call = NULL;
	if (run->is_over) {
		run_kick(run);
		return;
	}
	if (result->end != VENDOR_OK) {
		run_failed(run, result);
	} else if (buf_err(&run->body) != ERR_OK) {
		run_end(run, REPORT_FAILED, "page is too large");
	} else {
		read_page(run, vendor_call_url(call), result);
	}
	run_turn(run);
}

const struct vendor_ops run_page_ops = {
	.on_body = on_body, .on_again = on_again, .on_done = on_done};

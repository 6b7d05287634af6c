/* SPDX-License-Identifier: MIT */
#include "cmd/api/fetch_words.h"

#include "cmd/api/json_parts.h"

void fetch_write_counts(struct json_writer *w, const struct report_value *values, size_t count,
                        const struct report_progress *p)
{
	json_parts_values(w, values, count);
	json_parts_number(w, STR_LIT("pages"), p->pages);
	json_parts_number(w, STR_LIT("rows"), p->rows);
	json_parts_number(w, STR_LIT("bytes"), p->bytes);
	if (p->skipped_pages > 0)
		json_parts_number(w, STR_LIT("skipped_pages"), p->skipped_pages);
}

void fetch_write_place(struct json_writer *w, const struct report_progress *p)
{
	if (p->page > 0)
		json_parts_number(w, STR_LIT("page"), p->page);
	if (p->last_page > 0)
		json_parts_number(w, STR_LIT("last_page"), p->last_page);
	if (p->window_to_ms != 0) {
		json_key(w, STR_LIT("window"));
		json_open_object(w);
		json_parts_time(w, STR_LIT("from"), p->window_from_ms);
		json_parts_time(w, STR_LIT("to"), p->window_to_ms);
		json_close_object(w);
	}
	json_parts_time(w, STR_LIT("begin"), p->begin_ms);
	json_parts_time(w, STR_LIT("until"), p->until_ms);
	if (p->is_paused) {
		json_key(w, STR_LIT("paused"));
		json_bool(w, true);
	}
}

const char *fetch_end_word(enum report_end end)
{
	switch (end) {
	case REPORT_DONE:
		return "done";
	case REPORT_REFUSED:
		return "refused";
	case REPORT_FAILED:
		return "failed";
	case REPORT_LATER:
		return "later";
	case REPORT_UNAUTHORIZED:
		return "unauthorized";
	case REPORT_CANCELED:
		return "canceled";
	}
	return "failed";
}

const char *fetch_err_word(enum err err)
{
	switch (err) {
	case ERR_OK:
		return "ok";
	case ERR_NOENT:
		return "noent";
	case ERR_AUTH:
		return "auth";
	case ERR_AGAIN:
		return "again";
	case ERR_CANCELED:
		return "canceled";
	case ERR_NOMEM:
		return "nomem";
	case ERR_INVAL:
	case ERR_PARSE:
	case ERR_LIMIT:
	case ERR_EXISTS:
	case ERR_IO:
		return "io";
	}
	return "io";
}

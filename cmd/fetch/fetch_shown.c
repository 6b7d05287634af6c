/* SPDX-License-Identifier: MIT */
#include "cmd/fetch/fetch_shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/base/terminal.h"
#include "cmd/base/time_text.h"
#include "cmd/fetch/fetch_jobs.h"
#include "core/clock.h"

#define KEY_MAX   ((size_t)4096)
#define MINUTES_S 120
#define HOURS_S   7200
#define DATE_LEN  10 /* "2026-11-20" */

struct counts {
	uint64_t pages, rows;
};

struct fetch_shown {
	json_t *active;      /* owned: values as text → [pages, rows, job] of runs under way */
	struct counts ended; /* of runs that have ended */
	uint64_t begin_ms;
	/* Of the last progress line. */
	char from[DATE_LEN + 1], to[DATE_LEN + 1];
	uint64_t page, last_page;
	double part; /* of that run that is done, 0 to 1; 0 when it is not known */
	bool is_paused;
	bool has_orders; /* then pages say nothing */
};

/* ---- reading ---- */

static uint64_t number_at(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

static int64_t time_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	int64_t ms = 0;

	return text != NULL && time_text_parse(str_from(text), &ms) == ERR_OK ? ms : 0;
}

static void date_at(const json_t *object, const char *key, char ret_date[DATE_LEN + 1])
{
	const char *text = json_string_value(json_object_get(object, key));

	(void)snprintf(ret_date, DATE_LEN + 1, "%s", text != NULL ? text : "");
}

void fetch_shown_values(json_t *values, struct buf *b)
{
	void *at = json_object_iter(values);
	const char *before = " ";

	for (; at != NULL; at = json_object_iter_next(values, at)) {
		const char *text = json_string_value(json_object_iter_value(at));

		(void)buf_printf(b, "%s%s=", before, json_object_iter_key(at));
		terminal_append(b, str_from(text));
		before = ", ";
	}
}

/* How much of the stretch, and of the present window's pages, is behind. */
static double part_of(const json_t *progress)
{
	const json_t *window = json_object_get(progress, "window");
	int64_t begin = time_at(progress, "begin"), until = time_at(progress, "until");
	int64_t from = time_at(window, "from"), to = time_at(window, "to");
	uint64_t page = number_at(progress, "page"), last = number_at(progress, "last_page");
	double pages = last > 0 && page <= last ? (double)page / (double)last : 0;

	if (until <= begin || to <= from)
		return pages;
	return ((double)(from - begin) + (double)(to - from) * pages) / (double)(until - begin);
}

static const char *state_of(const json_t *job)
{
	const char *state = json_string_value(json_object_get(job, "state"));

	return state != NULL ? state : "";
}

/* @return whether its order is in another state than before */
static bool take_counts(struct fetch_shown *s, const json_t *progress)
{
	json_t *job = json_object_get(progress, "job");
	struct buf key;
	bool is_new;

	buf_init(&key, KEY_MAX);
	fetch_shown_values(json_object_get(progress, "values"), &key);
	is_new = job != NULL && strcmp(state_of(job), "idle") != 0 &&
	         strcmp(state_of(json_array_get(json_object_get(s->active, buf_cstr(&key)), 2)),
	                state_of(job)) != 0;
	(void)json_object_set_new(s->active, buf_cstr(&key),
	                          json_pack("[IIO]",
	                                    json_integer_value(json_object_get(progress, "pages")),
	                                    json_integer_value(json_object_get(progress, "rows")),
	                                    job != NULL ? job : json_null()));
	buf_fini(&key);
	s->has_orders = s->has_orders || job != NULL;
	return is_new;
}

bool fetch_shown_take(struct fetch_shown *s, const json_t *progress)
{
	const json_t *window = json_object_get(progress, "window");
	bool is_new = take_counts(s, progress);

	date_at(window, "from", s->from);
	date_at(window, "to", s->to);
	s->page = number_at(progress, "page");
	s->last_page = number_at(progress, "last_page");
	s->part = part_of(progress);
	s->is_paused = json_is_true(json_object_get(progress, "paused"));
	return is_new;
}

void fetch_shown_run(struct fetch_shown *s, const json_t *run)
{
	struct buf key;

	buf_init(&key, KEY_MAX);
	fetch_shown_values(json_object_get(run, "values"), &key);
	(void)json_object_del(s->active, buf_cstr(&key));
	buf_fini(&key);
	s->ended.pages += number_at(run, "pages");
	s->ended.rows += number_at(run, "rows");
}

/* ---- writing ---- */

static struct counts counts_of(const struct fetch_shown *s)
{
	struct counts all = s->ended;
	const char *key;
	json_t *pair;

	json_object_foreach(s->active, key, pair) {
		all.pages += (uint64_t)json_integer_value(json_array_get(pair, 0));
		all.rows += (uint64_t)json_integer_value(json_array_get(pair, 1));
	}
	return all;
}

static void write_counts(const struct fetch_shown *s, struct buf *b, struct counts c)
{
	if (!s->has_orders) {
		(void)buf_printf(b, "%llu page%s, ", (unsigned long long)c.pages,
		                 c.pages == 1 ? "" : "s");
	}
	(void)buf_printf(b, "%llu row%s", (unsigned long long)c.rows, c.rows == 1 ? "" : "s");
}

static void write_duration(struct buf *b, double seconds)
{
	if (seconds >= HOURS_S) {
		(void)buf_printf(b, "%.0f h", seconds / 3600);
	} else if (seconds >= MINUTES_S) {
		(void)buf_printf(b, "%.0f min", seconds / 60);
	} else {
		(void)buf_printf(b, "%.0f s", seconds);
	}
}

static void write_place(const struct fetch_shown *s, struct buf *b, double elapsed_s)
{
	if (s->from[0] != '\0')
		(void)buf_printf(b, ", %s to %s", s->from, s->to);
	if (s->last_page > 1) {
		(void)buf_printf(b, ", page %llu of %llu", (unsigned long long)s->page,
		                 (unsigned long long)s->last_page);
	}
	if (s->is_paused)
		(void)buf_append_str(b, STR_LIT(", waiting for the journal"));
	/* With one run it can be told; the others are not known before they begin. */
	if (s->part > 0 && s->part < 1 && json_object_size(s->active) == 1) {
		(void)buf_append_str(b, STR_LIT(", about "));
		write_duration(b, elapsed_s * (1 - s->part) / s->part);
		(void)buf_append_str(b, STR_LIT(" left"));
	}
}

static double elapsed_s_of(const struct fetch_shown *s)
{
	return (double)(clock_mono_ms() - s->begin_ms) / 1000;
}

static void hand_out(struct buf *b, char ret_text[FETCH_SHOWN_SIZE])
{
	(void)snprintf(ret_text, FETCH_SHOWN_SIZE, "%s", buf_cstr(b));
	buf_fini(b);
}

void fetch_shown_text(const struct fetch_shown *s, char ret_text[FETCH_SHOWN_SIZE])
{
	double elapsed_s = elapsed_s_of(s);
	struct counts all = counts_of(s);
	struct buf b;

	buf_init(&b, KEY_MAX);
	if (fetch_jobs_write(s->active, clock_now_ms(), &b)) {
		if (all.rows > 0) {
			(void)buf_append_str(&b, STR_LIT(", "));
			write_counts(s, &b, all);
		}
		hand_out(&b, ret_text);
		return;
	}
	write_counts(s, &b, all);
	if (elapsed_s > 1)
		(void)buf_printf(&b, ", %.0f rows/s", (double)all.rows / elapsed_s);
	write_place(s, &b, elapsed_s);
	hand_out(&b, ret_text);
}

void fetch_shown_order(const json_t *progress, char ret_text[FETCH_SHOWN_SIZE])
{
	struct buf b;

	buf_init(&b, KEY_MAX);
	fetch_shown_values(json_object_get(progress, "values"), &b);
	(void)buf_append_str(&b, STR_LIT(": "));
	fetch_jobs_write_one(json_object_get(progress, "job"), clock_now_ms(), &b);
	hand_out(&b, ret_text);
}

void fetch_shown_total(const struct fetch_shown *s, char ret_text[FETCH_SHOWN_SIZE])
{
	struct buf b;

	buf_init(&b, KEY_MAX);
	write_counts(s, &b, counts_of(s));
	(void)buf_append_str(&b, STR_LIT(" in "));
	write_duration(&b, elapsed_s_of(s));
	hand_out(&b, ret_text);
}

/* ---- life ---- */

enum err fetch_shown_new(struct fetch_shown **ret_shown)
{
	struct fetch_shown *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->begin_ms = clock_mono_ms();
	s->active = json_object();
	if (s->active == NULL) {
		free(s);
		return ERR_NOMEM;
	}
	*ret_shown = s;
	return ERR_OK;
}

void fetch_shown_free(struct fetch_shown *s)
{
	if (s == NULL)
		return;
	json_decref(s->active);
	free(s);
}

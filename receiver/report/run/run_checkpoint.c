/* SPDX-License-Identifier: MIT */
#include "receiver/report/run/run_checkpoint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/percent.h"
#include "receiver/report/run/run_claims.h"

#define VERSION_LINE STR_LIT("report 1")
#define TIME_MAX_MS  253402300799999 /* end of the year 9999 */

/* Names of the lines, in the order in which they are written. */
enum line {
	LINE_WATERMARK,
	LINE_DEEP,
	LINE_SAME,
	LINE_CLAIMS,
	LINE_WINDOW,
	LINE_BEGUN_DEEP,
	LINE_FIRST,
	LINE_PAGES,
	LINE_CURSOR,
	LINE_COUNT
};

static const char *const names[LINE_COUNT] = {"watermark",  "deep",  "same",  "claims", "window",
                                              "begun-deep", "first", "pages", "cursor"};

void run_checkpoint_end(struct run_checkpoint *c)
{
	free(c->first);
	free(c->cursor);
	c->first = NULL;
	c->cursor = NULL;
	c->has_window = false;
	c->from_ms = 0;
	c->to_ms = 0;
	c->begun_deep_ms = 0;
	c->pages = 0;
}

void run_checkpoint_fini(struct run_checkpoint *c)
{
	run_checkpoint_end(c);
	job_record_fini(&c->job);
	free(c->same);
	*c = (struct run_checkpoint){.watermark_ms = 0};
}

enum err run_checkpoint_text(char **text, struct str value, size_t max)
{
	char *copy = NULL;

	if (value.len > 0 && value.len <= max && memchr(value.ptr, '\0', value.len) == NULL) {
		copy = str_dup(value);
		if (copy == NULL)
			return ERR_NOMEM;
	}
	free(*text);
	*text = copy;
	return ERR_OK;
}

/* ---- writing ---- */

static void put_time(enum line line, int64_t ms, struct buf *b)
{
	if (ms > 0)
		(void)buf_printf(b, "%s %" PRId64 "\n", names[line], ms);
}

static void put_text(enum line line, const char *text, struct buf *b)
{
	if (text == NULL)
		return;
	(void)buf_printf(b, "%s ", names[line]);
	percent_encode(str_from(text), b);
	(void)buf_append_char(b, '\n');
}

static void put_claims(const struct run_checkpoint *c, struct buf *b)
{
	if (c->claims.count == 0)
		return;
	(void)buf_printf(b, "%s %" PRId64 " ", names[LINE_CLAIMS], c->claims_from_ms);
	run_claims_write(&c->claims, b);
	(void)buf_append_char(b, '\n');
}

static void put_window(const struct run_checkpoint *c, struct buf *b)
{
	(void)buf_printf(b, "%s %" PRId64 " %" PRId64 "\n", names[LINE_WINDOW], c->from_ms,
	                 c->to_ms);
	put_time(LINE_BEGUN_DEEP, c->begun_deep_ms, b);
	put_text(LINE_FIRST, c->first, b);
	put_time(LINE_PAGES, c->pages, b);
	put_text(LINE_CURSOR, c->cursor, b);
}

enum err run_checkpoint_write(const struct run_checkpoint *c, struct buf *b)
{
	(void)buf_append_str(b, VERSION_LINE);
	(void)buf_append_char(b, '\n');
	put_time(LINE_WATERMARK, c->watermark_ms, b);
	put_time(LINE_DEEP, c->deep_ms, b);
	put_text(LINE_SAME, c->same, b);
	put_claims(c, b);
	if (c->has_window)
		put_window(c, b);
	return job_record_write(&c->job, b);
}

/* ---- reading ---- */

static enum err read_number(struct str text, int64_t max, int64_t *ret_number)
{
	uint64_t number;

	if (str_to_u64(text, &number) != ERR_OK || number > (uint64_t)max)
		return ERR_PARSE;
	*ret_number = (int64_t)number;
	return ERR_OK;
}

static enum err read_claims(struct str text, struct run_checkpoint *c)
{
	struct str from;
	struct str claims;

	if (!str_cut(text, ' ', &from, &claims) ||
	    read_number(from, TIME_MAX_MS, &c->claims_from_ms) != ERR_OK)
		return ERR_PARSE;
	return run_claims_read(claims, &c->claims);
}

static enum err read_window(struct str text, struct run_checkpoint *c)
{
	struct str from;
	struct str to;

	if (!str_cut(text, ' ', &from, &to) ||
	    read_number(from, TIME_MAX_MS, &c->from_ms) != ERR_OK ||
	    read_number(to, TIME_MAX_MS, &c->to_ms) != ERR_OK || c->from_ms > c->to_ms)
		return ERR_PARSE;
	c->has_window = true;
	return ERR_OK;
}

static enum err read_pages(struct str text, struct run_checkpoint *c)
{
	int64_t pages;

	if (read_number(text, UINT_MAX, &pages) != ERR_OK)
		return ERR_PARSE;
	c->pages = (unsigned)pages;
	return ERR_OK;
}

static enum err read_value(enum line line, struct str text, struct run_checkpoint *c)
{
	switch (line) {
	case LINE_WATERMARK:
		return read_number(text, TIME_MAX_MS, &c->watermark_ms);
	case LINE_DEEP:
		return read_number(text, TIME_MAX_MS, &c->deep_ms);
	case LINE_SAME:
		return percent_decode(text, &c->same);
	case LINE_CLAIMS:
		return read_claims(text, c);
	case LINE_WINDOW:
		return read_window(text, c);
	case LINE_BEGUN_DEEP:
		return read_number(text, TIME_MAX_MS, &c->begun_deep_ms);
	case LINE_FIRST:
		return percent_decode(text, &c->first);
	case LINE_PAGES:
		return read_pages(text, c);
	case LINE_CURSOR:
		return percent_decode(text, &c->cursor);
	case LINE_COUNT:
		break;
	}
	return ERR_PARSE;
}

/** A line of the job, which stand behind all others. @return ERR_NOENT: it is none */
static enum err read_job(struct str name, struct str value, unsigned *next,
                         struct run_checkpoint *c)
{
	enum err err = job_record_line(&c->job, name, value);

	if (err != ERR_NOENT)
		*next = LINE_COUNT;
	return err;
}

/** Each line comes once, in the order in which they are written. */
static enum err read_line(struct str text, unsigned *next, struct run_checkpoint *c)
{
	struct str name;
	struct str value;
	unsigned line = *next;
	enum err err;

	if (!str_cut(text, ' ', &name, &value))
		return ERR_PARSE;
	err = read_job(name, value, next, c);
	if (err != ERR_NOENT)
		return err;
	while (line < LINE_COUNT && !str_eq(name, str_from(names[line])))
		line++;
	*next = line + 1;
	if (line > LINE_WINDOW && !c->has_window)
		return ERR_PARSE;
	return read_value((enum line)line, value, c);
}

/** An order that is under way has a window. */
static bool is_job_fit(const struct run_checkpoint *c)
{
	return c->has_window || c->job.state == JOB_IDLE || c->job.state == JOB_DONE ||
	       c->job.state == JOB_STALE || c->job.state == JOB_FAILED;
}

enum err run_checkpoint_read(struct str text, struct run_checkpoint *ret_checkpoint)
{
	struct run_checkpoint c = {.watermark_ms = 0};
	unsigned next = 0;
	struct str line;
	enum err err = ERR_OK;

	if (text.len > 0 && text.ptr[text.len - 1] != '\n')
		return ERR_PARSE;
	if (text.len > 0) {
		(void)str_cut(text, '\n', &line, &text);
		err = str_eq(line, VERSION_LINE) ? ERR_OK : ERR_PARSE;
	}
	while (err == ERR_OK && text.len > 0) {
		(void)str_cut(text, '\n', &line, &text);
		err = read_line(line, &next, &c);
	}
	if (err == ERR_OK && !is_job_fit(&c))
		err = ERR_PARSE;
	if (err != ERR_OK) {
		run_checkpoint_fini(&c);
		return err;
	}
	*ret_checkpoint = c;
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "normalise/value/timestamp.h"

#include <stdlib.h>
#include <string.h>

#include "normalise/value/timestamp_read.h"
#include "normalise/value/timestamp_zone.h"

#define PATTERN_MAX 64 /* characters */

enum dialect {
	DIALECT_RFC3339,
	DIALECT_RFC2822,
	DIALECT_EPOCH_S,
	DIALECT_EPOCH_MS,
	DIALECT_PATTERN
};

struct timestamp_format {
	enum dialect dialect;
	bool needs_zone;
	size_t count;
	struct pattern_step steps[PATTERN_MAX];
};

/* ---- formats ---- */

static bool is_number(char conversion)
{
	return conversion != '\0' && strchr("YmdHMSy", conversion) != NULL;
}

/* @return what @p conversion fills, for finding doubles: %y is %Y, %b is %m */
static char filled_by(char conversion)
{
	if (conversion == 'y')
		return 'Y';
	if (conversion == 'b')
		return 'm';
	return conversion;
}

static enum err add_step(struct timestamp_format *f, const char *at, bool *filled,
                         struct err_detail *reterr_detail)
{
	struct pattern_step *step = &f->steps[f->count++];

	if (at[0] != '%' || at[1] == '%') {
		*step = (struct pattern_step){.literal = at[0]};
		return ERR_OK;
	}
	if (strchr("YmdHMSybz", at[1]) == NULL) {
		err_detail_set(reterr_detail,
		               "unknown conversion %%%c: expected %%Y %%m %%d %%H %%M %%S %%y %%b "
		               "%%z or %%%%",
		               at[1]);
		return ERR_PARSE;
	}
	if (filled[(unsigned char)filled_by(at[1])]) {
		err_detail_set(reterr_detail, "%%%c: the pattern says this twice", at[1]);
		return ERR_PARSE;
	}
	filled[(unsigned char)filled_by(at[1])] = true;
	*step = (struct pattern_step){.conversion = at[1]};
	return ERR_OK;
}

static enum err compile_pattern(struct timestamp_format *f, const char *text,
                                struct err_detail *reterr_detail)
{
	bool filled[128] = {false};

	for (const char *p = text; *p != '\0'; p += p[0] == '%' ? 2 : 1) {
		if (p[0] == '%' && p[1] == '\0') {
			err_detail_set(reterr_detail,
			               "a %% at the end: write %%%% for the character");
			return ERR_PARSE;
		}
		enum err err = add_step(f, p, filled, reterr_detail);

		if (err != ERR_OK)
			return err;
	}
	if (!filled['Y'] || !filled['m'] || !filled['d']) {
		err_detail_set(reterr_detail,
		               "\"%s\" names no whole date: expected %%Y, %%m and %%d", text);
		return ERR_PARSE;
	}
	for (size_t i = 1; i < f->count; i++) {
		if (is_number(f->steps[i - 1].conversion) && is_number(f->steps[i].conversion))
			f->steps[i - 1].fixed = f->steps[i].fixed = true;
	}
	f->dialect = DIALECT_PATTERN;
	f->needs_zone = !filled['z'];
	return ERR_OK;
}

static enum err compile(struct timestamp_format *f, struct str text,
                        struct err_detail *reterr_detail)
{
	static const struct {
		const char *name;
		enum dialect dialect;
	} named[] = {
		{"rfc3339", DIALECT_RFC3339},
		{"rfc2822", DIALECT_RFC2822},
		{"epoch_s", DIALECT_EPOCH_S},
		{"epoch_ms", DIALECT_EPOCH_MS},
	};

	char pattern[PATTERN_MAX + 1] = {0};

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (str_eq(text, str_from(named[i].name))) {
			f->dialect = named[i].dialect;
			return ERR_OK;
		}
	}
	if (text.len == 0 || memchr(text.ptr, '%', text.len) == NULL) {
		err_detail_set(reterr_detail,
		               "unknown time format \"%.*s\": expected rfc3339, rfc2822, epoch_s, "
		               "epoch_ms or a pattern such as %%Y-%%m-%%d %%H:%%M:%%S",
		               STR_FMT(text));
		return ERR_PARSE;
	}
	if (text.len > PATTERN_MAX || memchr(text.ptr, '\0', text.len) != NULL) {
		err_detail_set(reterr_detail, "time format of more than %d characters, or with NUL",
		               PATTERN_MAX);
		return ERR_PARSE;
	}
	memcpy(pattern, text.ptr, text.len);
	return compile_pattern(f, pattern, reterr_detail);
}

enum err timestamp_format_new(struct str text, struct timestamp_format **ret_format,
                              struct err_detail *reterr_detail)
{
	struct timestamp_format *f = calloc(1, sizeof(*f));
	enum err err = ERR_NOMEM;

	if (f == NULL)
		return ERR_NOMEM;
	err = compile(f, text, reterr_detail);
	if (err != ERR_OK)
		goto out;
	*ret_format = f;
	f = NULL;
out:
	timestamp_format_free(f);
	return err;
}

void timestamp_format_free(struct timestamp_format *format)
{
	free(format);
}

bool timestamp_format_needs_zone(const struct timestamp_format *format)
{
	return format->needs_zone;
}

/* ---- times ---- */

static enum err resolve(const struct civil_time *t, const struct timestamp_zone *zone,
                        int64_t *ret_ms)
{
	int64_t hours = civil_days(t->year, t->month, t->day) * 24 + t->hour;
	int64_t local_s = (hours * 60 + t->minute) * 60 + t->second;
	int offset_s = t->offset_s;

	if (!t->has_offset) {
		enum err err =
			zone != NULL ? timestamp_zone_offset(zone, local_s, &offset_s) : ERR_PARSE;

		if (err != ERR_OK)
			return err;
	}
	*ret_ms = (local_s - offset_s) * 1000 + t->ms;
	return ERR_OK;
}

static enum err parse(const struct timestamp_format *f, const struct timestamp_zone *zone,
                      struct str text, int64_t *ret_ms)
{
	struct civil_time t = {0};
	enum err err = ERR_PARSE;

	switch (f->dialect) {
	case DIALECT_EPOCH_S:
		return epoch_read(text, 1000, ret_ms);
	case DIALECT_EPOCH_MS:
		return epoch_read(text, 1, ret_ms);
	case DIALECT_RFC3339:
		err = civil_read_rfc3339(text, &t);
		break;
	case DIALECT_RFC2822:
		err = civil_read_rfc2822(text, &t);
		break;
	case DIALECT_PATTERN:
		err = civil_read_pattern(f->steps, f->count, text, &t);
		break;
	}
	return err == ERR_OK ? resolve(&t, zone, ret_ms) : err;
}

enum err timestamp_parse(const struct timestamp_format *format, const struct timestamp_zone *zone,
                         struct str text, int64_t *ret_ms)
{
	struct str trimmed = str_trim(text);
	int64_t ms = 0;

	if (trimmed.len == 0)
		return ERR_PARSE;

	enum err err = parse(format, zone, trimmed, &ms);

	if (err != ERR_OK)
		return err;
	if (ms < 0 || ms > MS_MAX)
		return ERR_PARSE;
	*ret_ms = ms;
	return ERR_OK;
}

/* @p digits digits of @p value, leading zeros kept. @return behind them */
static char *put_number(char *out, int digits, int64_t value)
{
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + digits;
}

/* @return behind "2024-09-03" */
static char *put_date(char *out, int64_t days)
{
	struct civil_time t = {0};

	civil_date(days, &t);
	out = put_number(out, 4, t.year);
	*out++ = '-';
	out = put_number(out, 2, t.month);
	*out++ = '-';
	return put_number(out, 2, t.day);
}

void timestamp_print(int64_t ms, char ret_text[TIMESTAMP_TEXT_SIZE])
{
	/* A clock that is far off must not make a text of another length. */
	int64_t known = ms < 0 ? 0 : ms > MS_MAX ? MS_MAX : ms;
	int64_t of_day = known % DAY_MS;
	char *out = put_date(ret_text, known / DAY_MS);

	*out++ = 'T';
	out = put_number(out, 2, of_day / 3600000);
	*out++ = ':';
	out = put_number(out, 2, of_day / 60000 % 60);
	*out++ = ':';
	out = put_number(out, 2, of_day / 1000 % 60);
	*out++ = '.';
	out = put_number(out, 3, of_day % 1000);
	*out++ = 'Z';
	*out = '\0';
}

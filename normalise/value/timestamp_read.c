/* SPDX-License-Identifier: MIT */
#include "normalise/value/timestamp_read.h"

#include "core/ascii.h"

#define EPOCH_DIGITS_MAX 16 /* keeps the arithmetic far from overflow */

/* What is left of the text. Every take_ function moves only when it succeeds. */
struct scan {
	const char *at, *end;
};

static bool at_end(const struct scan *s)
{
	return s->at == s->end;
}

static bool take(struct scan *s, char c)
{
	if (at_end(s) || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* From @p min to @p max digits. */
static bool take_number(struct scan *s, int min, int max, int *ret_value)
{
	const char *p = s->at;
	int value = 0;

	while (p < s->end && p - s->at < max && ascii_is_digit(*p))
		value = value * 10 + (*p++ - '0');
	if (p - s->at < min)
		return false;
	s->at = p;
	*ret_value = value;
	return true;
}

static bool take_two(struct scan *s, int *ret_value)
{
	return take_number(s, 2, 2, ret_value);
}

/* @return whether there was at least one blank */
static bool take_blanks(struct scan *s)
{
	const char *start = s->at;

	while (!at_end(s) && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
	return s->at > start;
}

/* @p word in lower case. */
static bool take_word(struct scan *s, const char *word)
{
	const char *p = s->at;

	for (; *word != '\0'; word++, p++) {
		if (p == s->end || ascii_lower(*p) != *word)
			return false;
	}
	s->at = p;
	return true;
}

static bool take_month(struct scan *s, int *ret_month)
{
	static const char *const names[] = {"jan", "feb", "mar", "apr", "may", "jun",
	                                    "jul", "aug", "sep", "oct", "nov", "dec"};

	for (int i = 0; i < 12; i++) {
		if (take_word(s, names[i])) {
			*ret_month = i + 1;
			return true;
		}
	}
	return false;
}

/* At least one digit of a fraction; milliseconds of it. */
static bool take_fraction(struct scan *s, int *ret_ms)
{
	const char *start = s->at;
	int ms = 0;
	int weight = 100;

	for (; !at_end(s) && ascii_is_digit(*s->at); s->at++) {
		ms += (*s->at - '0') * weight;
		weight /= 10;
	}
	*ret_ms = ms;
	return s->at > start;
}

/* Z, +02:00, +0200 or +02. */
static bool take_offset(struct scan *s, struct civil_time *t)
{
	int hours = 0;
	int minutes = 0;
	bool west = false;

	if (take(s, 'Z') || take(s, 'z')) {
		t->has_offset = true;
		return true;
	}
	west = take(s, '-');
	if (!west && !take(s, '+'))
		return false;
	if (!take_two(s, &hours) || hours > 23)
		return false;
	if ((take(s, ':') || (!at_end(s) && ascii_is_digit(*s->at))) && !take_two(s, &minutes))
		return false;
	if (minutes > 59)
		return false;
	t->has_offset = true;
	t->offset_s = (hours * 60 + minutes) * (west ? -60 : 60);
	return true;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Does the date exist and the time too? The leap second becomes the one before it. */
static bool settle(struct civil_time *t)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (t->month < 1 || t->month > 12 || t->day < 1 || t->hour > 23 || t->minute > 59 ||
	    t->second > 60)
		return false;
	if (t->day > days[t->month - 1] + (t->month == 2 && is_leap(t->year) ? 1 : 0))
		return false;
	if (t->second == 60)
		t->second = 59;
	return true;
}

int64_t civil_days(int year, int month, int day)
{
	/* Years that begin in March have the leap day at their end. */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

void civil_date(int64_t days, struct civil_time *ret_time)
{
	int64_t shifted = days + 719468;
	int64_t era = shifted / 146097;
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

	ret_time->year = (int)(era * 400 + year_of_era + (month <= 2 ? 1 : 0));
	ret_time->month = (int)month;
	ret_time->day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
}

enum err civil_read_rfc3339(struct str text, struct civil_time *ret_time)
{
	struct scan s = {text.ptr, text.ptr + text.len};
	struct civil_time t = {0};

	if (!take_number(&s, 4, 4, &t.year) || !take(&s, '-') || !take_two(&s, &t.month) ||
	    !take(&s, '-') || !take_two(&s, &t.day))
		return ERR_PARSE;
	if (!take(&s, 'T') && !take(&s, ' ') && !take(&s, 't'))
		return ERR_PARSE;
	if (!take_two(&s, &t.hour) || !take(&s, ':') || !take_two(&s, &t.minute) ||
	    !take(&s, ':') || !take_two(&s, &t.second))
		return ERR_PARSE;
	if ((take(&s, '.') || take(&s, ',')) && !take_fraction(&s, &t.ms))
		return ERR_PARSE;
	if (!at_end(&s)) {
		(void)take(&s, ' '); /* "2026-11-21 09:30:02 +00:00" */
		if (!take_offset(&s, &t) || !at_end(&s))
			return ERR_PARSE;
	}
	if (!settle(&t))
		return ERR_PARSE;
	*ret_time = t;
	return ERR_OK;
}

/* "Tue," before the date. */
static bool take_weekday(struct scan *s)
{
	static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (take_word(s, names[i])) {
			(void)take_blanks(s);
			return take(s, ',');
		}
	}
	return true; /* it may be missing */
}

/* RFC 5322 section 4.3: two digits up to 49 are of this century, three count from 1900. */
static bool take_mail_year(struct scan *s, int *ret_year)
{
	const char *start = s->at;

	if (!take_number(s, 2, 4, ret_year))
		return false;
	if (s->at - start == 2) {
		*ret_year += *ret_year < 50 ? 2000 : 1900;
	} else if (s->at - start == 3) {
		*ret_year += 1900;
	}
	return true;
}

static bool take_mail_zone(struct scan *s, struct civil_time *t)
{
	static const struct {
		const char *word;
		int hours;
	} zones[] = {{"utc", 0},  {"gmt", 0},  {"ut", 0},   {"est", -5}, {"edt", -4}, {"cst", -6},
	             {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (take_word(s, zones[i].word)) {
			t->has_offset = true;
			t->offset_s = zones[i].hours * 3600;
			return true;
		}
	}
	return take_offset(s, t);
}

static bool take_comment(struct scan *s)
{
	if (!take(s, '('))
		return true; /* it may be missing */
	while (!at_end(s) && *s->at != ')')
		s->at++;
	return take(s, ')');
}

enum err civil_read_rfc2822(struct str text, struct civil_time *ret_time)
{
	struct scan s = {text.ptr, text.ptr + text.len};
	struct civil_time t = {0};

	if (!take_weekday(&s))
		return ERR_PARSE;
	(void)take_blanks(&s);
	if (!take_number(&s, 1, 2, &t.day) || !take_blanks(&s) || !take_month(&s, &t.month) ||
	    !take_blanks(&s) || !take_mail_year(&s, &t.year) || !take_blanks(&s))
		return ERR_PARSE;
	if (!take_two(&s, &t.hour) || !take(&s, ':') || !take_two(&s, &t.minute))
		return ERR_PARSE;
	if (take(&s, ':') && !take_two(&s, &t.second))
		return ERR_PARSE;
	if (!take_blanks(&s) || !take_mail_zone(&s, &t))
		return ERR_PARSE;
	(void)take_blanks(&s);
	if (!take_comment(&s) || !at_end(&s) || !settle(&t))
		return ERR_PARSE;
	*ret_time = t;
	return ERR_OK;
}

static bool take_step(struct scan *s, const struct pattern_step *step, struct civil_time *t)
{
	int min = step->fixed ? 2 : 1;

	switch (step->conversion) {
	case 'Y':
		return take_number(s, 4, 4, &t->year);
	case 'y':
		if (!take_two(s, &t->year))
			return false;
		t->year += t->year < 70 ? 2000 : 1900;
		return true;
	case 'm':
		return take_number(s, min, 2, &t->month);
	case 'd':
		return take_number(s, min, 2, &t->day);
	case 'H':
		return take_number(s, min, 2, &t->hour);
	case 'M':
		return take_number(s, min, 2, &t->minute);
	case 'S':
		return take_number(s, min, 2, &t->second);
	case 'b':
		return take_month(s, &t->month);
	case 'z':
		return take_offset(s, t);
	default:
		return take(s, step->literal);
	}
}

enum err civil_read_pattern(const struct pattern_step *steps, size_t count, struct str text,
                            struct civil_time *ret_time)
{
	struct scan s = {text.ptr, text.ptr + text.len};
	struct civil_time t = {0};

	for (size_t i = 0; i < count; i++) {
		if (!take_step(&s, &steps[i], &t))
			return ERR_PARSE;
	}
	if (!at_end(&s) || !settle(&t))
		return ERR_PARSE;
	*ret_time = t;
	return ERR_OK;
}

enum err epoch_read(struct str text, int64_t unit_ms, int64_t *ret_ms)
{
	struct scan s = {text.ptr, text.ptr + text.len};
	int64_t whole = 0;
	int ms = 0;

	while (!at_end(&s) && ascii_is_digit(*s.at) && s.at - text.ptr < EPOCH_DIGITS_MAX)
		whole = whole * 10 + (*s.at++ - '0');
	if (s.at == text.ptr)
		return ERR_PARSE;
	if (take(&s, '.') && !take_fraction(&s, &ms))
		return ERR_PARSE;
	if (!at_end(&s) || whole > INT64_MAX / 1000 - 1)
		return ERR_PARSE;
	*ret_ms = unit_ms == 1 ? whole : whole * unit_ms + ms;
	return ERR_OK;
}

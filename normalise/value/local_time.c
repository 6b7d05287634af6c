/* SPDX-License-Identifier: MIT */
#include "normalise/value/local_time.h"

#include <string.h>

#include "normalise/value/timestamp_read.h"
#include "normalise/value/timestamp_zone.h"

#define PATTERN_MAX 64                   /* characters */
#define OFFSET_MAX  ((int64_t)26 * 3600) /* s; no zone was ever so far from UTC */

static const int64_t grain_ms[] = {
	[GRAIN_MS] = 1,           [GRAIN_SECOND] = 1000, [GRAIN_MINUTE] = 60000,
	[GRAIN_HOUR] = 3600000LL, [GRAIN_DAY] = DAY_MS,
};

static int64_t within(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* Rounded down, below 0 too. */
static int64_t quotient(int64_t value, int64_t unit)
{
	return value / unit - (value % unit < 0 ? 1 : 0);
}

/* ---- changes of the clock; all in seconds ---- */

static int interval_at(const struct timestamp_zone *zone, int64_t utc_s)
{
	return g_time_zone_find_interval(zone->tz, G_TIME_TYPE_UNIVERSAL, utc_s);
}

/* Seconds east of UTC. */
static int64_t offset_at(const struct timestamp_zone *zone, int64_t utc_s)
{
	if (zone == NULL || zone->tz == NULL)
		return 0;
	return g_time_zone_get_offset(zone->tz, interval_at(zone, utc_s));
}

/* The first change of the clock after @p from and up to @p to; past @p to when there is none. */
static int64_t next_change(const struct timestamp_zone *zone, int64_t from, int64_t to)
{
	int before = 0;
	int64_t low = from;
	int64_t high = to;

	if (zone == NULL || zone->tz == NULL)
		return to + 1;
	before = interval_at(zone, from);
	if (interval_at(zone, to) == before)
		return to + 1;
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (interval_at(zone, middle) == before) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return high;
}

/* The first instant at which the clock shows @p local_s or later. */
static int64_t first_showing(const struct timestamp_zone *zone, int64_t local_s)
{
	int64_t last = local_s + OFFSET_MAX;
	int64_t at = local_s - OFFSET_MAX;

	for (;;) {
		int64_t shown = local_s - offset_at(zone, at);
		int64_t change = next_change(zone, at, last);

		if (shown < change)
			return shown > at ? shown : at;
		at = change;
	}
}

static int64_t local_day(const struct timestamp_zone *zone, int64_t utc_s)
{
	return quotient(utc_s + offset_at(zone, utc_s), DAY_S);
}

/* ---- grains ---- */

static int64_t floor_day(int64_t utc_s, const struct timestamp_zone *zone)
{
	/* A clock that is set back over midnight shows the day before once more: what counts is
	 * that the next day had begun. */
	int64_t day = local_day(zone, utc_s) + 1;
	int64_t begin = first_showing(zone, day * DAY_S);

	while (begin > utc_s)
		begin = first_showing(zone, --day * DAY_S);
	return begin;
}

static int64_t floor_part(int64_t utc_s, const struct timestamp_zone *zone, int64_t unit_s)
{
	int64_t offset = offset_at(zone, utc_s);
	int64_t begin = quotient(utc_s + offset, unit_s) * unit_s - offset;

	/* Half an hour of daylight saving: the clock came into this hour in its middle. */
	if (offset_at(zone, begin) != offset)
		begin = next_change(zone, begin, utc_s);
	return begin;
}

static int64_t floor_known(int64_t ms, const struct timestamp_zone *zone, enum time_grain grain)
{
	int64_t utc_s = quotient(ms, 1000);

	switch (grain) {
	case GRAIN_MS:
		return ms;
	case GRAIN_SECOND:
		return utc_s * 1000;
	case GRAIN_MINUTE:
	case GRAIN_HOUR:
		return floor_part(utc_s, zone, grain_ms[grain] / 1000) * 1000;
	case GRAIN_DAY:
		return floor_day(utc_s, zone) * 1000;
	}
	return ms;
}

int64_t local_time_floor(int64_t ms, const struct timestamp_zone *zone, enum time_grain grain)
{
	return floor_known(within(ms, 0, MS_MAX), zone, grain);
}

int64_t local_time_add(int64_t ms, const struct timestamp_zone *zone, enum time_grain grain,
                       int64_t count)
{
	/* Begins of the first day can lie before 1970 in UTC. */
	int64_t begin = within(ms, -DAY_MS, MS_MAX);
	int64_t unit = grain_ms[grain];
	int64_t units = within(count, -2 * MS_MAX / unit, 2 * MS_MAX / unit);

	if (grain == GRAIN_DAY) {
		int64_t day = local_day(zone, quotient(begin, 1000)) + units;

		return first_showing(zone, day * DAY_S) * 1000;
	}
	/* Some hours are shorter than an hour, but none is longer. */
	if (units < 0)
		return floor_known(begin + (units + 1) * unit - 1, zone, grain);
	return floor_known(begin + units * unit, zone, grain);
}

int64_t local_time_offset(int64_t ms, const struct timestamp_zone *zone)
{
	return offset_at(zone, quotient(within(ms, -DAY_MS, MS_MAX), 1000)) * 1000;
}

/* ---- patterns ---- */

/* @return place in the order of a time's units, or -1 */
static int unit_of(char conversion)
{
	static const char units[] = "YmdHMS";
	const char *at = conversion != '\0' ? strchr(units, conversion) : NULL;

	return at != NULL ? (int)(at - units) : -1;
}

static enum err collect_units(struct str pattern, bool *named, struct err_detail *reterr_detail)
{
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.ptr[i] != '%')
			continue;
		char conversion = '\0';

		if (++i < pattern.len)
			conversion = pattern.ptr[i];
		if (unit_of(conversion) >= 0) {
			named[unit_of(conversion)] = true;
		} else if (conversion != 'z' && conversion != '%') {
			err_detail_set(reterr_detail,
			               "unknown conversion in \"%.*s\": expected %%Y %%m %%d %%H "
			               "%%M %%S %%z or %%%%",
			               STR_FMT(pattern));
			return ERR_PARSE;
		}
	}
	return ERR_OK;
}

enum err local_time_pattern_check(struct str pattern, enum time_grain *ret_grain,
                                  struct err_detail *reterr_detail)
{
	static const enum time_grain grains[] = {GRAIN_DAY, GRAIN_HOUR, GRAIN_MINUTE, GRAIN_SECOND};

	bool named[6] = {false};
	size_t units = 0;

	if (pattern.len == 0 || pattern.len > PATTERN_MAX ||
	    memchr(pattern.ptr, '\0', pattern.len) != NULL) {
		err_detail_set(reterr_detail, "a time format has 1 to %d characters and no NUL",
		               PATTERN_MAX);
		return ERR_PARSE;
	}
	enum err err = collect_units(pattern, named, reterr_detail);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < 6; i++) {
		if (named[i] && units++ == i)
			continue;
		if (named[i] || i < 3) {
			err_detail_set(reterr_detail,
			               "\"%.*s\" leaves out a unit: expected %%Y %%m %%d, then "
			               "%%H, %%M and %%S as far as needed",
			               STR_FMT(pattern));
			return ERR_PARSE;
		}
	}
	*ret_grain = grains[units - 3];
	return ERR_OK;
}

/* The clock's fields at an instant. */
static struct civil_time civil_at(const struct timestamp_zone *zone, int64_t ms)
{
	int64_t utc_s = quotient(within(ms, -DAY_MS, MS_MAX), 1000);
	int64_t offset = offset_at(zone, utc_s);
	int64_t day = quotient(utc_s + offset, DAY_S);
	int64_t of_day = utc_s + offset - day * DAY_S;
	struct civil_time t = {
		.hour = (int)(of_day / 3600),
		.minute = (int)(of_day / 60 % 60),
		.second = (int)(of_day % 60),
		.has_offset = true,
		.offset_s = (int)offset,
	};

	civil_date(day, &t);
	return t;
}

static enum err print_conversion(char conversion, const struct civil_time *t, struct buf *b)
{
	int minutes = t->offset_s / 60;

	switch (conversion) {
	case 'Y':
		return buf_printf(b, "%04d", t->year);
	case 'm':
		return buf_printf(b, "%02d", t->month);
	case 'd':
		return buf_printf(b, "%02d", t->day);
	case 'H':
		return buf_printf(b, "%02d", t->hour);
	case 'M':
		return buf_printf(b, "%02d", t->minute);
	case 'S':
		return buf_printf(b, "%02d", t->second);
	case 'z':
		minutes = minutes < 0 ? -minutes : minutes;
		return buf_printf(b, "%c%02d%02d", t->offset_s < 0 ? '-' : '+', minutes / 60,
		                  minutes % 60);
	default:
		return buf_append_char(b, conversion);
	}
}

enum err local_time_print(struct str pattern, const struct timestamp_zone *zone, int64_t ms,
                          struct buf *b)
{
	struct civil_time t = civil_at(zone, ms);
	enum err err = ERR_OK;

	for (size_t i = 0; i < pattern.len && err == ERR_OK; i++) {
		if (pattern.ptr[i] == '%' && i + 1 < pattern.len) {
			err = print_conversion(pattern.ptr[++i], &t, b);
		} else {
			err = buf_append_char(b, pattern.ptr[i]);
		}
	}
	return err;
}

/* SPDX-License-Identifier: MIT */
#include "receiver/report/run/window.h"

#include "normalise/value/local_time.h"

#define SECOND_MS ((int64_t)1000)
#define HOUR_MS   (3600 * SECOND_MS)
#define DAY_MS    (24 * HOUR_MS)
#define SPAN_MAX  ((int64_t)229 * 365 * DAY_MS) /* all times we know, from 1970 on */

static int64_t span(uint64_t ms)
{
	return ms < (uint64_t)SPAN_MAX ? (int64_t)ms : SPAN_MAX;
}

/* So long before; not before 1970. */
static int64_t before(int64_t at_ms, uint64_t span_ms)
{
	return at_ms > span(span_ms) ? at_ms - span(span_ms) : 0;
}

/* ---- steps ---- */

/* The step border @p number of steps of @p days whole days, counted from 1970. */
static int64_t day_border(const struct timestamp_zone *zone, int64_t days, int64_t number)
{
	return local_time_add(local_time_floor(0, zone, GRAIN_DAY), zone, GRAIN_DAY, number * days);
}

static void day_step(const struct timestamp_zone *zone, int64_t days, int64_t at_ms,
                     struct window *ret_step)
{
	int64_t number = at_ms / (days * DAY_MS);

	while (number > 0 && day_border(zone, days, number) > at_ms)
		number--;
	while (day_border(zone, days, number + 1) <= at_ms)
		number++;
	ret_step->from_ms = day_border(zone, days, number);
	ret_step->to_ms = day_border(zone, days, number + 1);
}

/* Counted from local midnight; the last one of a day may be shorter. */
static void part_step(const struct timestamp_zone *zone, int64_t step_ms, int64_t at_ms,
                      struct window *ret_step)
{
	int64_t day = local_time_floor(at_ms, zone, GRAIN_DAY);
	int64_t next_day = local_time_add(day, zone, GRAIN_DAY, 1);
	int64_t begin = day + (at_ms - day) / step_ms * step_ms;

	ret_step->from_ms = begin;
	ret_step->to_ms = next_day - begin < step_ms ? next_day : begin + step_ms;
}

/* The step that @p at_ms lies in; a day when there are none. Its borders are the same whoever asks
 * and when. */
static struct window step_at(const struct window_spec *spec, const struct timestamp_zone *zone,
                             int64_t at_ms)
{
	int64_t step_ms = span(spec->step_ms);
	int64_t at = at_ms < 0 ? 0 : at_ms > SPAN_MAX ? SPAN_MAX : at_ms;
	struct window step = {0};

	if (step_ms > 0 && step_ms < DAY_MS) {
		part_step(zone, step_ms, at, &step);
	} else {
		day_step(zone, step_ms > 0 ? step_ms / DAY_MS : 1, at, &step);
	}
	return step;
}

/* ---- as the vendor is told ---- */

static enum time_grain grain_of(const struct window_spec *spec)
{
	switch (spec->format) {
	case WINDOW_PATTERN:
		return spec->grain;
	case WINDOW_EPOCH_S:
	case WINDOW_RFC3339:
		return GRAIN_SECOND;
	case WINDOW_EPOCH_MS:
	case WINDOW_RFC3339_MS:
		return GRAIN_MS;
	}
	return GRAIN_MS;
}

/* Everything but patterns is UTC. */
static const struct timestamp_zone *zone_of(const struct window_spec *spec,
                                            const struct timestamp_zone *zone)
{
	return spec->format == WINDOW_PATTERN ? zone : NULL;
}

/* The time on the clock, as the format shows it. */
static int64_t shown_at(int64_t ms, const struct timestamp_zone *zone, enum time_grain grain)
{
	int64_t clock_ms = ms + local_time_offset(ms, zone);

	/* A change of the clock can begin an hour in its middle, but no minute. */
	return grain == GRAIN_HOUR ? clock_ms - clock_ms % HOUR_MS : clock_ms;
}

/*
 * The end of the stretch that the vendor reads out of `${from}` and `${to}`.
 *
 * Where the clock is set back within the window, its end can show the time of its begin or an
 * earlier one: nothing, or an error. It is then given as if the clock had not been set back. That
 * reads too much, not too little: times which the clock shows twice name both hours, or one of them
 * always.
 */
static int64_t given_end(const struct window_spec *spec, const struct timestamp_zone *zone,
                         const struct window *w)
{
	const struct timestamp_zone *shown = zone_of(spec, zone);
	enum time_grain grain = grain_of(spec);
	int64_t from = local_time_floor(w->from_ms, shown, grain);
	int64_t end = local_time_floor(w->to_ms, shown, grain);

	if (end < w->to_ms)
		end = local_time_add(end, shown, grain, 1);

	if (shown_at(end, shown, grain) <= shown_at(from, shown, grain))
		end += local_time_offset(from, shown) - local_time_offset(end, shown);
	return end;
}

static enum err print(const struct window_spec *spec, const struct timestamp_zone *zone, int64_t ms,
                      struct buf *b)
{
	char text[TIMESTAMP_TEXT_SIZE];

	switch (spec->format) {
	case WINDOW_PATTERN:
		return local_time_print(spec->pattern, zone, ms, b);
	case WINDOW_EPOCH_S:
		return buf_printf(b, "%lld", (long long)(ms / SECOND_MS));
	case WINDOW_EPOCH_MS:
		return buf_printf(b, "%lld", (long long)ms);
	case WINDOW_RFC3339:
		return local_time_print(STR_LIT("%Y-%m-%dT%H:%M:%SZ"), NULL, ms, b);
	case WINDOW_RFC3339_MS:
		timestamp_print(ms, text);
		return buf_append_str(b, str_from(text));
	}
	return ERR_INVAL;
}

/* ---- public ---- */

int64_t window_begin(const struct window_spec *spec, const struct timestamp_zone *zone,
                     int64_t watermark_ms, int64_t now_ms, bool is_deep, bool ordinal)
{
	int64_t from = 0;

	if (watermark_ms <= 0) {
		from = before(now_ms, spec->start_ms);
	} else {
		bool is_deeper = is_deep && spec->deep_ms > spec->lookback_ms;

		from = before(watermark_ms < now_ms ? watermark_ms : now_ms,
		              is_deeper ? spec->deep_ms : spec->lookback_ms);
	}
	return ordinal ? step_at(spec, zone, from).from_ms : from;
}

bool window_next(const struct window_spec *spec, const struct timestamp_zone *zone, int64_t from_ms,
                 int64_t until_ms, int64_t now_ms, struct window *ret_window)
{
	struct window w = {.from_ms = from_ms, .to_ms = until_ms};

	if (from_ms >= until_ms)
		return false;
	if (spec->step_ms > 0) {
		int64_t border = step_at(spec, zone, from_ms).to_ms;

		/* Past the years we know there are no borders. */
		if (border > from_ms && border < until_ms)
			w.to_ms = border;
	}
	w.is_open = given_end(spec, zone, &w) > before(now_ms, spec->lag_ms);
	*ret_window = w;
	return true;
}

bool window_clamp(const struct window_spec *spec, int64_t now_ms, int64_t *from_ms)
{
	/* Time passes until the vendor has the request, and `${from}` is rounded down: by so much
	 * it must lie within what is kept. */
	uint64_t margin = (uint64_t)(grain_of(spec) == GRAIN_DAY ? DAY_MS + HOUR_MS : HOUR_MS);

	if (spec->max_ms == 0)
		return false;
	if (margin > spec->max_ms / 2)
		margin = spec->max_ms / 2;

	int64_t oldest = before(now_ms, spec->max_ms - margin);

	if (*from_ms >= oldest)
		return false;
	*from_ms = oldest;
	return true;
}

enum err window_print_from(const struct window_spec *spec, const struct timestamp_zone *zone,
                           const struct window *w, struct buf *b)
{
	int64_t from = local_time_floor(w->from_ms, zone_of(spec, zone), grain_of(spec));

	return print(spec, zone, from, b);
}

enum err window_print_to(const struct window_spec *spec, const struct timestamp_zone *zone,
                         const struct window *w, struct buf *b)
{
	int64_t end = given_end(spec, zone, w);

	if (spec->is_closed)
		end = local_time_add(end, zone_of(spec, zone), grain_of(spec), -1);
	return print(spec, zone, end, b);
}

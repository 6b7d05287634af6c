/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"
#include "normalise/value/local_time.h"

#define DAY_MS ((uint64_t)86400 * 1000)

static const struct {
	const char *word;
	enum window_format format;
	enum time_grain grain;
} formats[] = {
	{"rfc3339", WINDOW_RFC3339, GRAIN_SECOND},
	{"rfc3339ms", WINDOW_RFC3339_MS, GRAIN_MS},
	{"epoch_s", WINDOW_EPOCH_S, GRAIN_SECOND},
	{"epoch_ms", WINDOW_EPOCH_MS, GRAIN_MS},
};

static enum err pattern_compile(struct compiler *c, const struct yaml_node *node,
                                struct window_spec *w)
{
	struct err_detail detail = {.text = ""};

	if (memchr(node->text.ptr, '%', node->text.len) == NULL) {
		return yaml_fail(node, c->detail,
		                 "expected rfc3339, rfc3339ms, epoch_s, epoch_ms or a pattern "
		                 "such as %%Y-%%m-%%d");
	}
	if (local_time_pattern_check(node->text, &w->grain, &detail) != ERR_OK)
		return yaml_fail(node, c->detail, "%s", detail.text);
	w->format = WINDOW_PATTERN;
	w->pattern = node->text;
	return ERR_OK;
}

static enum err format_compile(struct compiler *c, const struct yaml_node *node,
                               struct window_spec *w)
{
	enum err err = compile_need_text(c, node, "a time format such as rfc3339");

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (str_eq(node->text, str_from(formats[i].word))) {
			w->format = formats[i].format;
			w->grain = formats[i].grain;
			return ERR_OK;
		}
	}
	return pattern_compile(c, node, w);
}

static enum err deep_compile(struct compiler *c, const struct yaml_node *node,
                             struct window_spec *w)
{
	static const char *const known[] = {"every", "lookback", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *every = yaml_get(node, "every");
	const struct yaml_node *lookback = yaml_get(node, "lookback");

	if (every == NULL || lookback == NULL)
		return yaml_fail(node, c->detail, "expected {every: 1d, lookback: 7d}");
	err = compile_duration(c, every, 1, &w->deep_every_ms);
	return err == ERR_OK ? compile_duration(c, lookback, 1, &w->deep_ms) : err;
}

static enum err spans_compile(struct compiler *c, const struct yaml_node *node,
                              struct window_spec *w)
{
	const struct {
		const char *key;
		uint64_t low_ms;
		uint64_t *ret_ms;
	} spans[] = {
		{"step", 1000, &w->step_ms},
		{"max", 1000, &w->max_ms},
		{"lag", 0, &w->lag_ms},
		{"lookback", 0, &w->lookback_ms},
	};
	const struct yaml_node *start = yaml_get(node, "start");
	enum err err = start != NULL ? compile_ago(c, start, &w->start_ms) : ERR_OK;

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]) && err == ERR_OK; i++) {
		const struct yaml_node *at = yaml_get(node, spans[i].key);

		if (at != NULL)
			err = compile_duration(c, at, spans[i].low_ms, spans[i].ret_ms);
	}
	return err;
}

enum err window_compile(struct compiler *c, const struct yaml_node *node,
                        struct window_spec *ret_window)
{
	static const char *const known[] = {"start", "step",   "max",    "lag", "lookback",
	                                    "deep",  "bounds", "format", "tz",  NULL};
	static const char *const bounds_words[] = {"[)", "[]", NULL};
	struct window_spec w = {.is_given = true,
	                        .start_ms = 7 * DAY_MS,
	                        .format = WINDOW_RFC3339,
	                        .grain = GRAIN_SECOND,
	                        .tz = STR_LIT("UTC")};
	enum err err = yaml_check_keys(node, known, c->detail);
	size_t is_closed = 0;

	if (err != ERR_OK)
		return err;

	const struct yaml_node *deep = yaml_get(node, "deep");
	const struct yaml_node *bounds = yaml_get(node, "bounds");
	const struct yaml_node *format = yaml_get(node, "format");
	const struct yaml_node *tz = yaml_get(node, "tz");

	err = spans_compile(c, node, &w);
	if (err == ERR_OK && deep != NULL)
		err = deep_compile(c, deep, &w);
	if (err == ERR_OK && bounds != NULL)
		err = compile_choice(c, bounds, bounds_words, &is_closed);
	if (err == ERR_OK && format != NULL)
		err = format_compile(c, format, &w);
	if (err == ERR_OK && tz != NULL)
		err = compile_zone_check(c, tz);
	if (err != ERR_OK)
		return err;
	w.is_closed = is_closed == 1;
	if (tz != NULL)
		w.tz = tz->text;
	*ret_window = w;
	return ERR_OK;
}

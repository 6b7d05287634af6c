/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "normalise/decode/decode.h"
#include "normalise/value/json_string.h"

/*
 * Everything here walks text that json_check() has seen: results of json_skip() can only be ERR_OK
 * and ERR_LIMIT (too deep), and both leave the cursor behind the value.
 */
static void step_over(struct json_cursor *c)
{
	(void)!json_skip(c, NULL, NULL);
}

/* The last member of that name counts, as in a tree. */
static bool find_member(struct json_cursor *c, struct str name)
{
	struct json_iter iter;
	struct json_cursor at = *c;
	struct str key;
	bool found = false;

	if (json_enter(&at, &iter, NULL) != ERR_OK)
		return false;
	while (json_next_item(&at, &iter, NULL, &key, NULL) == ERR_OK) {
		if (json_literal_is(key, name)) {
			*c = at;
			found = true;
		}
		step_over(&at);
	}
	return found;
}

static bool find_element(struct json_cursor *c, size_t index)
{
	struct json_iter iter;
	struct json_cursor at = *c;
	struct str unused;

	if (json_enter(&at, &iter, NULL) != ERR_OK)
		return false;
	for (size_t i = 0; json_next_item(&at, &iter, NULL, &unused, NULL) == ERR_OK; i++) {
		if (i == index) {
			*c = at;
			return true;
		}
		step_over(&at);
	}
	return false;
}

static bool seek_step(struct json_cursor *c, const struct field_step *step)
{
	char first = json_peek(c);

	if (first == '{')
		return find_member(c, step->name);
	return first == '[' && step->is_index && find_element(c, step->index);
}

bool json_seek(struct json_cursor *c, const struct field_path *path)
{
	struct json_cursor at = *c;

	for (size_t i = 0; i < path->count; i++) {
		if (path->steps[i].is_any || !seek_step(&at, &path->steps[i]))
			return false;
	}
	(void)json_skip_blanks(&at);
	*c = at;
	return true;
}

bool json_is_container(struct str text)
{
	struct json_cursor c = json_cursor(text);
	char first = json_peek(&c);

	return first == '{' || first == '[';
}

static void push_level(struct json_records *r, struct json_cursor c, size_t step, const char *up)
{
	struct json_level *level = &r->levels[r->depth];

	assert(r->depth < FIELD_PATH_STEPS_MAX);
	*level = (struct json_level){.c = c, .step = step, .up = up};
	if (json_enter(&level->c, &level->iter, NULL) == ERR_OK)
		r->depth++;
	r->found = true;
}

static void take_single(struct json_records *r, struct json_cursor c, const char *up)
{
	r->single = c;
	r->has_single = true;
	r->found = true;
	r->up = up;
}

/*
 * Go on with the path from @p step: ends with a list to walk, a single record, or nothing.
 * A single object where a list belongs counts as a list of one.
 */
static void resolve(struct json_records *r, struct json_cursor c, size_t step, const char *up)
{
	for (; step < r->path->count; step++) {
		const struct field_step *s = &r->path->steps[step];
		char first = json_peek(&c);

		if (s->is_any && first == '[') {
			push_level(r, c, step + 1, up);
			return;
		}
		if (s->is_any) {
			r->found = r->found || first == 'n';
			if (first != '{')
				return;
			continue;
		}
		if (first == '{')
			up = c.at;
		if (!seek_step(&c, s))
			return;
	}
	(void)json_skip_blanks(&c);
	take_single(r, c, up);
}

void json_records_start(struct json_records *r, struct json_cursor document,
                        const struct field_path *path)
{
	r->path = path;
	r->end = document.end;
	r->depth = 0;
	r->has_single = false;
	r->up = NULL;
	if (path != NULL) {
		resolve(r, document, 0, NULL);
	} else if (json_peek(&document) == '[') {
		push_level(r, document, 0, NULL);
	} else {
		take_single(r, document, NULL);
	}
}

/* The next element of the innermost list. @return false when that list is at its end */
static bool next_element(struct json_records *r, struct json_cursor **ret_at)
{
	struct json_level *level = &r->levels[r->depth - 1];
	size_t steps = r->path != NULL ? r->path->count : 0;
	struct json_cursor element;
	struct str unused;

	*ret_at = NULL;
	if (json_next_item(&level->c, &level->iter, NULL, &unused, NULL) != ERR_OK)
		return false;
	if (level->step == steps) {
		r->up = level->up;
		*ret_at = &level->c;
		return true;
	}
	element = level->c;
	step_over(&level->c);
	resolve(r, element, level->step, level->up);
	return true;
}

enum err json_records_next(struct json_records *r, struct json_cursor **ret_at)
{
	struct json_cursor *at = NULL;

	for (;;) {
		if (r->has_single) {
			r->has_single = false;
			*ret_at = &r->single;
			return ERR_OK;
		}
		if (r->depth == 0)
			return ERR_NOENT;
		if (!next_element(r, &at))
			r->depth--;
		if (at != NULL) {
			*ret_at = at;
			return ERR_OK;
		}
	}
}

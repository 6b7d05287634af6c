/* SPDX-License-Identifier: MIT */
#include "normalise/profile/job_words.h"

#include "normalise/decode/decode.h"
#include "normalise/profile/map.h"

/* An answer of more than that tells nothing: it is no word on a job. */
#define MEMORY_MAX ((size_t)8 << 20)

/* Beside a text itself, what reading it takes at most. */
#define TEXT_OVERHEAD ((size_t)512)

/** Nothing of it is a time, so there are no formats to read one with. */
static const struct time_rule no_time = {.format_count = 0};

struct reading {
	const struct job_spec *spec;
	struct arena scratch; /* the tree, and what filters make */
	struct arena *arena;  /* the caller's */
	struct value *root;
	struct job_words words;
};

/* ---- values ---- */

static bool accept_text(void *arg, struct eval *ev, struct str *text)
{
	(void)arg;
	(void)ev;
	*text = str_trim(*text);
	return text->len > 0 && text->len <= JOB_TEXT_MAX;
}

static bool has_blank(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f)
			return true;
	}
	return false;
}

/** `"result": true` is no address, though the profile may look for one there. */
static bool accept_address(void *arg, struct eval *ev, struct str *text)
{
	return (ev->now == NULL || ev->now->kind == VALUE_STRING) && accept_text(arg, ev, text) &&
	       !has_blank(*text);
}

static enum err keep(struct reading *r, struct str text, struct str *ret_text)
{
	return text.len > 0 ? arena_str_dup(r->arena, text, ret_text) : ERR_OK;
}

static enum err read_value(struct reading *r, const struct value_expr *e, value_accept_fn accept,
                           struct str *ret_text)
{
	struct eval ev = {
		.record = r->root, .arena = &r->scratch, .time = &no_time, .keep_unused = true};
	struct str text = STR_EMPTY;

	/* What is too large for its filters counts as absent too. */
	if (e == NULL || !value_expr_text(e, &ev, accept, NULL, &text))
		return ev.err == ERR_LIMIT ? ERR_OK : ev.err;
	return keep(r, text, ret_text);
}

static bool is_one_of(struct str text, const struct str *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (str_ieq(text, words[i]))
			return true;
	}
	return false;
}

static enum job_word word_of(const struct ready_poll_spec *poll, struct str state)
{
	if (state.len == 0)
		return JOB_WORD_NONE;
	if (is_one_of(state, poll->done, poll->done_count))
		return JOB_WORD_DONE;
	if (is_one_of(state, poll->failed, poll->failed_count))
		return JOB_WORD_FAILED;
	return JOB_WORD_PENDING;
}

/* ---- parts ---- */

/** What a path has led to so far, in order. */
struct places {
	struct value **list; /* JOB_PARTS_MAX */
	size_t count;
};

static enum err places_add(struct places *p, struct value *v)
{
	if (v == NULL || v->kind == VALUE_NULL)
		return ERR_OK;
	if (p->count == JOB_PARTS_MAX)
		return ERR_LIMIT;
	p->list[p->count++] = v;
	return ERR_OK;
}

/** One step from one place. What is no list where one belongs counts as a list of one. */
static enum err take_step(const struct field_step *step, struct value *from, struct places *to)
{
	enum err err = ERR_OK;

	if (step->is_any && from->kind != VALUE_ARRAY)
		return places_add(to, from);
	if (step->is_any) {
		for (struct value *v = from->first; v != NULL && err == ERR_OK; v = v->next)
			err = places_add(to, v);
		return err;
	}
	if (from->kind == VALUE_OBJECT)
		return places_add(to, value_get(from, step->name));
	return step->is_index ? places_add(to, value_at(from, step->index)) : ERR_OK;
}

static enum err places_alloc(struct reading *r, struct places *p)
{
	p->list = arena_alloc(&r->scratch, JOB_PARTS_MAX * sizeof(struct value *));
	return p->list != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err walk(struct reading *r, const struct field_path *path, struct places *ret_places)
{
	struct places now = {.count = 0}, next = {.count = 0};
	enum err err = places_alloc(r, &now);

	if (err == ERR_OK)
		err = places_alloc(r, &next);
	if (err == ERR_OK)
		err = places_add(&now, r->root);
	for (size_t i = 0; i < path->count && err == ERR_OK; i++) {
		struct places before = now;

		next.count = 0;
		for (size_t k = 0; k < now.count && err == ERR_OK; k++)
			err = take_step(&path->steps[i], now.list[k], &next);
		now = next;
		next = before;
	}
	*ret_places = now;
	return err;
}

static enum err keep_parts(struct reading *r, const struct places *places)
{
	struct str *parts = arena_alloc(r->arena, (places->count + 1) * sizeof(*parts));
	enum err err = parts != NULL ? ERR_OK : ERR_NOMEM;
	size_t count = 0;

	for (size_t i = 0; i < places->count && err == ERR_OK; i++) {
		struct eval ev = {.now = places->list[i]};
		struct str text = STR_EMPTY;

		if (value_text(places->list[i], &text) && accept_address(NULL, &ev, &text))
			err = keep(r, text, &parts[count++]);
	}
	r->words.parts = parts;
	r->words.part_count = count;
	return err;
}

static enum err read_parts(struct reading *r)
{
	struct places places = {.count = 0};
	enum err err = ERR_OK;

	if (r->spec->poll.parts != NULL)
		err = walk(r, r->spec->poll.parts, &places);
	if (err == ERR_OK && places.count > 0)
		err = keep_parts(r, &places);
	if (err != ERR_OK || r->words.part_count > 0 || r->words.link.len == 0)
		return err;

	struct str *only = arena_alloc(r->arena, sizeof(*only));

	if (only == NULL)
		return ERR_NOMEM;
	*only = r->words.link;
	r->words.parts = only;
	r->words.part_count = 1;
	return ERR_OK;
}

/* ---- the answer ---- */

static enum err read_words(struct reading *r)
{
	const struct ready_poll_spec *poll = &r->spec->poll;
	struct job_words *w = &r->words;
	enum err err = read_value(r, r->spec->id, accept_text, &w->id);

	if (err == ERR_OK)
		err = read_value(r, poll->url, accept_address, &w->url);
	if (err == ERR_OK)
		err = read_value(r, poll->state, accept_text, &w->state);
	if (err == ERR_OK)
		err = read_value(r, poll->error, accept_text, &w->error);
	if (err == ERR_OK)
		err = read_value(r, poll->link, accept_address, &w->link);
	if (err == ERR_OK)
		err = read_parts(r);
	w->word = word_of(poll, w->state);
	return err;
}

/**
 * @return ERR_OK, ERR_NOENT it is no document, or none that is read, ERR_NOMEM
 */
static enum err read_document(struct reading *r, struct str text)
{
	struct json_cursor cursor = json_cursor(text);
	enum err err = json_check(text, NULL);

	r->words.is_json = err == ERR_OK || err == ERR_LIMIT;
	if (err == ERR_OK)
		err = json_read(&cursor, &r->scratch, &r->root, NULL);
	if (err == ERR_NOMEM && r->scratch.max - r->scratch.used > 2 * text.len + TEXT_OVERHEAD)
		return ERR_NOMEM;
	return err == ERR_OK ? ERR_OK : ERR_NOENT;
}

enum err job_words_read(const struct job_spec *spec, struct str body, struct arena *arena,
                        struct job_words *ret_words)
{
	enum charset charset = CHARSET_UTF8;
	struct str text = str_trim(charset_skip_bom(body, &charset));
	struct reading r = {.spec = spec, .arena = arena};
	enum err err = ERR_NOENT;

	arena_init(&r.scratch, MEMORY_MAX);
	if (json_is_container(text))
		err = read_document(&r, text);
	if (err == ERR_OK)
		err = read_words(&r);
	arena_fini(&r.scratch);
	if (err != ERR_OK && err != ERR_NOENT)
		return err;
	*ret_words = r.words;
	return ERR_OK;
}

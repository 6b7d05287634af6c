/* SPDX-License-Identifier: MIT */
#include "normalise/value/json_reader.h"

#include <assert.h>
#include <string.h>

#include "normalise/value/json_string.h"

/*
 * One walk serves checking, stepping over and reading, so that they cannot disagree. Without an
 * arena it builds nothing and remembers of each open container only whether it is an object.
 */
struct walk {
	struct json_cursor *c;
	struct arena *arena; /* NULL: only check */
	struct err_detail *detail;
	uint64_t objects; /* bit n: the container at depth n is an object */
	unsigned depth;
	bool too_deep;
	struct value *root;
	struct str key; /* of the next member */
	struct value *open[JSON_DEPTH_MAX];
};

static_assert(JSON_DEPTH_MAX <= 64, "struct walk keeps one bit per level");

struct json_cursor json_cursor(struct str text)
{
	const char *start = text.ptr != NULL ? text.ptr : "";

	return (struct json_cursor){start, start, start + text.len};
}

size_t json_offset(const struct json_cursor *c)
{
	return (size_t)(c->at - c->start);
}

bool json_skip_blanks(struct json_cursor *c)
{
	while (c->at < c->end &&
	       (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
		c->at++;
	return c->at < c->end;
}

char json_peek(struct json_cursor *c)
{
	return (char)(json_skip_blanks(c) ? *c->at : 0);
}

static enum err fail(struct walk *w, const char *text)
{
	return json_fail(w->c, w->detail, text);
}

/* Hang a new node into the container that is open, or make it the root. */
static enum err add_node(struct walk *w, enum value_kind kind, struct str text)
{
	if (w->arena == NULL)
		return ERR_OK;

	struct value *v = value_new(w->arena, kind);

	if (v == NULL)
		return ERR_NOMEM;
	v->text = text;
	if (w->depth == 0) {
		w->root = v;
	} else if ((w->objects >> (w->depth - 1) & 1) != 0) {
		value_add(w->open[w->depth - 1], w->key, v);
	} else {
		value_push(w->open[w->depth - 1], v);
	}
	if (kind == VALUE_ARRAY || kind == VALUE_OBJECT)
		w->open[w->depth] = v;
	return ERR_OK;
}

static enum err read_string(struct walk *w)
{
	struct json_literal literal;
	struct str text = STR_EMPTY;
	enum err err = json_literal_scan(w->c, &literal, w->detail);

	if (err == ERR_OK && w->arena != NULL)
		err = json_literal_decode(&literal, w->arena, &text);
	return err == ERR_OK ? add_node(w, VALUE_STRING, text) : err;
}

/* @return whether there was at least one digit */
static bool skip_digits(struct json_cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at > from;
}

static bool skip_one_of(struct json_cursor *c, char a, char b)
{
	if (c->at == c->end || (*c->at != a && *c->at != b))
		return false;
	c->at++;
	return true;
}

static enum err read_number(struct walk *w)
{
	struct json_cursor *c = w->c;
	const char *from = c->at;

	(void)skip_one_of(c, '-', '-');
	if (!skip_one_of(c, '0', '0') && !skip_digits(c))
		return fail(w, "a number needs digits here");
	if (skip_one_of(c, '.', '.') && !skip_digits(c))
		return fail(w, "a number needs digits after its point");
	if (skip_one_of(c, 'e', 'E')) {
		(void)skip_one_of(c, '+', '-');
		if (!skip_digits(c))
			return fail(w, "a number needs digits in its exponent");
	}
	return add_node(w, VALUE_NUMBER, (struct str){from, (size_t)(c->at - from)});
}

static enum err read_word(struct walk *w, struct str word, enum value_kind kind)
{
	struct json_cursor *c = w->c;

	if (!str_has_prefix((struct str){c->at, (size_t)(c->end - c->at)}, word))
		return fail(w, "expected true, false or null");
	c->at += word.len;
	return add_node(w, kind, STR_EMPTY);
}

/* The name of a member and its colon. */
static enum err read_key(struct walk *w)
{
	struct json_cursor *c = w->c;
	struct json_literal literal;
	enum err err;

	if (json_peek(c) != '"')
		return fail(w, "expected the name of a member in double quotes");
	err = json_literal_scan(c, &literal, w->detail);
	if (err != ERR_OK)
		return err;
	w->key = literal.inner;
	if (w->arena != NULL)
		err = json_literal_decode(&literal, w->arena, &w->key);
	if (err != ERR_OK)
		return err;
	if (json_peek(c) != ':')
		return fail(w, "expected ':' after the name of a member");
	c->at++;
	return ERR_OK;
}

/*
 * Below the deepest level only brackets are counted, which needs no memory: the cursor gets behind
 * the value, and a batch can go on with its next record.
 */
static enum err skip_too_deep(struct walk *w)
{
	struct json_cursor *c = w->c;
	struct json_literal literal;
	size_t open = 0;

	w->too_deep = true;
	w->arena = NULL;
	while (c->at < c->end) {
		char ch = *c->at;

		if (ch == '"') {
			enum err err = json_literal_scan(c, &literal, w->detail);

			if (err != ERR_OK)
				return err;
			continue;
		}
		c->at++;
		if (ch == '[' || ch == '{') {
			open++;
		} else if ((ch == ']' || ch == '}') && --open == 0) {
			return ERR_OK;
		}
	}
	return fail(w, "the text ends inside an array or object");
}

/*
 * Open a container. @p ret_inside: a value has to come next; else the container is complete (empty
 * or stepped over).
 */
static enum err open_container(struct walk *w, bool is_object, bool *ret_inside)
{
	uint64_t bit;
	enum err err;

	*ret_inside = false;
	if (w->depth == JSON_DEPTH_MAX)
		return skip_too_deep(w);
	err = add_node(w, is_object ? VALUE_OBJECT : VALUE_ARRAY, STR_EMPTY);
	if (err != ERR_OK)
		return err;
	w->c->at++;
	if (json_peek(w->c) == (is_object ? '}' : ']')) {
		w->c->at++;
		return ERR_OK;
	}
	bit = UINT64_C(1) << w->depth++;
	w->objects = is_object ? w->objects | bit : w->objects & ~bit;
	*ret_inside = true;
	return is_object ? read_key(w) : ERR_OK;
}

static enum err read_one(struct walk *w, bool *ret_inside)
{
	*ret_inside = false;
	if (!json_skip_blanks(w->c))
		return fail(w, "the text ends where a value should be");
	switch (*w->c->at) {
	case '{':
		return open_container(w, true, ret_inside);
	case '[':
		return open_container(w, false, ret_inside);
	case '"':
		return read_string(w);
	case 't':
		return read_word(w, STR_LIT("true"), VALUE_TRUE);
	case 'f':
		return read_word(w, STR_LIT("false"), VALUE_FALSE);
	case 'n':
		return read_word(w, STR_LIT("null"), VALUE_NULL);
	case '-':
		return read_number(w);
	default:
		if (*w->c->at >= '0' && *w->c->at <= '9')
			return read_number(w);
		return fail(w, "expected a value");
	}
}

/* Behind a value: close what is complete. @p ret_inside: a comma was read, a value has to come. */
static enum err after_value(struct walk *w, bool *ret_inside)
{
	*ret_inside = false;
	while (w->depth > 0) {
		bool is_object = (w->objects >> (w->depth - 1) & 1) != 0;
		char ch = json_peek(w->c);

		if (ch == ',') {
			w->c->at++;
			*ret_inside = true;
			return is_object ? read_key(w) : ERR_OK;
		}
		if (ch != (is_object ? '}' : ']'))
			return fail(w, is_object ? "expected ',' or '}'" : "expected ',' or ']'");
		w->c->at++;
		w->depth--;
		if (is_object && w->arena != NULL && value_unique(w->open[w->depth]) != ERR_OK)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static enum err run(struct walk *w)
{
	bool inside = true;
	enum err err = ERR_OK;

	while (inside && err == ERR_OK) {
		err = read_one(w, &inside);
		if (err == ERR_OK && !inside)
			err = after_value(w, &inside);
	}
	if (err == ERR_OK && w->too_deep) {
		err_detail_set(w->detail, "nested deeper than %d levels", JSON_DEPTH_MAX);
		return ERR_LIMIT;
	}
	return err;
}

/* All but the stack: clearing that would cost as much as reading a small record. */
static void walk_init(struct walk *w, struct json_cursor *c, struct arena *a,
                      struct err_detail *reterr_detail)
{
	w->c = c;
	w->arena = a;
	w->detail = reterr_detail;
	w->objects = 0;
	w->depth = 0;
	w->too_deep = false;
	w->root = NULL;
	w->key = STR_EMPTY;
}

enum err json_skip(struct json_cursor *c, struct str *ret_raw, struct err_detail *reterr_detail)
{
	struct walk w;
	enum err err;

	(void)json_skip_blanks(c);

	const char *from = c->at;

	walk_init(&w, c, NULL, reterr_detail);
	err = run(&w);
	if (err == ERR_OK && ret_raw != NULL)
		*ret_raw = (struct str){from, (size_t)(c->at - from)};
	return err;
}

enum err json_read(struct json_cursor *c, struct arena *a, struct value **ret_value,
                   struct err_detail *reterr_detail)
{
	struct walk w;
	enum err err;

	walk_init(&w, c, a, reterr_detail);
	err = run(&w);
	if (err == ERR_OK)
		*ret_value = w.root;
	return err;
}

enum err json_check(struct str text, struct err_detail *reterr_detail)
{
	struct json_cursor c = json_cursor(text);
	enum err err = json_skip(&c, NULL, reterr_detail);

	if ((err == ERR_OK || err == ERR_LIMIT) && json_skip_blanks(&c))
		return json_fail(&c, reterr_detail, "something follows the value");
	return err;
}

enum err json_enter(struct json_cursor *c, struct json_iter *ret_iter,
                    struct err_detail *reterr_detail)
{
	char ch = json_peek(c);

	if (ch != '{' && ch != '[')
		return json_fail(c, reterr_detail, "expected an array or object");
	c->at++;
	*ret_iter = (struct json_iter){.is_object = ch == '{', .started = false};
	return ERR_OK;
}

enum err json_next_item(struct json_cursor *c, struct json_iter *iter, struct arena *a,
                        struct str *ret_key, struct err_detail *reterr_detail)
{
	struct json_cursor at = *c;
	char ch = json_peek(&at);
	struct walk w;

	walk_init(&w, &at, a, reterr_detail);
	if (ch == (iter->is_object ? '}' : ']')) {
		c->at = at.at + 1;
		return ERR_NOENT;
	}
	if (iter->started) {
		if (ch != ',') {
			return fail(&w, iter->is_object ? "expected ',' or '}'"
			                                : "expected ',' or ']'");
		}
		at.at++;
	}
	if (iter->is_object) {
		enum err err = read_key(&w);

		if (err != ERR_OK)
			return err;
		*ret_key = w.key;
	}
	if (!json_skip_blanks(&at))
		return fail(&w, "the text ends where a value should be");
	iter->started = true;
	c->at = at.at;
	return ERR_OK;
}

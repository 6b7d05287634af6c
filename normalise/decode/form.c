/* SPDX-License-Identifier: MIT */
#include "normalise/decode/form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/ascii.h"
#include "normalise/text/utf8.h"
#include "normalise/value/json_reader.h"

struct form {
	struct arena *arena;
	enum charset charset;
	struct value *root;
	size_t fields;
	size_t fields_max;
};

/* @return whether %XX stands at @p i */
static bool escape_at(struct str text, size_t i, char *ret_byte)
{
	int high, low;

	if (text.len - i < 3 || text.ptr[i] != '%')
		return false;
	high = ascii_hex_value(text.ptr[i + 1]);
	low = ascii_hex_value(text.ptr[i + 2]);
	if (high < 0 || low < 0)
		return false;
	*ret_byte = (char)(high << 4 | low);
	return true;
}

static bool has_escapes(struct str text, bool plus_is_blank)
{
	if (text.len == 0)
		return false;
	return memchr(text.ptr, '%', text.len) != NULL ||
	       (plus_is_blank && memchr(text.ptr, '+', text.len) != NULL);
}

enum err form_unescape(struct arena *a, struct str text, bool plus_is_blank, struct str *ret_text)
{
	size_t len = 0;
	char *copy;

	if (!has_escapes(text, plus_is_blank)) {
		*ret_text = text;
		return ERR_OK;
	}
	copy = arena_bytes(a, text.len);
	if (copy == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (escape_at(text, i, &c)) {
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		copy[len++] = c;
	}
	*ret_text = (struct str){copy, len};
	return ERR_OK;
}

/* A name or value as valid UTF-8. */
static enum err decode_part(struct form *f, struct str text, struct str *ret_text)
{
	struct str bytes, utf8;
	enum err err = form_unescape(f->arena, text, true, &bytes);

	if (err != ERR_OK)
		return err;
	if (f->charset != CHARSET_WINDOWS_1252) /* UTF-16 was converted before */
		return utf8_repair(f->arena, bytes, ret_text);
	err = charset_to_utf8(f->arena, bytes, f->charset, &utf8);
	if (err == ERR_OK)
		*ret_text = utf8;
	return err;
}

/* Are the brackets of @p name well formed: name "[" … "]" "[" … "]" to the end? */
static bool is_bracketed(struct str name)
{
	struct str head, rest, inner;

	if (!str_cut(name, '[', &head, &rest) || head.len == 0)
		return false;
	for (;;) {
		if (!str_cut(rest, ']', &inner, &rest))
			return false;
		if (inner.len > 0 && memchr(inner.ptr, '[', inner.len) != NULL)
			return false;
		if (rest.len == 0)
			return true;
		if (rest.ptr[0] != '[')
			return false;
		rest = (struct str){rest.ptr + 1, rest.len - 1};
	}
}

/* The next part of a well-formed bracketed name; false behind the last one. */
static bool next_part(struct str *rest, struct str *ret_part)
{
	struct str tail;

	if (rest->len == 0)
		return false;
	if (rest->ptr[0] == '[') {
		(void)str_cut((struct str){rest->ptr + 1, rest->len - 1}, ']', ret_part, rest);
		return true;
	}
	if (str_cut(*rest, '[', ret_part, &tail)) {
		*rest = (struct str){tail.ptr - 1, tail.len + 1};
	} else {
		*rest = STR_EMPTY;
	}
	return true;
}

/* An index that may stand for an element of an array: digits without a leading zero. */
static bool index_from(struct str part, uint64_t *ret_index)
{
	if (part.len > 1 && part.ptr[0] == '0')
		return false;
	return str_to_u64(part, ret_index) == ERR_OK;
}

/* An array whose names do not come in order becomes an object of them. */
static enum err array_to_object(struct form *f, struct value *array)
{
	size_t index = 0;
	char digits[24];

	for (struct value *v = array->first; v != NULL; v = v->next) {
		int len = snprintf(digits, sizeof(digits), "%zu", index++);
		struct str name = {digits, (size_t)len};

		if (arena_str_dup(f->arena, name, &v->key) != ERR_OK)
			return ERR_NOMEM;
	}
	array->kind = VALUE_OBJECT;
	return ERR_OK;
}

/* Is @p part a new or known element of this array? */
static bool fits_array(const struct value *array, struct str part, uint64_t *ret_index)
{
	if (part.len == 0) {
		*ret_index = array->count;
		return true;
	}
	return index_from(part, ret_index) && *ret_index <= array->count;
}

/* `[]` in an object: the number of its members as the name. */
static enum err next_name(struct form *f, const struct value *object, struct str *ret_name)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%u", (unsigned)object->count);

	return arena_str_dup(f->arena, (struct str){digits, (size_t)len}, ret_name);
}

static struct value *member(const struct value *object, struct str name)
{
	/* Fields of one object mostly come together. */
	if (object->last != NULL && str_eq(object->last->key, name))
		return object->last;
	return value_get(object, name);
}

static struct value *element(const struct value *array, uint64_t index)
{
	return index + 1 == array->count ? array->last : value_at(array, (size_t)index);
}

/* The child of @p parent that @p part names, made as null when there is none. */
static enum err child_of(struct form *f, struct value *parent, struct str part,
                         struct value **ret_child)
{
	uint64_t index;
	struct value *child;
	enum err err = ERR_OK;

	if (parent->kind == VALUE_ARRAY) {
		if (fits_array(parent, part, &index)) {
			child = element(parent, index);
			if (child == NULL && (child = value_new(f->arena, VALUE_NULL)) != NULL)
				value_push(parent, child);
			*ret_child = child;
			return child != NULL ? ERR_OK : ERR_NOMEM;
		}
		err = array_to_object(f, parent);
	}
	if (err == ERR_OK && part.len == 0)
		err = next_name(f, parent, &part);
	if (err != ERR_OK)
		return err;
	child = member(parent, part);
	if (child == NULL && (child = value_new(f->arena, VALUE_NULL)) != NULL)
		value_add(parent, part, child);
	*ret_child = child;
	return child != NULL ? ERR_OK : ERR_NOMEM;
}

/* What was a value becomes a container, since a bracket follows; @p part decides of which kind. */
static void make_container(struct value *v, struct str part)
{
	if (v->kind == VALUE_OBJECT || v->kind == VALUE_ARRAY)
		return;
	v->kind = part.len == 0 || str_eq(part, STR_LIT("0")) ? VALUE_ARRAY : VALUE_OBJECT;
	v->text = STR_EMPTY;
}

static void make_string(struct value *v, struct str text)
{
	v->kind = VALUE_STRING;
	v->text = text;
	v->first = NULL;
	v->last = NULL;
	v->count = 0;
}

static enum err put_plain(struct form *f, struct str name, struct str text)
{
	struct value *v = member(f->root, name);

	if (v == NULL) {
		v = value_new(f->arena, VALUE_STRING);
		if (v == NULL)
			return ERR_NOMEM;
		value_add(f->root, name, v);
	}
	make_string(v, text);
	return ERR_OK;
}

static enum err put_bracketed(struct form *f, struct str name, struct str text,
                              struct err_detail *reterr_detail)
{
	struct value *v = f->root;
	struct str rest = name, part;
	enum err err = ERR_OK;

	for (size_t depth = 0; err == ERR_OK && next_part(&rest, &part); depth++) {
		if (depth == JSON_DEPTH_MAX) {
			err_detail_set(reterr_detail, "a name with more than %d brackets",
			               JSON_DEPTH_MAX);
			return ERR_LIMIT;
		}
		if (depth > 0)
			make_container(v, part);
		err = child_of(f, v, part, &v);
	}
	if (err == ERR_OK)
		make_string(v, text);
	return err;
}

static enum err read_field(struct form *f, struct str field, struct err_detail *reterr_detail)
{
	struct str name, text;
	enum err err;

	if (f->fields++ == f->fields_max) {
		err_detail_set(reterr_detail, "more than %zu fields", f->fields_max);
		return ERR_LIMIT;
	}
	(void)str_cut(field, '=', &name, &text);
	err = decode_part(f, name, &name);
	if (err == ERR_OK)
		err = decode_part(f, text, &text);
	if (err != ERR_OK)
		return err;
	return is_bracketed(name) ? put_bracketed(f, name, text, reterr_detail)
	                          : put_plain(f, name, text);
}

enum err form_read(struct arena *a, struct str text, enum charset charset, size_t fields_max,
                   struct value **ret_form, struct err_detail *reterr_detail)
{
	struct form f = {.arena = a, .charset = charset, .fields_max = fields_max};
	struct str field, rest = text;

	f.root = value_new(a, VALUE_OBJECT);
	if (f.root == NULL)
		return ERR_NOMEM;
	while (rest.len > 0) {
		enum err err = ERR_OK;

		(void)str_cut(rest, '&', &field, &rest);
		if (field.len > 0)
			err = read_field(&f, field, reterr_detail);
		if (err != ERR_OK)
			return err;
	}
	*ret_form = f.root;
	return ERR_OK;
}

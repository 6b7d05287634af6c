/* SPDX-License-Identifier: MIT */
#include "normalise/value/value.h"

#include <assert.h>

struct value *value_new(struct arena *a, enum value_kind kind)
{
	struct value *v = arena_alloc(a, sizeof(*v));

	if (v != NULL)
		v->kind = kind;
	return v;
}

struct value *value_new_string(struct arena *a, struct str text)
{
	struct value *v = value_new(a, VALUE_STRING);

	if (v != NULL)
		v->text = text;
	return v;
}

static void append(struct value *container, struct value *child)
{
	child->next = NULL;
	if (container->last != NULL) {
		container->last->next = child;
	} else {
		container->first = child;
	}
	container->last = child;
	container->count++;
}

void value_push(struct value *array, struct value *child)
{
	assert(array->kind == VALUE_ARRAY);
	append(array, child);
}

void value_add(struct value *object, struct str key, struct value *child)
{
	assert(object->kind == VALUE_OBJECT);
	child->key = key;
	append(object, child);
}

void value_set(struct value *object, struct str key, struct value *child)
{
	struct value *before = NULL;

	assert(object->kind == VALUE_OBJECT);
	for (struct value *v = object->first; v != NULL; before = v, v = v->next) {
		if (!str_eq(v->key, key))
			continue;
		child->key = key;
		child->next = v->next;
		if (before != NULL) {
			before->next = child;
		} else {
			object->first = child;
		}
		if (object->last == v)
			object->last = child;
		return;
	}
	value_add(object, key, child);
}

struct value *value_get(const struct value *v, struct str key)
{
	if (v == NULL || v->kind != VALUE_OBJECT)
		return NULL;
	for (struct value *child = v->first; child != NULL; child = child->next) {
		if (str_eq(child->key, key))
			return child;
	}
	return NULL;
}

struct value *value_at(const struct value *v, size_t index)
{
	struct value *child;

	if (v == NULL || v->kind != VALUE_ARRAY || index >= v->count)
		return NULL;
	for (child = v->first; child != NULL && index > 0; index--)
		child = child->next;
	return child;
}

bool value_text(const struct value *v, struct str *ret_text)
{
	if (v == NULL)
		return false;
	switch (v->kind) {
	case VALUE_NULL:
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		return false;
	case VALUE_FALSE:
		*ret_text = STR_LIT("false");
		return true;
	case VALUE_TRUE:
		*ret_text = STR_LIT("true");
		return true;
	case VALUE_NUMBER:
	case VALUE_STRING:
		*ret_text = v->text;
		return true;
	}
	return false;
}

bool value_is_empty(const struct value *v)
{
	return v == NULL || v->kind == VALUE_NULL || (v->kind == VALUE_STRING && v->text.len == 0);
}

void value_clear_used(struct value *root)
{
	struct value *open[VALUE_DEPTH_MAX];
	struct value *v = root;
	size_t depth = 0;

	for (;;) {
		v->used = false;
		if (v->first != NULL) {
			assert(depth < VALUE_DEPTH_MAX);
			open[depth++] = v;
			v = v->first;
			continue;
		}
		while (depth > 0 && v->next == NULL)
			v = open[--depth];
		if (depth == 0)
			return;
		v = v->next;
	}
}

/* SPDX-License-Identifier: MIT */
#include "normalise/value/field_path.h"

#include <stdint.h>
#include <stdlib.h>

/* Unescape one token into @p to. @return its length, or SIZE_MAX when a `~` is wrong */
static size_t unescape(struct str token, char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.ptr[i];

		if (c == '~') {
			i++;
			if (i == token.len || (token.ptr[i] != '0' && token.ptr[i] != '1'))
				return SIZE_MAX;
			c = token.ptr[i] == '0' ? '~' : '/';
		}
		to[len++] = c;
	}
	return len;
}

static bool is_index(struct str token, size_t *ret_index)
{
	uint64_t index;

	if (token.len > 1 && token.ptr[0] == '0')
		return false;
	if (str_to_u64(token, &index) != ERR_OK || index > SIZE_MAX)
		return false;
	*ret_index = (size_t)index;
	return true;
}

/* @p to: where the name's bytes go. @return its length through @p ret_step, or an error */
static enum err compile_step(struct str token, bool allow_any, char *to,
                             struct field_step *ret_step, struct err_detail *reterr_detail)
{
	bool any = str_eq(token, STR_LIT("*"));
	size_t len = unescape(token, to);

	if (len == SIZE_MAX) {
		err_detail_set(reterr_detail, "'~' must be followed by 0 (for '~') or 1 (for '/')");
		return ERR_PARSE;
	}
	if (any && !allow_any) {
		err_detail_set(reterr_detail, "'*' is not allowed here");
		return ERR_PARSE;
	}
	*ret_step = (struct field_step){.name = {to, len}, .is_any = any};
	ret_step->is_index = is_index(ret_step->name, &ret_step->index);
	return ERR_OK;
}

static enum err compile(struct str text, bool allow_any, struct field_path *path,
                        struct err_detail *reterr_detail)
{
	char *to = path->names;
	struct str token, rest = text;

	while (rest.len > 0) {
		struct field_step *step = &path->steps[path->count];
		enum err err;

		if (path->count == FIELD_PATH_STEPS_MAX) {
			err_detail_set(reterr_detail, "more than %d steps", FIELD_PATH_STEPS_MAX);
			return ERR_LIMIT;
		}
		rest = (struct str){rest.ptr + 1, rest.len - 1};
		if (str_cut(rest, '/', &token, &rest)) /* the next token keeps its slash */
			rest = (struct str){rest.ptr - 1, rest.len + 1};
		err = compile_step(token, allow_any, to, step, reterr_detail);
		if (err != ERR_OK)
			return err;
		to += step->name.len;
		path->count++;
	}
	return ERR_OK;
}

enum err field_path_new(struct str text, bool allow_any, struct field_path **ret_path,
                        struct err_detail *reterr_detail)
{
	struct field_path *path = NULL;
	enum err err = ERR_NOMEM;

	if (text.len > 0 && text.ptr[0] != '/') {
		err_detail_set(reterr_detail, "a pointer starts with '/'");
		return ERR_PARSE;
	}
	path = calloc(1, sizeof(*path));
	if (path == NULL)
		goto out;
	path->names = malloc(text.len + 1);
	if (path->names == NULL)
		goto out;
	err = compile(text, allow_any, path, reterr_detail);
	if (err != ERR_OK)
		goto out;
	*ret_path = path;
	path = NULL;
out:
	field_path_free(path);
	return err;
}

void field_path_free(struct field_path *path)
{
	if (path == NULL)
		return;
	free(path->names);
	free(path);
}

struct value *field_path_get(const struct field_path *path, struct value *root)
{
	struct value *v = root;

	for (size_t i = 0; i < path->count && v != NULL; i++) {
		const struct field_step *step = &path->steps[i];

		if (step->is_any)
			return NULL;
		if (v->kind == VALUE_OBJECT) {
			v = value_get(v, step->name);
		} else {
			v = step->is_index ? value_at(v, step->index) : NULL;
		}
	}
	return v;
}

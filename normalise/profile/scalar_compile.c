/* SPDX-License-Identifier: MIT */
#include "normalise/profile/scalar_compile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/quantity.h"

/* Room for the words of a complaint. */
#define WORDS_TEXT 240

enum err compile_number(struct compiler *c, const struct yaml_node *node, uint64_t low,
                        uint64_t high, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (node->kind != YAML_SCALAR || str_to_u64(node->text, &number) != ERR_OK ||
	    number < low || number > high) {
		return yaml_fail(node, c->detail, "expected a number from %" PRIu64 " to %" PRIu64,
		                 low, high);
	}
	*ret_number = number;
	return ERR_OK;
}

enum err compile_status(struct compiler *c, const struct yaml_node *node, unsigned low,
                        unsigned high, unsigned *ret_status)
{
	uint64_t number = 0;

	if (node->kind != YAML_SCALAR || str_to_u64(node->text, &number) != ERR_OK ||
	    number < low || number > high) {
		return yaml_fail(node, c->detail, "expected an HTTP status from %u to %u", low,
		                 high);
	}
	*ret_status = (unsigned)number;
	return ERR_OK;
}

static bool read_duration(struct str text, uint64_t low_ms, uint64_t *ret_ms)
{
	uint64_t ms = 0;

	if (quantity_read_duration(text, &ms) != ERR_OK || ms < low_ms ||
	    ms > COMPILE_DURATION_MAX_MS)
		return false;
	*ret_ms = ms;
	return true;
}

enum err compile_duration(struct compiler *c, const struct yaml_node *node, uint64_t low_ms,
                          uint64_t *ret_ms)
{
	if (node->kind == YAML_SCALAR && read_duration(node->text, low_ms, ret_ms))
		return ERR_OK;
	if (low_ms <= 1) {
		return yaml_fail(node, c->detail,
		                 "expected a duration such as 15m, with ms, s, m, h or d");
	}
	return yaml_fail(node, c->detail,
	                 "expected a duration of at least %" PRIu64
	                 " ms such as 15m, with ms, s, m, h or d",
	                 low_ms);
}

static bool cut_minus(const struct yaml_node *node, struct str *ret_rest)
{
	bool is_negative =
		node->kind == YAML_SCALAR && node->text.len > 0 && node->text.ptr[0] == '-';

	*ret_rest = is_negative ? (struct str){node->text.ptr + 1, node->text.len - 1} : node->text;
	return is_negative;
}

enum err compile_ago(struct compiler *c, const struct yaml_node *node, uint64_t *ret_ms)
{
	struct str rest;

	if (cut_minus(node, &rest) && read_duration(rest, 1, ret_ms))
		return ERR_OK;
	return yaml_fail(node, c->detail, "expected a time ago such as -7d, with m, h or d");
}

enum err compile_shift(struct compiler *c, const struct yaml_node *node, int64_t *ret_ms)
{
	struct str rest;
	uint64_t ms = 0;
	bool is_negative = cut_minus(node, &rest);

	if (node->kind != YAML_SCALAR || !read_duration(rest, 0, &ms)) {
		return yaml_fail(node, c->detail,
		                 "expected a duration such as 7d or -12h, with ms, s, m, h or d");
	}
	*ret_ms = is_negative ? -(int64_t)ms : (int64_t)ms;
	return ERR_OK;
}

enum err compile_pauses(struct compiler *c, const struct yaml_node *node, uint64_t *ret_min_ms,
                        uint64_t *ret_max_ms)
{
	struct str low = STR_EMPTY, rest = STR_EMPTY;
	uint64_t min_ms = 0, max_ms = 0;
	bool is_range = node->kind == YAML_SCALAR && str_cut(node->text, '.', &low, &rest) &&
	                rest.len > 0 && rest.ptr[0] == '.';
	struct str high = is_range ? (struct str){rest.ptr + 1, rest.len - 1} : STR_EMPTY;

	if (!is_range || !read_duration(low, 1, &min_ms) || !read_duration(high, min_ms, &max_ms)) {
		return yaml_fail(node, c->detail,
		                 "expected the shortest and the longest pause, such as 1s..2m");
	}
	*ret_min_ms = min_ms;
	*ret_max_ms = max_ms;
	return ERR_OK;
}

enum err compile_size(struct compiler *c, const struct yaml_node *node, uint64_t *ret_bytes)
{
	uint64_t bytes = 0;

	if (node->kind != YAML_SCALAR || quantity_read_size(node->text, &bytes) != ERR_OK ||
	    bytes == 0 || bytes > (uint64_t)INT64_MAX) {
		return yaml_fail(node, c->detail,
		                 "expected a size such as 16MiB, with B, KiB, MiB or GiB");
	}
	*ret_bytes = bytes;
	return ERR_OK;
}

enum err compile_choice(struct compiler *c, const struct yaml_node *node, const char *const *words,
                        size_t *ret_index)
{
	char list[WORDS_TEXT] = "";
	const char *nearest;

	for (size_t i = 0; node->kind == YAML_SCALAR && words[i] != NULL; i++) {
		if (str_eq(node->text, str_from(words[i]))) {
			*ret_index = i;
			return ERR_OK;
		}
	}
	nearest = node->kind == YAML_SCALAR ? yaml_nearest(node->text, words) : NULL;
	for (size_t i = 0; words[i] != NULL; i++) {
		const char *between = i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ";
		size_t len = strlen(list);

		(void)snprintf(list + len, sizeof(list) - len, "%s%s", between, words[i]);
	}
	if (nearest != NULL) {
		return yaml_fail(node, c->detail, "expected %s; did you mean \"%s\"?", list,
		                 nearest);
	}
	return yaml_fail(node, c->detail, "expected %s", list);
}

enum err compile_pointer(struct compiler *c, const struct yaml_node *node, bool allow_any,
                         const struct field_path **ret_path)
{
	enum err err = compile_need_text(c, node, "a JSON Pointer such as /data");

	return err == ERR_OK ? path_compile(c, node, node->text, allow_any, ret_path) : err;
}

enum err compile_words(struct compiler *c, const struct yaml_node *node,
                       const struct str **ret_words, size_t *ret_count)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL;
	enum err err;

	if (count == 0)
		return yaml_fail(node, c->detail, "expected at least one word");
	err = compile_alloc(c, count, sizeof(struct str), &memory);

	struct str *words = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		err = compile_need_text(c, at, "a word");
		if (err == ERR_OK)
			err = compile_text(c, at->text, &words[i]);
	}
	if (err != ERR_OK)
		return err;
	*ret_words = words;
	*ret_count = count;
	return ERR_OK;
}

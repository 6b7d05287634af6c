/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/yaml.h"

/* Longer words are never corrected: the nearest of them says nothing. */
#define WORD_MAX 48

/* Room for "known here: …" before the list is cut. */
#define LIST_MAX 200

struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
	if (mapping == NULL || mapping->kind != YAML_MAPPING)
		return NULL;
	for (struct yaml_node *n = mapping->first; n != NULL; n = n->next) {
		if (str_eq(n->key, str_from(key)))
			return n;
	}
	return NULL;
}

size_t yaml_items(const struct yaml_node *node, const struct yaml_node **ret_first)
{
	bool is_list = node->kind == YAML_SEQUENCE;

	*ret_first = is_list ? node->first : node;
	return is_list ? node->count : 1;
}

bool yaml_is_null(const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR && !node->quoted &&
	       (node->text.len == 0 || str_eq(node->text, STR_LIT("~")) ||
	        str_ieq(node->text, STR_LIT("null")));
}

static size_t index_of(const struct yaml_node *node)
{
	size_t i = 0;

	for (const struct yaml_node *n = node->parent->first; n != NULL && n != node; n = n->next)
		i++;
	return i;
}

/* Append to a text of fixed size; what does not fit is cut. */
static void add(char *text, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void add(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

/* A key may hold anything; an error is one line. */
static void blank_controls(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
	}
}

static void write_path(const struct yaml_node *node, char *path, size_t size)
{
	const struct yaml_node *way[YAML_DEPTH_MAX + 1];
	size_t n = 0;

	path[0] = '\0';
	for (; node->parent != NULL && n < sizeof(way) / sizeof(way[0]); node = node->parent)
		way[n++] = node;
	while (n-- > 0) {
		if (way[n]->parent->kind == YAML_SEQUENCE) {
			add(path, size, "[%zu]", index_of(way[n]));
		} else {
			add(path, size, "%s%.*s", path[0] != '\0' ? "." : "", STR_FMT(way[n]->key));
		}
	}
	blank_controls(path);
}

static void fill(const struct yaml_node *node, unsigned line, unsigned col, struct err_detail *d,
                 const char *fmt, va_list ap) PRINTF_LIKE(5, 0);

static void fill(const struct yaml_node *node, unsigned line, unsigned col, struct err_detail *d,
                 const char *fmt, va_list ap)
{
	*d = (struct err_detail){.line = line, .col = col};
	(void)snprintf(d->file, sizeof(d->file), "%s", yaml_file(node));
	write_path(node, d->key, sizeof(d->key));
	(void)vsnprintf(d->text, sizeof(d->text), fmt, ap);
	blank_controls(d->text);
}

enum err yaml_fail(const struct yaml_node *node, struct err_detail *reterr_detail, const char *fmt,
                   ...)
{
	va_list ap;

	if (reterr_detail == NULL)
		return ERR_PARSE;
	va_start(ap, fmt);
	fill(node, node->line, node->col, reterr_detail, fmt, ap);
	va_end(ap);
	return ERR_PARSE;
}

enum err yaml_fail_key(const struct yaml_node *node, struct err_detail *reterr_detail,
                       const char *fmt, ...)
{
	bool has_key = node->key_line > 0;
	va_list ap;

	if (reterr_detail == NULL)
		return ERR_PARSE;
	va_start(ap, fmt);
	fill(node, has_key ? node->key_line : node->line, has_key ? node->key_col : node->col,
	     reterr_detail, fmt, ap);
	va_end(ap);
	return ERR_PARSE;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Letters to insert, drop, change or swap with their neighbour. */
static size_t distance(struct str a, struct str b)
{
	size_t rows[3][WORD_MAX + 1] = {{0}};
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b.len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *oldest = before;

		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = a.ptr[i - 1] != b.ptr[j - 1];

			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + change);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[b.len];
}

const char *yaml_nearest(struct str word, const char *const *known)
{
	size_t best = word.len / 3 + 1; /* one slip in three letters is still a slip */
	const char *nearest = NULL;

	if (word.len > WORD_MAX)
		return NULL;
	for (; *known != NULL; known++) {
		struct str k = str_from(*known);

		if (k.len > WORD_MAX)
			continue;

		size_t d = distance(word, k);

		if (d <= best && d < k.len && (nearest == NULL || d < best)) {
			best = d;
			nearest = *known;
		}
	}
	return nearest;
}

static enum err refuse_key(const struct yaml_node *node, const char *const *known,
                           struct err_detail *reterr_detail)
{
	const char *nearest = yaml_nearest(node->key, known);
	char list[LIST_MAX] = "";

	if (nearest != NULL) {
		return yaml_fail_key(node, reterr_detail,
		                     "unknown key \"%.*s\"; did you mean \"%s\"?",
		                     STR_FMT(node->key), nearest);
	}
	for (; *known != NULL; known++)
		add(list, sizeof(list), "%s%s", list[0] != '\0' ? ", " : "", *known);
	return yaml_fail_key(node, reterr_detail, "unknown key \"%.*s\"; known here: %s",
	                     STR_FMT(node->key), list);
}

static bool is_known(struct str key, const char *const *known)
{
	for (; *known != NULL; known++) {
		if (str_eq(key, str_from(*known)))
			return true;
	}
	return false;
}

enum err yaml_check_keys(const struct yaml_node *mapping, const char *const *known,
                         struct err_detail *reterr_detail)
{
	if (mapping->kind != YAML_MAPPING) {
		return yaml_fail(mapping, reterr_detail, "expected keys with values, \"%s: …\"",
		                 known[0] != NULL ? known[0] : "key");
	}
	for (const struct yaml_node *n = mapping->first; n != NULL; n = n->next) {
		if (!is_known(n->key, known))
			return refuse_key(n, known, reterr_detail);
	}
	return ERR_OK;
}

static bool same_node(const struct yaml_node *a, const struct yaml_node *b)
{
	return a->kind == b->kind && a->quoted == b->quoted && a->count == b->count &&
	       str_eq(a->text, b->text) && str_eq(a->key, b->key);
}

bool yaml_same(const struct yaml_node *a, const struct yaml_node *b)
{
	const struct yaml_node *root = a;

	/* Both side by side: what is the same so far has the same shape. */
	while (same_node(a, b)) {
		if (a->first != NULL) {
			a = a->first;
			b = b->first;
			continue;
		}
		while (a != root && a->next == NULL) {
			a = a->parent;
			b = b->parent;
		}
		if (a == root)
			return true;
		a = a->next;
		b = b->next;
	}
	return false;
}

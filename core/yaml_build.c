/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/yaml_parts.h"

struct builder {
	struct yaml_doc *doc;
	struct yaml_node *open[YAML_DEPTH_MAX]; /* containers not yet closed */
	struct yaml_node *last[YAML_DEPTH_MAX]; /* the newest child of each */
	size_t depth;
	size_t count;         /* nodes */
	bool done;            /* the document has ended */
	bool has_key;         /* the key of the next node was read */
	struct str key;       /* in the arena */
	yaml_mark_t key_mark; /* where it began */

	const struct yaml_node **known; /* owned; hash table of the nodes that have a key */
	size_t known_size;              /* power of two */
	struct err_detail *detail;      /* borrowed; may be NULL */
};

static enum err fail_mark(struct builder *b, yaml_mark_t mark, const char *text)
{
	return yaml_fail_mark(b->doc->file, mark, b->detail, text);
}

static size_t slot_of(const struct builder *b, const struct yaml_node *parent, struct str key)
{
	uint64_t hash = 14695981039346656037U ^ (uint64_t)(uintptr_t)parent; /* FNV-1a */

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ (unsigned char)key.ptr[i]) * 1099511628211U;
	return (size_t)(hash ^ (hash >> 32)) & (b->known_size - 1);
}

/* Remember @p node by its key. */
static enum err check_twice(struct builder *b, struct yaml_node *node)
{
	size_t slot = slot_of(b, node->parent, node->key);

	for (; b->known[slot] != NULL; slot = (slot + 1) & (b->known_size - 1)) {
		const struct yaml_node *other = b->known[slot];

		if (other->parent == node->parent && str_eq(other->key, node->key)) {
			return yaml_fail_key(node, b->detail,
			                     "key \"%.*s\" was already given in line %u; keep one",
			                     STR_FMT(node->key), other->key_line);
		}
	}
	b->known[slot] = node;
	return ERR_OK;
}

static void link_node(struct builder *b, struct yaml_node *node)
{
	struct yaml_node *parent = b->open[b->depth - 1];

	node->parent = parent;
	if (b->last[b->depth - 1] == NULL) {
		parent->first = node;
	} else {
		b->last[b->depth - 1]->next = node;
	}
	b->last[b->depth - 1] = node;
	parent->count++;
	if (!b->has_key)
		return;
	node->key = b->key;
	node->key_line = (unsigned)b->key_mark.line + 1;
	node->key_col = (unsigned)b->key_mark.column + 1;
	b->has_key = false;
}

/* A node at the place that is next in the document. */
static enum err add_node(struct builder *b, const yaml_event_t *ev, enum yaml_kind kind,
                         struct yaml_node **ret_node)
{
	bool is_root = b->depth == 0;
	struct yaml_node *node =
		is_root ? &b->doc->root : arena_alloc(&b->doc->arena, sizeof(*node));

	if (node == NULL)
		return ERR_NOMEM;
	node->kind = kind;
	node->line = (unsigned)ev->start_mark.line + 1;
	node->col = (unsigned)ev->start_mark.column + 1;
	if (!is_root)
		link_node(b, node);
	if (++b->count > YAML_NODES_MAX) {
		return yaml_fail(node, b->detail,
		                 "more than %d values in one file; make it smaller",
		                 YAML_NODES_MAX);
	}
	if (node->key_line > 0) {
		enum err err = check_twice(b, node);

		if (err != ERR_OK)
			return err;
	}
	*ret_node = node;
	return ERR_OK;
}

/* Where the next scalar is a key. */
static bool wants_key(const struct builder *b)
{
	return b->depth > 0 && b->open[b->depth - 1]->kind == YAML_MAPPING && !b->has_key;
}

/* Anchors and tags stand before any kind of node. */
static enum err check_marks(struct builder *b, const yaml_event_t *ev, const yaml_char_t *anchor,
                            const yaml_char_t *tag)
{
	if (anchor != NULL) {
		return fail_mark(b, ev->start_mark,
		                 "anchors (&name) are not supported; write the value out");
	}
	if (tag != NULL) {
		return fail_mark(b, ev->start_mark,
		                 "tags (!name) are not supported; leave the tag out, and put text "
		                 "that begins with '!' in quotes");
	}
	return ERR_OK;
}

static enum err take_key(struct builder *b, const yaml_event_t *ev, struct str text)
{
	if (text.len == 0 && ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return fail_mark(b, ev->start_mark, "a key is missing before ':'");
	b->key_mark = ev->start_mark;
	b->has_key = true;
	return arena_str_dup(&b->doc->arena, text, &b->key);
}

static enum err on_scalar(struct builder *b, const yaml_event_t *ev)
{
	struct str text = {(const char *)ev->data.scalar.value, ev->data.scalar.length};
	struct yaml_node *node = NULL;
	enum err err = check_marks(b, ev, ev->data.scalar.anchor, ev->data.scalar.tag);

	if (err != ERR_OK)
		return err;
	if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)
		return fail_mark(b, ev->start_mark, "a NUL character is not allowed");
	if (wants_key(b))
		return take_key(b, ev, text);
	err = add_node(b, ev, YAML_SCALAR, &node);
	if (err != ERR_OK)
		return err;
	assert(node != NULL);
	node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return arena_str_dup(&b->doc->arena, text, &node->text);
}

static enum err on_open(struct builder *b, const yaml_event_t *ev, enum yaml_kind kind)
{
	struct yaml_node *node = NULL;
	bool is_mapping = kind == YAML_MAPPING;
	enum err err = check_marks(
		b, ev, is_mapping ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor,
		is_mapping ? ev->data.mapping_start.tag : ev->data.sequence_start.tag);

	if (err != ERR_OK)
		return err;
	if (wants_key(b)) {
		return fail_mark(b, ev->start_mark,
		                 "a key must be plain text; put a key or value that begins with "
		                 "'{' or '[' in quotes");
	}
	err = add_node(b, ev, kind, &node);
	if (err != ERR_OK)
		return err;
	if (b->depth == YAML_DEPTH_MAX) {
		return yaml_fail(node, b->detail, "more than %d levels deep; make it flatter",
		                 YAML_DEPTH_MAX);
	}
	b->open[b->depth] = node;
	b->last[b->depth] = NULL;
	b->depth++;
	return ERR_OK;
}

static enum err on_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return b->done ? fail_mark(b, ev->start_mark,
		                           "a second document begins here; keep one per file")
		               : ERR_OK;
	case YAML_DOCUMENT_END_EVENT:
		b->done = true;
		return ERR_OK;
	case YAML_ALIAS_EVENT:
		return fail_mark(b, ev->start_mark,
		                 "aliases (*name) are not supported; write the value out, and put "
		                 "text that begins with '*' in quotes");
	case YAML_SCALAR_EVENT:
		return on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, ev, YAML_SEQUENCE);
	case YAML_MAPPING_START_EVENT:
		return on_open(b, ev, YAML_MAPPING);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		assert(b->depth > 0);
		b->depth--;
		return ERR_OK;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
		return ERR_OK;
	}
	return ERR_OK;
}

static enum err read_events(struct builder *b, struct str text)
{
	yaml_parser_t parser;
	enum err err = ERR_OK;
	bool ended = false;

	if (yaml_parser_initialize(&parser) == 0)
		return ERR_NOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
	while (err == ERR_OK && !ended) {
		yaml_event_t ev;

		if (yaml_parser_parse(&parser, &ev) == 0) {
			err = yaml_fail_parser(b->doc->file, &parser, text, b->detail);
			break;
		}
		ended = ev.type == YAML_STREAM_END_EVENT;
		err = on_event(b, &ev);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&parser);
	return err;
}

enum err yaml_build(struct yaml_doc *doc, struct str text, struct err_detail *reterr_detail)
{
	struct builder b = {.doc = doc, .detail = reterr_detail};
	size_t keys_max = text.len < YAML_NODES_MAX ? text.len : YAML_NODES_MAX;
	enum err err = ERR_NOMEM;

	b.known_size = 16;
	while (b.known_size < 2 * keys_max)
		b.known_size *= 2;
	b.known = calloc(b.known_size, sizeof(struct yaml_node *));
	if (b.known == NULL)
		goto out;
	err = read_events(&b, text);
	if (err == ERR_OK && (b.count == 0 || yaml_is_null(&doc->root))) {
		yaml_fail_place(doc->file, 1, 1, reterr_detail);
		err_detail_set(reterr_detail, "the file is empty");
		err = ERR_PARSE;
	}
out:
	free(b.known);
	return err;
}

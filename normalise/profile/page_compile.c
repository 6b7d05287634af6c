/* SPDX-License-Identifier: MIT */
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define SIZE_MAX_ROWS 10000000

/* In the order of enum page_kind, without PAGE_NONE. */
static const char *const kinds[] = {"link", "number", "offset", "token", NULL};

/** A key that only some kinds have. */
static enum err only_for(struct compiler *c, const struct yaml_node *node, const char *key,
                         bool is_allowed, const char *wanted)
{
	const struct yaml_node *at = yaml_get(node, key);

	if (at == NULL || is_allowed)
		return ERR_OK;
	return yaml_fail_key(at, c->detail, "\"%s\" is for kind: %s", key, wanted);
}

static enum err keys_check(struct compiler *c, const struct yaml_node *node, enum page_kind kind)
{
	bool has_next = kind == PAGE_LINK || kind == PAGE_TOKEN;
	enum err err = only_for(c, node, "next", has_next, "link or token");

	if (err == ERR_OK)
		err = only_for(c, node, "start", !has_next, "number or offset");
	if (err == ERR_OK)
		err = only_for(c, node, "last", kind == PAGE_NUMBER, "number");
	if (err == ERR_OK && has_next && yaml_get(node, "next") == NULL) {
		err = yaml_fail(node, c->detail, "\"next\" is missing: pointer to the next %s",
		                kind == PAGE_LINK ? "link" : "token");
	}
	return err;
}

static enum err size_compile(struct compiler *c, const struct yaml_node *node,
                             struct page_spec *page)
{
	static const char *const known[] = {"at", "default", NULL};
	enum err err;

	if (node->kind != YAML_MAPPING)
		return compile_number(c, node, 1, SIZE_MAX_ROWS, &page->size);
	err = yaml_check_keys(node, known, c->detail);
	if (err != ERR_OK)
		return err;

	const struct yaml_node *at = yaml_get(node, "at");
	const struct yaml_node *fallback = yaml_get(node, "default");

	if (at == NULL)
		return yaml_fail(node, c->detail, "expected {at: /page_size, default: 100}");
	err = compile_pointer(c, at, false, &page->size_at);
	if (err == ERR_OK && fallback != NULL)
		err = compile_number(c, fallback, 1, SIZE_MAX_ROWS, &page->size);
	return err;
}

static enum err pointers_compile(struct compiler *c, const struct yaml_node *node,
                                 struct page_spec *page)
{
	const struct {
		const char *key;
		const struct field_path **ret_path;
	} pointers[] = {
		{"next", &page->next},
		{"last", &page->last},
		{"more", &page->more},
		{"same", &page->same},
	};
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]) && err == ERR_OK; i++) {
		const struct yaml_node *at = yaml_get(node, pointers[i].key);

		if (at != NULL)
			err = compile_pointer(c, at, false, pointers[i].ret_path);
	}
	return err;
}

static enum err stop_compile(struct compiler *c, const struct yaml_node *node,
                             struct page_spec *page)
{
	static const char *const stops[] = {"empty", "short", NULL};
	size_t i = 0;
	enum err err = compile_choice(c, node, stops, &i);

	page->stop_short = i == 1;
	if (err == ERR_OK && page->stop_short && page->size == 0 && page->size_at == NULL)
		err = yaml_fail(node, c->detail, "stop: short needs \"size\": rows of a full page");
	return err;
}

enum err page_compile(struct compiler *c, const struct yaml_node *node, struct page_spec *ret_page)
{
	static const char *const known[] = {"kind", "next", "start", "last", "more",
	                                    "size", "stop", "same",  NULL};
	struct page_spec page = {.kind = PAGE_NONE};
	enum err err = yaml_check_keys(node, known, c->detail);
	size_t i = 0;

	if (err != ERR_OK)
		return err;

	const struct yaml_node *kind = yaml_get(node, "kind");
	const struct yaml_node *start = yaml_get(node, "start");
	const struct yaml_node *size = yaml_get(node, "size");
	const struct yaml_node *stop = yaml_get(node, "stop");

	if (kind == NULL) {
		return yaml_fail(node, c->detail,
		                 "\"kind\" is missing: link, number, offset or token");
	}
	err = compile_choice(c, kind, kinds, &i);
	if (err == ERR_OK)
		page.kind = (enum page_kind)(PAGE_LINK + i);
	if (err == ERR_OK)
		err = keys_check(c, node, page.kind);

	uint64_t first = page.kind == PAGE_NUMBER ? 1 : 0;

	if (err == ERR_OK && start != NULL)
		err = compile_number(c, start, 0, SIZE_MAX_ROWS, &first);
	page.start = (int64_t)first;
	if (err == ERR_OK)
		err = pointers_compile(c, node, &page);
	if (err == ERR_OK && size != NULL)
		err = size_compile(c, size, &page);
	if (err == ERR_OK && stop != NULL)
		err = stop_compile(c, stop, &page);
	if (err == ERR_OK)
		*ret_page = page;
	return err;
}

enum err page_check_used(const struct template_scope *s, const struct yaml_node *node,
                         enum page_kind kind)
{
	unsigned needed = template_words_of(kind);
	const char *name = kind == PAGE_NUMBER ? "page" : kind == PAGE_OFFSET ? "offset" : "cursor";

	if ((s->used_words & needed) == needed)
		return ERR_OK;
	return yaml_fail(node, s->c->detail,
	                 "${%s} is not used in the request: every page would be the same", name);
}

static enum err else_compile(struct compiler *c, const struct yaml_node *node, struct ok_spec *ok)
{
	static const char *const known[] = {"error", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);
	const struct yaml_node *error = yaml_get(node, "error");

	if (err == ERR_OK && error == NULL)
		err = yaml_fail(node, c->detail, "expected {error: /pointer}");
	return err == ERR_OK ? compile_pointer(c, error, false, &ok->error) : err;
}

enum err ok_compile(struct compiler *c, const struct yaml_node *node, struct ok_spec *ret_ok)
{
	static const char *const known[] = {"at", "is", "else", NULL};
	struct ok_spec ok = {.at = NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *at = yaml_get(node, "at");
	const struct yaml_node *is = yaml_get(node, "is");
	const struct yaml_node *otherwise = yaml_get(node, "else");

	if (at == NULL || is == NULL)
		return yaml_fail(node, c->detail, "expected {at: /pointer, is: word}");
	err = compile_pointer(c, at, false, &ok.at);
	if (err == ERR_OK)
		err = compile_words(c, is, &ok.words, &ok.word_count);
	if (err == ERR_OK && otherwise != NULL)
		err = else_compile(c, otherwise, &ok);
	if (err == ERR_OK)
		*ret_ok = ok;
	return err;
}

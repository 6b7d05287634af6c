/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "core/ascii.h"
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define NAMED_MAX     64
#define STATUS_LOWEST 200
#define STATUS_LAST   599

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};

enum err named_texts_compile(struct template_scope *s, const struct yaml_node *node,
                             const struct named_text **ret_list, size_t *ret_count)
{
	void *memory = NULL;
	const struct yaml_node *at = node->first;
	enum err err;

	if (node->kind != YAML_MAPPING)
		return yaml_fail(node, s->c->detail, "expected {name: text}");
	if (node->count > NAMED_MAX)
		return yaml_fail(node, s->c->detail, "more than %d of them", NAMED_MAX);
	err = compile_alloc(s->c, node->count, sizeof(struct named_text), &memory);

	struct named_text *list = memory;

	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next) {
		if (at->key.len == 0)
			err = yaml_fail_key(at, s->c->detail, "a name is empty");
		if (err == ERR_OK)
			err = template_text_compile(s, at, &list[i].text);
		list[i].name = at->key;
	}
	if (err != ERR_OK)
		return err;
	*ret_list = list;
	*ret_count = node->count;
	return ERR_OK;
}

bool header_name_is_valid(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!ascii_is_alnum(c) && c != '-' && c != '_' && c != '.')
			return false;
	}
	return name.len > 0;
}

/** What the client and `auth` write themselves. */
static bool header_is_ours(struct str name)
{
	static const char *const ours[] = {"host",       "content-length", "transfer-encoding",
	                                   "connection", "authorization",  "cookie",
	                                   "expect",     "accept-encoding"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (str_ieq(name, str_from(ours[i])))
			return true;
	}
	return false;
}

static enum err header_check(struct compiler *c, const struct yaml_node *at)
{
	if (!header_name_is_valid(at->key))
		return yaml_fail_key(at, c->detail, "a header's name has letters, digits and '-'");
	if (str_ieq(at->key, STR_LIT("authorization")))
		return yaml_fail_key(at, c->detail, "this header is made from \"auth\"");
	if (header_is_ours(at->key))
		return yaml_fail_key(at, c->detail, "this header is made for each request");
	for (size_t i = 0; i < at->text.len; i++) {
		if ((unsigned char)at->text.ptr[i] < ' ' || at->text.ptr[i] == 0x7f)
			return yaml_fail(at, c->detail, "a header is one line of plain text");
	}
	for (const struct yaml_node *n = at->parent->first; n != at; n = n->next) {
		if (str_ieq(n->key, at->key))
			return yaml_fail_key(at, c->detail, "this header is there twice");
	}
	return ERR_OK;
}

static enum err lower_name(struct compiler *c, struct named_text *t)
{
	char *lower = arena_bytes(&c->pool->arena, t->name.len);

	if (lower == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->name.len; i++)
		lower[i] = ascii_lower(t->name.ptr[i]);
	t->name.ptr = lower;
	return ERR_OK;
}

enum err headers_compile(struct template_scope *s, const struct yaml_node *node,
                         struct request_spec *request)
{
	const struct named_text *list = NULL;
	size_t count = 0;
	void *memory = NULL;
	enum err err = named_texts_compile(s, node, &list, &count);

	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = header_check(s->c, n);
	if (err == ERR_OK)
		err = compile_alloc(s->c, count, sizeof(struct named_text), &memory);

	struct named_text *lower = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		lower[i] = list[i];
		err = lower_name(s->c, &lower[i]);
	}
	request->headers = lower;
	request->header_count = count;
	return err;
}

static enum err path_text_compile(struct template_scope *s, const struct yaml_node *node,
                                  struct request_spec *request)
{
	enum err err =
		template_need_compile(s, node, "a path such as /v1/messages", &request->path);

	if (err != ERR_OK)
		return err;
	if (node->text.ptr[0] != '/')
		return yaml_fail(node, s->c->detail, "a path begins with '/'");
	for (struct str rest = node->text, segment; rest.len > 0;) {
		(void)str_cut(rest, '/', &segment, &rest);
		if (str_eq(segment, STR_LIT(".")) || str_eq(segment, STR_LIT("..")))
			return yaml_fail(node, s->c->detail, "a path has no \".\" or \"..\"");
	}
	for (size_t i = 0; i < node->text.len; i++) {
		char c = node->text.ptr[i];

		if (c == '?')
			return yaml_fail(node, s->c->detail, "the query belongs under \"query\"");
		if (c <= ' ' || c > '~' || c == '#') {
			return yaml_fail(node, s->c->detail,
			                 "a path is plain text; write other characters as %%XX");
		}
	}
	return ERR_OK;
}

static enum err expect_compile(struct compiler *c, const struct yaml_node *node,
                               struct request_spec *request)
{
	const struct yaml_node *at = node->first;
	enum err err = ERR_OK;

	if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > EXPECT_MAX) {
		return yaml_fail(node, c->detail, "expected a list of 1 to %d statuses: [200]",
		                 EXPECT_MAX);
	}
	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next)
		err = compile_status(c, at, STATUS_LOWEST, STATUS_LAST, &request->expect[i]);
	request->expect_count = node->count;
	return err;
}

static enum err method_compile(struct compiler *c, const struct yaml_node *node,
                               struct request_spec *request)
{
	size_t i = 0;
	enum err err = compile_choice(c, node, methods, &i);

	if (err == ERR_OK)
		request->method = methods[i];
	return err;
}

static enum err body_compile(struct template_scope *s, const struct yaml_node *node,
                             struct request_spec *request)
{
	const struct yaml_node *json = yaml_get(node, "json");
	const struct yaml_node *form = yaml_get(node, "form");
	const struct yaml_node *text = yaml_get(node, "text");
	const struct yaml_node *body = json != NULL ? json : form != NULL ? form : text;

	if (body == NULL)
		return ERR_OK;
	if ((json != NULL) + (form != NULL) + (text != NULL) > 1) {
		return yaml_fail(node, s->c->detail,
		                 "\"json\", \"form\" and \"text\" exclude each other");
	}
	if (str_eq(str_from(request->method), STR_LIT("GET"))) {
		return yaml_fail(body, s->c->detail,
		                 "a GET has no body; expected method: POST beside it");
	}
	if (json != NULL) {
		request->body = REQUEST_BODY_JSON;
		request->json = json;
		return template_tree_check(s, json);
	}
	if (form != NULL) {
		request->body = REQUEST_BODY_FORM;
		return named_texts_compile(s, form, &request->form, &request->form_count);
	}
	request->body = REQUEST_BODY_TEXT;
	return template_text_compile(s, text, &request->text);
}

static enum err address_parts_compile(struct template_scope *s, const struct yaml_node *node,
                                      struct request_spec *request)
{
	const struct yaml_node *base = yaml_get(node, "base");
	const struct yaml_node *path = yaml_get(node, "path");
	const struct yaml_node *query = yaml_get(node, "query");
	enum err err = ERR_OK;

	if (path == NULL)
		return yaml_fail(node, s->c->detail, "\"path\" is missing");
	if (base == NULL && !s->c->has_base) {
		return yaml_fail(node, s->c->detail,
		                 "the profile has no \"base\": the vendor's address");
	}
	if (base != NULL)
		err = base_compile(s, base, &request->base);
	if (err == ERR_OK)
		err = path_text_compile(s, path, request);
	if (err == ERR_OK && query != NULL)
		err = named_texts_compile(s, query, &request->query, &request->query_count);
	return err;
}

enum err request_compile(struct template_scope *s, const struct yaml_node *node,
                         struct request_spec *ret_request)
{
	static const struct request_usual usual = {.method = "GET", .expect = {200}};

	return request_compile_usual(s, node, &usual, ret_request);
}

enum err request_compile_usual(struct template_scope *s, const struct yaml_node *node,
                               const struct request_usual *usual, struct request_spec *ret_request)
{
	static const char *const known[] = {"method", "path", "query", "headers", "json",
	                                    "form",   "text", "base",  "expect",  NULL};
	struct request_spec r = {.method = usual->method};
	enum err err = yaml_check_keys(node, known, s->c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *method = yaml_get(node, "method");
	const struct yaml_node *headers = yaml_get(node, "headers");
	const struct yaml_node *expect = yaml_get(node, "expect");

	for (; r.expect_count < EXPECT_MAX && usual->expect[r.expect_count] != 0; r.expect_count++)
		r.expect[r.expect_count] = usual->expect[r.expect_count];
	if (method != NULL)
		err = method_compile(s->c, method, &r);
	if (err == ERR_OK)
		err = address_parts_compile(s, node, &r);
	if (err == ERR_OK && headers != NULL)
		err = headers_compile(s, headers, &r);
	if (err == ERR_OK)
		err = body_compile(s, node, &r);
	if (err == ERR_OK && expect != NULL)
		err = expect_compile(s->c, expect, &r);
	if (err == ERR_OK)
		*ret_request = r;
	return err;
}

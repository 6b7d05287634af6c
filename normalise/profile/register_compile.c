/* SPDX-License-Identifier: MIT */
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

static enum err values_compile(struct compiler *c, const struct yaml_node *node,
                               struct register_spec *r)
{
	enum err err = value_member_compile(c, node, "id", &r->id);

	if (err == ERR_OK)
		err = value_member_compile(c, node, "url", &r->url);
	if (err == ERR_OK)
		err = value_member_compile(c, node, "status", &r->status);
	if (err == ERR_OK)
		err = value_member_compile(c, node, "events", &r->events);
	return err;
}

static enum err list_part_compile(struct compiler *c, const struct yaml_node *node,
                                  struct register_spec *r)
{
	static const char *const known[] = {"request", "ok",     "page",   "decode", "id",
	                                    "url",     "status", "events", NULL};
	struct template_scope s = {.c = c, .words = WORD_HOOK};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *request = yaml_get(node, "request");
	const struct yaml_node *page = yaml_get(node, "page");
	const struct yaml_node *decode = yaml_get(node, "decode");

	if (request == NULL)
		return yaml_fail(node, c->detail, "\"request\" is missing");
	if (page != NULL)
		err = page_compile(c, page, &r->list_page);
	s.words |= template_words_of(r->list_page.kind);
	if (err == ERR_OK)
		err = request_compile(&s, request, &r->list);
	if (err == ERR_OK && page != NULL)
		err = page_check_used(&s, page, r->list_page.kind);
	if (err == ERR_OK && decode != NULL)
		err = decode_compile(c, decode, &r->list_decode);
	if (err == ERR_OK && decode != NULL)
		err = decode_check_pages(c, decode, &r->list_decode, false);
	if (err == ERR_OK)
		err = values_compile(c, node, r);
	r->has_list = true;
	return err;
}

/** One `ok` for every answer; it may stand in `register` or in its `list`. */
static enum err ok_part_compile(struct compiler *c, const struct yaml_node *node,
                                const struct yaml_node *list, struct register_spec *r)
{
	const struct yaml_node *ok = yaml_get(node, "ok");
	const struct yaml_node *list_ok = yaml_get(list, "ok");

	if (ok != NULL && list_ok != NULL)
		return yaml_fail_key(list_ok, c->detail, "\"ok\" is given for all requests above");
	if (ok == NULL)
		ok = list_ok;
	return ok != NULL ? ok_compile(c, ok, &r->ok) : ERR_OK;
}

static enum err one_request(struct compiler *c, const struct yaml_node *node, unsigned words,
                            bool *ret_is_given, struct request_spec *request)
{
	struct template_scope s = {.c = c, .words = words};

	*ret_is_given = node != NULL;
	return node != NULL ? request_compile(&s, node, request) : ERR_OK;
}

enum err register_compile(struct compiler *c, const struct yaml_node *node,
                          const struct register_spec **ret_register)
{
	static const char *const known[] = {"create", "update", "delete", "list", "ok", NULL};
	void *memory = NULL;
	bool has_create = false;
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err == ERR_OK)
		err = compile_alloc(c, 1, sizeof(struct register_spec), &memory);
	if (err != ERR_OK)
		return err;

	struct register_spec *r = memory;
	const struct yaml_node *list = yaml_get(node, "list");

	if (yaml_get(node, "create") == NULL)
		return yaml_fail(node, c->detail, "\"create\" is missing: a request");
	err = one_request(c, yaml_get(node, "create"), WORD_HOOK, &has_create, &r->create);
	if (err == ERR_OK) {
		err = one_request(c, yaml_get(node, "update"), WORD_HOOK | WORD_HOOK_ID,
		                  &r->has_update, &r->update);
	}
	if (err == ERR_OK) {
		err = one_request(c, yaml_get(node, "delete"), WORD_HOOK | WORD_HOOK_ID,
		                  &r->has_remove, &r->remove);
	}
	if (err == ERR_OK && list != NULL)
		err = list_part_compile(c, list, r);
	if (err == ERR_OK)
		err = ok_part_compile(c, node, list, r);
	if (err == ERR_OK)
		*ret_register = r;
	return err;
}

/* SPDX-License-Identifier: MIT */
#include "normalise/profile/profile_parts.h"
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define REPLY_TYPE "application/json"
#define REPLY_BODY "{\"status\":\"accepted\"}"

static const struct {
	const char *word;
	enum profile_method method;
} verbs[] = {
	{"POST", METHOD_POST},   {"GET", METHOD_GET},       {"PUT", METHOD_PUT},
	{"PATCH", METHOD_PATCH}, {"DELETE", METHOD_DELETE},
};

static enum err method_compile(struct compiler *c, const struct yaml_node *node,
                               struct profile_source *w)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (node->kind == YAML_SCALAR && str_eq(node->text, str_from(verbs[i].word))) {
			w->methods |= verbs[i].method;
			return ERR_OK;
		}
	}
	return yaml_fail(node, c->detail, "expected POST, GET, PUT, PATCH or DELETE");
}

static enum err methods_compile(struct compiler *c, const struct yaml_node *node,
                                struct profile_source *w)
{
	enum err err = ERR_OK;

	if (node->kind != YAML_SEQUENCE || node->count == 0)
		return yaml_fail(node, c->detail, "expected a list such as [POST, GET]");
	w->methods = 0;
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = method_compile(c, n, w);
	return err;
}

/** What the vendor can do to prove itself; the configuration says what it has to do. */
static enum err verify_check(struct compiler *c, const struct yaml_node *node)
{
	static const char *const known[] = {"kind", NULL};

	if (node->kind != YAML_SEQUENCE || node->count == 0)
		return yaml_fail(node, c->detail, "expected a list such as [{kind: basic}]");
	for (const struct yaml_node *n = node->first; n != NULL; n = n->next) {
		enum err err = yaml_check_keys(n, known, c->detail);

		if (err != ERR_OK)
			return err;

		const struct yaml_node *kind = yaml_get(n, "kind");

		if (kind == NULL || kind->kind != YAML_SCALAR ||
		    !str_eq(kind->text, STR_LIT("basic"))) {
			return yaml_fail(kind != NULL ? kind : n, c->detail,
			                 "expected kind: basic");
		}
	}
	return ERR_OK;
}

static enum err invalid_compile(struct compiler *c, const struct yaml_node *node,
                                struct profile_source *w)
{
	enum err err = compile_status(c, node, 200, 499, &w->invalid);

	if (err == ERR_OK && w->invalid != 200 && w->invalid != 400)
		err = yaml_fail(node, c->detail, "expected 200 or 400");
	return err;
}

static enum err reply_type_compile(struct compiler *c, const struct yaml_node *node,
                                   struct profile_source *w)
{
	struct str type = STR_EMPTY;
	enum err err = compile_need_text(c, node, "a media type such as text/plain");

	if (err == ERR_OK && str_has_control(node->text))
		err = yaml_fail(node, c->detail, "a media type is one line of plain text");
	if (err == ERR_OK)
		err = compile_text(c, node->text, &type);
	if (err == ERR_OK)
		w->reply_type = type.ptr;
	return err;
}

static enum err reply_body_compile(struct compiler *c, const struct yaml_node *node,
                                   struct profile_source *w)
{
	struct str body = STR_EMPTY;
	enum err err = node->kind == YAML_SCALAR ? compile_text(c, node->text, &body)
	                                         : yaml_fail(node, c->detail, "expected a text");

	if (err == ERR_OK)
		w->reply_body = body.ptr;
	return err;
}

static enum err reply_compile(struct compiler *c, const struct yaml_node *node,
                              struct profile_source *w)
{
	static const char *const known[] = {"type", "body", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *type = yaml_get(node, "type");
	const struct yaml_node *body = yaml_get(node, "body");

	if (type != NULL)
		err = reply_type_compile(c, type, w);
	if (err == ERR_OK && body != NULL)
		err = reply_body_compile(c, body, w);
	return err;
}

enum err own_map_compile(struct compiler *c, const struct yaml_node *node,
                         struct profile_source *source)
{
	bool is_text = node->kind == YAML_SCALAR;

	source->map_required = is_text && str_eq(node->text, STR_LIT("required"));
	source->takes_map =
		source->map_required || (is_text && str_eq(node->text, STR_LIT("allowed")));
	return source->takes_map ? ERR_OK
	                         : yaml_fail(node, c->detail, "expected allowed or required");
}

static enum err answers_compile(struct compiler *c, const struct yaml_node *node,
                                struct profile_source *w)
{
	const struct yaml_node *invalid = yaml_get(node, "invalid");
	const struct yaml_node *later = yaml_get(node, "later");
	const struct yaml_node *reply = yaml_get(node, "reply");
	enum err err = ERR_OK;

	w->invalid = 400;
	w->later = 503;
	w->reply_type = REPLY_TYPE;
	w->reply_body = REPLY_BODY;
	if (invalid != NULL)
		err = invalid_compile(c, invalid, w);
	if (err == ERR_OK && later != NULL)
		err = compile_status(c, later, 400, 599, &w->later);
	if (err == ERR_OK && reply != NULL)
		err = reply_compile(c, reply, w);
	return err;
}

enum err webhook_compile(struct compiler *c, const struct yaml_node *node,
                         const struct map_list *maps, struct profile_source *ret_webhook,
                         const struct register_spec **ret_register)
{
	static const char *const known[] = {"methods", "verify", "decode",  "map",      "reply",
	                                    "invalid", "later",  "own_map", "register", NULL};
	struct profile_source w = {.methods = METHOD_POST};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err == ERR_OK)
		err = source_name_compile(c, node, SOURCE_WEBHOOK, &w);
	if (err != ERR_OK)
		return err;

	const struct yaml_node *methods = yaml_get(node, "methods");
	const struct yaml_node *verify = yaml_get(node, "verify");
	const struct yaml_node *own_map = yaml_get(node, "own_map");
	const struct yaml_node *registration = yaml_get(node, "register");
	const struct register_spec *spec = NULL;

	if (methods != NULL)
		err = methods_compile(c, methods, &w);
	if (err == ERR_OK && verify != NULL)
		err = verify_check(c, verify);
	if (err == ERR_OK && own_map != NULL)
		err = own_map_compile(c, own_map, &w);
	if (err == ERR_OK)
		err = source_maps_compile(c, node, maps, &w);
	if (err == ERR_OK && w.map_count == 0 && !w.map_required)
		err = yaml_fail(node, c->detail, "\"map\" is missing (or say own_map: required)");
	if (err == ERR_OK)
		err = answers_compile(c, node, &w);
	if (err == ERR_OK && registration != NULL)
		err = register_compile(c, registration, &spec);
	if (err != ERR_OK)
		return err;
	*ret_webhook = w;
	*ret_register = spec;
	return ERR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

/* In the order of enum auth_kind. */
static const char *const kinds[] = {"none", "basic", "bearer", "header", "query", "oauth2", NULL};
static const char *const grants[] = {"client_credentials", "refresh_token", NULL};

/** A text that must be there. */
static enum err need(struct template_scope *s, const struct yaml_node *node, const char *key,
                     struct str *ret_text)
{
	const struct yaml_node *at = yaml_get(node, key);

	if (at == NULL)
		return yaml_fail(node, s->c->detail, "\"%s\" is missing", key);
	return template_need_compile(s, at, "a text", ret_text);
}

/** A text that may be missing or empty. */
static enum err maybe(struct template_scope *s, const struct yaml_node *node, const char *key,
                      struct str *ret_text)
{
	const struct yaml_node *at = yaml_get(node, key);

	return at != NULL ? template_text_compile(s, at, ret_text) : ERR_OK;
}

static enum err maybe_address(struct template_scope *s, const struct yaml_node *node,
                              const char *key, struct str *ret_text)
{
	const struct yaml_node *at = yaml_get(node, key);

	return at != NULL ? address_compile(s, at, ret_text) : ERR_OK;
}

static enum err none_compile(struct template_scope *s, const struct yaml_node *node)
{
	static const char *const known[] = {"kind", NULL};

	return yaml_check_keys(node, known, s->c->detail);
}

static enum err basic_compile(struct template_scope *s, const struct yaml_node *node,
                              struct auth_spec *auth)
{
	static const char *const known[] = {"kind", "username", "password", NULL};
	enum err err = yaml_check_keys(node, known, s->c->detail);

	if (err == ERR_OK)
		err = need(s, node, "username", &auth->username);
	if (err == ERR_OK)
		err = need(s, node, "password", &auth->password);
	return err;
}

static enum err bearer_compile(struct template_scope *s, const struct yaml_node *node,
                               struct auth_spec *auth)
{
	static const char *const known[] = {"kind", "token", NULL};
	enum err err = yaml_check_keys(node, known, s->c->detail);

	return err == ERR_OK ? need(s, node, "token", &auth->token) : err;
}

/** A header's name, or a template that can give one. */
static bool is_header_template(struct str name)
{
	struct str rest = name, part, var;

	if (header_name_is_valid(name))
		return true;
	while (rest.len > 0) {
		bool has_var = str_cut(rest, '$', &part, &rest);

		if (part.len > 0 && !header_name_is_valid(part))
			return false;
		if (has_var &&
		    !(str_has_prefix(rest, STR_LIT("{")) && str_cut(rest, '}', &var, &rest)))
			return false;
	}
	return name.len > 0;
}

static enum err named_compile(struct template_scope *s, const struct yaml_node *node,
                              struct auth_spec *auth)
{
	static const char *const known[] = {"kind", "name", "value", NULL};
	enum err err = yaml_check_keys(node, known, s->c->detail);

	if (err == ERR_OK)
		err = need(s, node, "name", &auth->name);
	if (err == ERR_OK && auth->kind == AUTH_HEADER && !is_header_template(auth->name)) {
		err = yaml_fail(yaml_get(node, "name"), s->c->detail,
		                "a header's name has letters, digits and '-'");
	}
	if (err == ERR_OK)
		err = need(s, node, "value", &auth->value);
	return err;
}

static enum err grant_compile(struct template_scope *s, const struct yaml_node *node,
                              struct auth_spec *auth)
{
	static const char *const only_refresh[] = {"refresh_token", "authorize_url", "device_url"};
	const struct yaml_node *grant = yaml_get(node, "grant");
	size_t i = 0;
	enum err err = grant != NULL ? compile_choice(s->c, grant, grants, &i)
	                             : yaml_fail(node, s->c->detail,
	                                         "\"grant\" is missing: client_credentials or "
	                                         "refresh_token");

	auth->oauth2.is_refresh = i == 1;
	for (size_t k = 0; k < 3 && err == ERR_OK && !auth->oauth2.is_refresh; k++) {
		const struct yaml_node *at = yaml_get(node, only_refresh[k]);

		if (at != NULL) {
			err = yaml_fail_key(at, s->c->detail, "\"%s\" is for grant: refresh_token",
			                    only_refresh[k]);
		}
	}
	return err;
}

static enum err oauth2_compile(struct template_scope *s, const struct yaml_node *node,
                               struct auth_spec *auth)
{
	static const char *const known[] = {"kind",          "grant", "token_url",     "client_id",
	                                    "client_secret", "scope", "refresh_token", "device_url",
	                                    "authorize_url", NULL};
	enum err err = yaml_check_keys(node, known, s->c->detail);

	if (err == ERR_OK)
		err = grant_compile(s, node, auth);
	if (err == ERR_OK && yaml_get(node, "token_url") == NULL)
		err = yaml_fail(node, s->c->detail, "\"token_url\" is missing");
	if (err == ERR_OK)
		err = maybe_address(s, node, "token_url", &auth->oauth2.token_url);
	if (err == ERR_OK)
		err = need(s, node, "client_id", &auth->oauth2.client_id);
	if (err == ERR_OK)
		err = maybe(s, node, "client_secret", &auth->oauth2.client_secret);
	if (err == ERR_OK)
		err = maybe(s, node, "scope", &auth->oauth2.scope);
	if (err == ERR_OK)
		err = maybe(s, node, "refresh_token", &auth->oauth2.refresh_token);
	if (err == ERR_OK)
		err = maybe_address(s, node, "device_url", &auth->oauth2.device_url);
	if (err == ERR_OK)
		err = maybe_address(s, node, "authorize_url", &auth->oauth2.authorize_url);
	return err;
}

static enum err kind_compile(struct template_scope *s, const struct yaml_node *node,
                             struct auth_spec *auth)
{
	switch (auth->kind) {
	case AUTH_NONE:
		return none_compile(s, node);
	case AUTH_BASIC:
		return basic_compile(s, node, auth);
	case AUTH_BEARER:
		return bearer_compile(s, node, auth);
	case AUTH_HEADER:
	case AUTH_QUERY:
		return named_compile(s, node, auth);
	case AUTH_OAUTH2:
		break;
	}
	return oauth2_compile(s, node, auth);
}

enum err auth_compile(struct compiler *c, const struct yaml_node *node, struct auth_spec *ret_auth)
{
	struct template_scope s = {.c = c};
	struct auth_spec auth = {.kind = AUTH_NONE};
	const struct yaml_node *kind = yaml_get(node, "kind");
	size_t i = 0;
	enum err err;

	if (kind == NULL) {
		return yaml_fail(node, c->detail,
		                 "\"kind\" is missing: none, basic, bearer, header, query or "
		                 "oauth2");
	}
	err = compile_choice(c, kind, kinds, &i);
	auth.kind = (enum auth_kind)i;
	if (err == ERR_OK)
		err = kind_compile(&s, node, &auth);
	if (err == ERR_OK)
		*ret_auth = auth;
	return err;
}

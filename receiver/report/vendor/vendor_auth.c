/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "receiver/report/vendor/vendor_internal.h"
#include "receiver/report/vendor/wire.h"

#define CREDENTIALS_MAX 8192
#define DOTS            3
#define SECRET_MIN      4 /* shorter ones are in every text */

static enum err render(struct vendor_client *c, struct str text, struct buf *b)
{
	struct vendor_names names = {c, NULL, NULL};

	return template_render(text, TEMPLATE_PLAIN, vendor_name, &names, b);
}

static enum err build_basic(struct vendor_client *c, struct buf *value)
{
	struct buf username, password;
	enum err err;

	buf_init(&username, CREDENTIALS_MAX);
	buf_init(&password, CREDENTIALS_MAX);
	err = render(c, c->auth->username, &username);
	if (err == ERR_OK)
		err = render(c, c->auth->password, &password);
	if (err == ERR_OK)
		err = wire_basic(buf_str(&username), buf_str(&password), value);
	buf_fini(&username);
	buf_fini(&password);
	return err;
}

static enum err build_value(struct vendor_client *c, struct buf *value)
{
	enum err err = ERR_OK;

	switch (c->auth->kind) {
	case AUTH_NONE:
	case AUTH_OAUTH2: /* a token comes with each try */
		break;
	case AUTH_BASIC:
		err = build_basic(c, value);
		break;
	case AUTH_BEARER:
		(void)buf_append_str(value, STR_LIT("Bearer "));
		err = render(c, c->auth->token, value);
		break;
	case AUTH_HEADER:
	case AUTH_QUERY:
		err = render(c, c->auth->value, value);
		break;
	}
	return err;
}

static enum err set_query(struct vendor_call *call, struct str name, struct str value)
{
	struct buf query;
	enum err err;

	if (wire_has_param(str_from(call->url), name))
		return ERR_OK; /* the vendor's link has it already */
	buf_init(&query, (size_t)4 * CREDENTIALS_MAX);
	err = wire_param(name, value, &query);
	if (err == ERR_OK)
		err = arena_str_dup(&call->arena, buf_str(&query), &call->auth_query);
	buf_fini(&query);
	return err;
}

static enum err set_header(struct vendor_call *call, struct str name, struct str value)
{
	enum err err = wire_is_header_value(value) ? ERR_OK : ERR_INVAL;

	if (err == ERR_OK)
		err = arena_str_dup(&call->arena, name, &call->credentials.name);
	if (err == ERR_OK)
		err = arena_str_dup(&call->arena, value, &call->credentials.value);
	return err;
}

static enum err set_named(struct vendor_call *call, struct str value)
{
	struct vendor_client *c = call->client;
	struct buf name;
	enum err err;

	buf_init(&name, CREDENTIALS_MAX);
	err = render(c, c->auth->name, &name);
	if (err == ERR_OK && c->auth->kind == AUTH_QUERY) {
		err = set_query(call, buf_str(&name), value);
	} else if (err == ERR_OK) {
		err = set_header(call, buf_str(&name), value);
	}
	buf_fini(&name);
	return err;
}

enum err vendor_auth_build(struct vendor_call *call)
{
	const struct auth_spec *auth = call->client->auth;
	struct buf value;
	enum err err;

	if (auth == NULL || auth->kind == AUTH_NONE || auth->kind == AUTH_OAUTH2)
		return ERR_OK;
	buf_init(&value, CREDENTIALS_MAX);
	err = build_value(call->client, &value);
	if (err == ERR_OK && (auth->kind == AUTH_HEADER || auth->kind == AUTH_QUERY)) {
		err = set_named(call, buf_str(&value));
	} else if (err == ERR_OK) {
		err = set_header(call, STR_LIT("Authorization"), buf_str(&value));
	}
	buf_fini(&value);
	return err == ERR_LIMIT ? ERR_INVAL : err;
}

/* A template that has no text now is like one that is not given: the token endpoint says what it
 * thinks of that. */
static enum err render_text(struct vendor_client *c, struct str text, bool is_url,
                            struct str *ret_text)
{
	enum err err = ERR_OK;
	struct buf b;

	buf_init(&b, CREDENTIALS_MAX);
	if (text.len > 0)
		err = is_url ? vendor_url_render(c, text, &b) : render(c, text, &b);
	if (err == ERR_OK) {
		err = arena_str_dup(&c->texts, buf_str(&b), ret_text);
	} else if (err != ERR_NOMEM) {
		*ret_text = STR_EMPTY;
		err = ERR_OK;
	}
	buf_fini(&b);
	return err;
}

static enum err render_oauth2(struct vendor_client *c, struct oauth2_conf *conf)
{
	const struct {
		struct str text;
		bool is_url;
		struct str *ret_text;
	} parts[] = {
		{c->auth->oauth2.token_url, true, &conf->token_url},
		{c->auth->oauth2.device_url, true, &conf->device_url},
		{c->auth->oauth2.authorize_url, true, &conf->authorize_url},
		{c->auth->oauth2.client_id, false, &conf->client_id},
		{c->auth->oauth2.client_secret, false, &conf->client_secret},
		{c->auth->oauth2.scope, false, &conf->scope},
		{c->auth->oauth2.refresh_token, false, &conf->refresh_token},
	};
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && err == ERR_OK; i++)
		err = render_text(c, parts[i].text, parts[i].is_url, parts[i].ret_text);
	return err;
}

enum err vendor_auth_new(struct vendor_client *c)
{
	struct oauth2_conf conf = {.account = c->account};
	enum err err;

	if (c->auth == NULL || c->auth->kind != AUTH_OAUTH2)
		return ERR_OK;
	if (c->store == NULL)
		return ERR_INVAL; /* a token that is not on disk must not be used */
	conf.is_refresh = c->auth->oauth2.is_refresh;
	conf.ca = str_from(c->ca);
	err = render_oauth2(c, &conf);
	if (err == ERR_OK)
		err = oauth2_new(c->loop, c->http, c->store, &conf, &c->oauth2);
	return err;
}

static char *find(char *text, struct str secret)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + secret.len <= len; i++) {
		if (memcmp(text + i, secret.ptr, secret.len) == 0)
			return text + i;
	}
	return NULL;
}

/* Each place of the secret becomes three dots; the text only gets shorter. */
static void cut_out(struct str secret, char *text)
{
	char *at = text;

	if (secret.len < SECRET_MIN)
		return;
	while ((at = find(at, secret)) != NULL) {
		memset(at, '.', DOTS);
		memmove(at + DOTS, at + secret.len, strlen(at + secret.len) + 1);
		at += DOTS;
	}
}

static bool is_secret(const struct vendor_client *c, const char *name)
{
	for (size_t i = 0; i < profile_var_count(c->profile); i++) {
		const struct profile_var *var = profile_var_at(c->profile, i);

		if (strcmp(var->name, name) == 0)
			return var->secret;
	}
	return true; /* not of the profile: nobody said that it may be shown */
}

void vendor_auth_redact(const struct vendor_call *call, char *text)
{
	const struct vendor_client *c = call->client;
	struct str scheme, rest = STR_EMPTY, path, query;

	for (size_t i = 0; i < c->var_count; i++) {
		if (is_secret(c, c->vars[i].name))
			cut_out(str_from(c->vars[i].value), text);
	}
	cut_out(str_from(call->token), text);
	cut_out(call->auth_query, text);
	(void)str_cut(str_from(call->url), '?', &path, &query);
	cut_out(query, text); /* it may have loop values in it */
	if (str_cut(call->credentials.value, ' ', &scheme, &rest))
		cut_out(rest, text);
}

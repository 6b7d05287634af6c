/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "auth/password.h"
#include "conf/account_parts.h"
#include "conf/names.h"
#include "conf/scalar.h"
#include "conf/schema.h"
#include "core/clock.h"
#include "normalise/value/timestamp.h"

/* Past it the pair stays in the file and opens nothing. */
static enum err parse_until(struct conf_load *load, const struct yaml_node *node,
                            struct conf_basic *pair)
{
	struct timestamp_format *format = NULL;
	enum err err;

	pair->until_ms = 0;
	if (pair->until == NULL)
		return ERR_OK;
	err = timestamp_format_new(STR_LIT("rfc3339"), &format, load->detail);
	if (err == ERR_OK)
		err = timestamp_parse(format, NULL, str_from(pair->until), &pair->until_ms);
	timestamp_format_free(format);
	if (err == ERR_PARSE || (err == ERR_OK && pair->until_ms == 0)) {
		return yaml_fail(yaml_get(node, "until"), load->detail,
		                 "expected a time as RFC 3339 with its zone, such as "
		                 "2026-11-22T07:00:00Z; not \"%s\"",
		                 pair->until);
	}
	if (err == ERR_OK && pair->until_ms <= clock_now_ms()) {
		conf_warn(load, yaml_get(node, "until"),
		          "this pair's time has ended: it opens nothing any more; remove it");
	}
	return err;
}

static enum err parse_pair(struct conf_load *load, const struct yaml_node *node,
                           struct conf_basic *pair)
{
	enum err err;

	if (node->kind != YAML_MAPPING) {
		return yaml_fail(node, load->detail,
		                 "expected \"{username: NAME, password_hash: HASH}\"");
	}
	err = conf_parse_section(load, "accounts[].webhooks[].auth.basic[]", node, pair);
	if (err != ERR_OK)
		return err;
	if (strchr(pair->username, ':') != NULL) {
		return yaml_fail(yaml_get(node, "username"), load->detail,
		                 "a user name for Basic authentication cannot hold ':'");
	}
	if (!password_hash_is_valid(pair->password_hash)) {
		return yaml_fail(yaml_get(node, "password_hash"), load->detail,
		                 "expected an Argon2id string ($argon2id$v=19$m=…,t=…,p=1$…$…, at "
		                 "most 256 MiB and 16 passes); make one with \"campaign2mqtt "
		                 "hash-password\"");
	}
	return parse_until(load, node, pair);
}

static enum err parse_basic(struct conf_load *load, const struct yaml_node *auth,
                            struct conf_webhook *hook)
{
	const struct yaml_node *node = yaml_get(auth, "basic");
	struct conf_basic *basic = NULL;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err != ERR_OK)
		return err;
	if (count == 0 && (node == NULL || node->kind != YAML_SEQUENCE)) {
		return yaml_fail(
			auth, load->detail,
			"\"basic\" needs at least one pair, or \"[]\" until \"campaign2mqtt "
			"register\" adds one; write \"auth: none\" if everybody may call it");
	}
	if (count == 0) {
		conf_warn(load, node,
		          "there is no pair yet: every call is refused; \"campaign2mqtt register\" "
		          "makes one");
		return ERR_OK;
	}
	basic = arena_alloc(&load->full->arena, count * sizeof(*basic));
	if (basic == NULL)
		return ERR_NOMEM;
	hook->basic = basic;
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = parse_pair(load, n, &basic[hook->basic_count++]);
	return err;
}

static enum err parse_auth(struct conf_load *load, const struct yaml_node *node,
                           struct conf_webhook *hook)
{
	static const char *const section = "accounts[].webhooks[].auth";
	const struct yaml_node *auth = yaml_get(node, "auth");
	enum err err;

	if (auth == NULL) {
		return yaml_fail(node, load->detail,
		                 "\"auth\" is missing: give \"basic\" with user names and password "
		                 "hashes, or write \"auth: none\" if you mean it");
	}
	if (auth->kind == YAML_SCALAR && str_eq(auth->text, STR_LIT("none"))) {
		hook->auth_none = true;
		return ERR_OK;
	}
	if (auth->kind != YAML_MAPPING) {
		return yaml_fail(auth, load->detail,
		                 "expected \"basic:\" with user names and password hashes, or "
		                 "\"none\"; write \"auth: none\" if you mean it");
	}
	err = conf_parse_section(load, section, auth, hook);
	return err == ERR_OK ? parse_basic(load, auth, hook) : err;
}

enum err conf_check_overrides(struct conf_load *load, const struct yaml_node *node,
                              const char *kind, const struct profile_source *spec)
{
	const struct yaml_node *decode = yaml_get(node, "decode");
	const struct yaml_node *map = yaml_get(node, "map");

	if (!spec->takes_map && (decode != NULL || map != NULL)) {
		return yaml_fail_key(
			decode != NULL ? decode : map, load->detail,
			"%s \"%s\" has a mapping of its own; only those of vendor \"generic\" "
			"take one here",
			kind, spec->name);
	}
	if (spec->map_required && map == NULL) {
		return yaml_fail(node, load->detail,
		                 "\"map\" is missing: %s \"%s\" has no mapping of its own", kind,
		                 spec->name);
	}
	return ERR_OK;
}

static enum err find_webhook(struct conf_load *load, const struct yaml_node *node,
                             const struct profile *profile, const struct profile_source **ret_spec)
{
	const struct yaml_node *name = yaml_get(node, "webhook");
	struct names names = {.count = 0};
	enum err err = names_check(load, node, "webhook");

	if (err != ERR_OK)
		return err;
	*ret_spec = profile_webhook(profile, name->text);
	if (*ret_spec != NULL)
		return ERR_OK;
	for (size_t i = 0; i < profile_webhook_count(profile); i++)
		names_add(&names, profile_webhook_at(profile, i)->name);
	return names_fail(load, name, "the vendor has no webhook", name->text, &names);
}

/* What the profile refuses without knowing where it stands: a variable's value, else the webhook.
 */
static enum err fail_source(struct conf_load *load, const struct yaml_node *hook,
                            const struct err_detail *detail)
{
	const struct yaml_node *vars = yaml_get(hook->parent->parent, "vars");
	const char *dot = strrchr(detail->key, '.');
	const struct yaml_node *var = yaml_get(vars, dot != NULL ? dot + 1 : detail->key);

	if (detail->file[0] == '\0')
		return yaml_fail(var != NULL ? var : hook, load->detail, "%s", detail->text);
	if (load->detail != NULL)
		*load->detail = *detail;
	return ERR_PARSE;
}

/* source_new() with a mapping that has nothing but `decode` and `map`. */
static enum err new_source(struct conf_load *load, const struct yaml_node *node,
                           const struct conf_account *account, const struct profile_source *spec,
                           struct source **ret_source)
{
	const struct yaml_node *decode = yaml_get(node, "decode"), *map = yaml_get(node, "map");
	struct yaml_node own = *node, parts[2];
	struct err_detail detail = {.line = 0};
	size_t n = 0;
	enum err err;

	if (decode != NULL)
		parts[n++] = *decode;
	if (map != NULL)
		parts[n++] = *map;
	for (size_t i = 0; i < n; i++)
		parts[i].next = i + 1 < n ? &parts[i + 1] : NULL;
	own.first = n > 0 ? parts : NULL;
	own.count = n;
	err = source_new(load->full->conf.instance, account->name, account->profile, spec,
	                 account->vars, account->var_count, n > 0 ? &own : NULL, ret_source,
	                 &detail);
	return err == ERR_PARSE ? fail_source(load, node, &detail) : err;
}

enum err conf_make_source(struct conf_load *load, const struct yaml_node *node, const char *kind,
                          const struct conf_account *account, const struct profile_source *spec,
                          struct source **ret_source)
{
	struct conf *conf = &load->full->conf;
	struct source *source = NULL;
	enum err err = new_source(load, node, account, spec, &source);

	if (err != ERR_OK)
		return err;
	err = source_table_add(conf->sources, source);
	if (err == ERR_OK)
		*ret_source = source; /* the table's reference keeps it */
	source_unref(source);
	if (err == ERR_EXISTS) {
		return yaml_fail(yaml_get(node, kind), load->detail,
		                 "%s \"%s\" is already there in this account; keep one", kind,
		                 spec->name);
	}
	return err;
}

static enum err parse_webhook(struct conf_load *load, const struct yaml_node *node,
                              const struct conf_account *account, struct conf_webhook *hook)
{
	const struct profile_source *spec = NULL;
	enum err err;

	if (node->kind != YAML_MAPPING)
		return yaml_fail(node, load->detail, "expected \"webhook: NAME\" and \"auth: …\"");
	err = conf_parse_section(load, "accounts[].webhooks[]", node, hook);
	if (err == ERR_OK)
		err = find_webhook(load, node, account->profile, &spec);
	if (err == ERR_OK)
		err = parse_auth(load, node, hook);
	if (err == ERR_OK)
		err = conf_check_overrides(load, node, "webhook", spec);
	if (err != ERR_OK)
		return err;
	hook->name = spec->name;
	hook->line = node->line;
	return conf_make_source(load, node, "webhook", account, spec, &hook->source);
}

enum err conf_parse_webhooks(struct conf_load *load, const struct yaml_node *node,
                             struct conf_account *account)
{
	struct conf_webhook *hooks = NULL;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err != ERR_OK || count == 0)
		return err;
	hooks = arena_alloc(&load->full->arena, count * sizeof(*hooks));
	if (hooks == NULL)
		return ERR_NOMEM;
	account->webhooks = hooks;
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = parse_webhook(load, n, account, &hooks[account->webhook_count++]);
	return err;
}

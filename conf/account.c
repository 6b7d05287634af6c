/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "auth/password.h"
#include "conf/load.h"
#include "conf/scalar.h"
#include "conf/schema.h"
#include "core/ascii.h"

/* Most names that a suggestion or a list in an error is made of. */
#define NAMES_MAX 128

struct names {
	const char *list[NAMES_MAX + 1]; /* NULL-terminated */
	size_t count;
};

static void names_add(struct names *names, const char *name)
{
	if (names->count == NAMES_MAX)
		return;
	names->list[names->count++] = name;
	names->list[names->count] = NULL;
}

/* "WHAT "x"; did you mean "y"? there are: …" */
static enum err fail_unknown(struct conf_load *load, const struct yaml_node *node, const char *what,
                             struct str word, const struct names *names)
{
	const char *nearest = yaml_nearest(word, names->list);
	enum err err;
	struct buf b;

	buf_init(&b, 4000);
	if (nearest != NULL)
		(void)buf_printf(&b, "did you mean \"%s\"? ", nearest);
	(void)buf_append_str(&b,
	                     names->count > 0 ? STR_LIT("there are: ") : STR_LIT("there are none"));
	for (size_t i = 0; i < names->count; i++)
		(void)buf_printf(&b, "%s%s", i > 0 ? ", " : "", names->list[i]);
	err = yaml_fail(node, load->detail, "%s \"%.*s\"; %s", what, STR_FMT(word), buf_cstr(&b));
	buf_fini(&b);
	return err;
}

/* A text that is there and not empty. */
static enum err check_name(struct conf_load *load, const struct yaml_node *mapping,
                           const char *what)
{
	const struct yaml_node *node = yaml_get(mapping, what);

	if (node == NULL)
		return yaml_fail(mapping, load->detail, "\"%s\" is missing here", what);
	if (node->kind != YAML_SCALAR || node->text.len == 0 || yaml_is_null(node))
		return yaml_fail(node, load->detail, "expected the name of a %s", what);
	return ERR_OK;
}

static bool is_account_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!ascii_is_alnum(c) && c != '-')
			return false;
	}
	return name.len > 0;
}

static enum err parse_vendor(struct conf_load *load, const struct yaml_node *node,
                             struct conf_account *account)
{
	const struct conf *conf = &load->full->conf;
	const struct yaml_node *vendor = yaml_get(node, "vendor");
	struct names names = {.count = 0};
	enum err err = check_name(load, node, "vendor");

	if (err != ERR_OK)
		return err;
	account->profile = profile_set_get(conf->profiles, vendor->text);
	if (account->profile == NULL) {
		for (size_t i = 0; i < profile_set_count(conf->profiles); i++)
			names_add(&names, profile_name(profile_set_at(conf->profiles, i)));
		return fail_unknown(load, vendor, "there is no vendor", vendor->text, &names);
	}
	if (account->name == NULL)
		account->name = profile_name(account->profile);
	if (!is_account_name(str_from(account->name))) {
		return yaml_fail(yaml_get(node, "name") != NULL ? yaml_get(node, "name") : vendor,
		                 load->detail,
		                 "an account's name has letters, digits and '-' only; not \"%s\"",
		                 account->name);
	}
	return ERR_OK;
}

static const struct profile_var *find_var(const struct profile *profile, struct str name)
{
	for (size_t i = 0; i < profile_var_count(profile); i++) {
		if (str_eq(name, str_from(profile_var_at(profile, i)->name)))
			return profile_var_at(profile, i);
	}
	return NULL;
}

static enum err check_var(struct conf_load *load, const struct profile *profile,
                          const struct yaml_node *node)
{
	const struct profile_var *var = find_var(profile, node->key);
	struct names names = {.count = 0};
	bool is_base = str_eq(node->key, STR_LIT("base"));

	if (var == NULL && !is_base) {
		for (size_t i = 0; i < profile_var_count(profile); i++)
			names_add(&names, profile_var_at(profile, i)->name);
		if (find_var(profile, STR_LIT("base")) == NULL)
			names_add(&names, "base");
		return fail_unknown(load, node, "the vendor has no variable", node->key, &names);
	}
	if (node->kind != YAML_SCALAR || yaml_is_null(node))
		return yaml_fail(node, load->detail, "expected a text");
	if (is_base && !str_has_prefix(node->text, STR_LIT("http://")) &&
	    !str_has_prefix(node->text, STR_LIT("https://"))) {
		return yaml_fail(node, load->detail,
		                 "expected a URL that begins with http:// or https://");
	}
	if (var != NULL && var->secret && node->mark == ORIGIN_LITERAL) {
		conf_warn(load, node,
		          "a secret is written into the file; use ${file:PATH} or ${NAME}");
	}
	return ERR_OK;
}

static enum err check_required_vars(struct conf_load *load, const struct profile *profile,
                                    const struct yaml_node *vars, const struct yaml_node *account)
{
	for (size_t i = 0; i < profile_var_count(profile); i++) {
		const struct profile_var *var = profile_var_at(profile, i);

		if (var->fallback == NULL && yaml_get(vars, var->name) == NULL) {
			return yaml_fail(vars != NULL ? vars : account, load->detail,
			                 "vendor \"%s\" needs the variable \"%s\"; add it to vars",
			                 profile_name(profile), var->name);
		}
	}
	return ERR_OK;
}

/* Given ones in the order of the file, then the profile's defaults of the others. */
static enum err parse_vars(struct conf_load *load, const struct yaml_node *account_node,
                           struct conf_account *account)
{
	const struct yaml_node *node = yaml_get(account_node, "vars");
	const struct profile *profile = account->profile;
	struct source_var *vars = NULL;
	enum err err = ERR_OK;

	if (node != NULL && yaml_is_null(node))
		node = NULL;
	if (node != NULL && node->kind != YAML_MAPPING)
		return yaml_fail(node, load->detail, "expected names with values, \"NAME: TEXT\"");
	vars = arena_alloc(&load->full->arena,
	                   ((node != NULL ? node->count : 0) + profile_var_count(profile) + 1) *
	                           sizeof(*vars));
	if (vars == NULL)
		return ERR_NOMEM;
	account->vars = vars;
	for (const struct yaml_node *n = node != NULL ? node->first : NULL; n != NULL;
	     n = n->next) {
		err = check_var(load, profile, n);
		if (err != ERR_OK)
			return err;
		vars[account->var_count++] = (struct source_var){n->key.ptr, n->text.ptr};
	}
	err = check_required_vars(load, profile, node, account_node);
	for (size_t i = 0; i < profile_var_count(profile) && err == ERR_OK; i++) {
		const struct profile_var *var = profile_var_at(profile, i);

		if (var->fallback != NULL && yaml_get(node, var->name) == NULL)
			vars[account->var_count++] = (struct source_var){var->name, var->fallback};
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
	return ERR_OK;
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
	if (count == 0) {
		return yaml_fail(
			auth, load->detail,
			"\"basic\" needs at least one pair; write \"auth: none\" if everybody "
			"may call it");
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

static enum err check_overrides(struct conf_load *load, const struct yaml_node *node,
                                const struct profile_source *spec)
{
	const struct yaml_node *decode = yaml_get(node, "decode");
	const struct yaml_node *map = yaml_get(node, "map");

	if (!spec->takes_map && (decode != NULL || map != NULL)) {
		return yaml_fail_key(
			decode != NULL ? decode : map, load->detail,
			"webhook \"%s\" has a mapping of its own; only those of vendor "
			"\"generic\" take one here",
			spec->name);
	}
	if (spec->map_required && map == NULL) {
		return yaml_fail(node, load->detail,
		                 "\"map\" is missing: webhook \"%s\" has no mapping of its own",
		                 spec->name);
	}
	return ERR_OK;
}

static enum err find_webhook(struct conf_load *load, const struct yaml_node *node,
                             const struct profile *profile, const struct profile_source **ret_spec)
{
	const struct yaml_node *name = yaml_get(node, "webhook");
	struct names names = {.count = 0};
	enum err err = check_name(load, node, "webhook");

	if (err != ERR_OK)
		return err;
	*ret_spec = profile_webhook(profile, name->text);
	if (*ret_spec != NULL)
		return ERR_OK;
	for (size_t i = 0; i < profile_webhook_count(profile); i++)
		names_add(&names, profile_webhook_at(profile, i)->name);
	return fail_unknown(load, name, "the vendor has no webhook", name->text, &names);
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

static enum err make_source(struct conf_load *load, const struct yaml_node *node,
                            const struct conf_account *account, const struct profile_source *spec,
                            struct conf_webhook *hook)
{
	struct conf *conf = &load->full->conf;
	struct source *source = NULL;
	enum err err = new_source(load, node, account, spec, &source);

	if (err != ERR_OK)
		return err;
	err = source_table_add(conf->sources, source);
	if (err == ERR_OK)
		hook->source = source; /* the table's reference keeps it */
	source_unref(source);
	if (err == ERR_EXISTS) {
		return yaml_fail(yaml_get(node, "webhook"), load->detail,
		                 "webhook \"%s\" is already there in this account; keep one",
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
		err = check_overrides(load, node, spec);
	if (err != ERR_OK)
		return err;
	hook->name = spec->name;
	hook->line = node->line;
	return make_source(load, node, account, spec, hook);
}

static enum err parse_webhooks(struct conf_load *load, const struct yaml_node *node,
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

static enum err refuse_reports(struct conf_load *load, const struct yaml_node *node,
                               const struct conf_account *account)
{
	const struct yaml_node *report = NULL;
	struct str name;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);
	struct buf b;

	if (err != ERR_OK || count == 0)
		return err;
	report = yaml_get(node->first, "report");
	name = report != NULL ? report->text : STR_LIT("?");
	buf_init(&b, 1000);
	for (size_t i = 0; i < profile_webhook_count(account->profile); i++) {
		(void)buf_printf(&b, "%s%s", i > 0 ? ", " : "",
		                 profile_webhook_at(account->profile, i)->name);
	}
	err = yaml_fail(report != NULL ? report : node->first, load->detail,
	                "vendor \"%s\" has no report \"%.*s\" in this version; remove it (webhooks "
	                "exist: %s)",
	                profile_name(account->profile), STR_FMT(name), buf_cstr(&b));
	buf_fini(&b);
	return err;
}

static enum err check_twice(struct conf_load *load, const struct yaml_node *node,
                            const struct conf_account *account)
{
	const struct conf *conf = &load->full->conf;

	for (const struct conf_account *a = conf->accounts; a != account; a++) {
		if (strcmp(a->name, account->name) == 0) {
			return yaml_fail(yaml_get(node, "name") != NULL ? yaml_get(node, "name")
			                                                : yaml_get(node, "vendor"),
			                 load->detail,
			                 "an account named \"%s\" begins in line %u; give each a "
			                 "\"name\" of its own",
			                 account->name, a->line);
		}
	}
	return ERR_OK;
}

static enum err parse_account(struct conf_load *load, const struct yaml_node *node,
                              struct conf_account *account)
{
	enum err err;

	if (node->kind != YAML_MAPPING)
		return yaml_fail(node, load->detail, "expected \"vendor: NAME\" and more keys");
	account->line = node->line;
	err = conf_parse_section(load, "accounts[]", node, account);
	if (err == ERR_OK)
		err = parse_vendor(load, node, account);
	if (err == ERR_OK)
		err = check_twice(load, node, account);
	if (err == ERR_OK)
		err = refuse_reports(load, yaml_get(node, "reports"), account);
	if (err == ERR_OK)
		err = parse_vars(load, node, account);
	if (err == ERR_OK)
		err = parse_webhooks(load, yaml_get(node, "webhooks"), account);
	if (err == ERR_OK && account->webhook_count == 0)
		conf_warn(load, node, "the account has no webhooks, so nothing can arrive");
	return err;
}

enum err conf_parse_accounts(struct conf_load *load, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "accounts");
	struct conf *conf = &load->full->conf;
	struct conf_account *accounts = NULL;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err != ERR_OK)
		return err;
	if (count == 0) {
		conf_warn(load, root, "there are no accounts, so nothing can arrive");
		return ERR_OK;
	}
	accounts = arena_alloc(&load->full->arena, count * sizeof(*accounts));
	if (accounts == NULL)
		return ERR_NOMEM;
	conf->accounts = accounts;
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = parse_account(load, n, &accounts[conf->account_count++]);
	return err;
}
